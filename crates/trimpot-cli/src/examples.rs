//! Examples of the words, as `--help` shows them.

pub const TRAIN: &str = r#"Examples:
  A table with named classes in its last column, and columns of any size:
    trimpot train --data flowers.csv --network 4-16-3 --standardize --hold-out 0.2 --output model.safetensors
  Pictures of 8x8 pixels from 0 to 16, as arrays:
    trimpot train --data data/digits8.npz --scale 0.0625 --network "8x8 > conv 8 3x3, relu, pool 2, dense 10"
  Pictures that are turned, scaled and shifted a little, otherwise in every epoch:
    trimpot train --data data/digits8.npz --scale 0.0625 --network 64-32-10 --augment 8x8:rotate=15,scale=0.1,shift=0.5 --epochs 100
  Two numbers in place of a class:
    trimpot train --data plant.csv --targets 2 --loss mse --network 12-32-2 --standardize --curves curves.html
  What is normal, from normal samples, so that others stand out:
    trimpot train --data pump.csv --task anomalies --label state --normal calm --network 12-6-12 --standardize --hold-out 0.2 --rule percentile:0.95
  The same by distance from their mean, where nothing is trained in epochs:
    trimpot train --data pump.csv --task anomalies --label state --normal calm --mahalanobis --network 12-12 --standardize --hold-out 0.2
  Words that a microphone has recorded, a second at 16 kHz in each row, by features as a board makes them:
    trimpot train --data words.npz --front-end log-mel,sample_rate=16000,fft=512,samples=i16,hop=160,bands=20 --standardize --network "1x97x20 > conv 8 3x3, relu, pool 2, flatten, dense 10"
  On from a model, with other samples:
    trimpot train --data user.csv --init model.safetensors --learning-rate 0.0001 --output tuned.safetensors"#;

pub const IMPORT: &str = r#"Examples:
  A graph, checked with outputs of the original:
    trimpot import net.onnx --check golden.npz --output model.safetensors
  What is in a file of tensors:
    trimpot import net.safetensors
  A classifier with named classes, checked with outputs of the original:
    trimpot import net.safetensors --network "1x28x28 > conv 8 3x3 padding=1, relu, pool 2, dense 10" --classes 0,1,2,3,4,5,6,7,8,9 --check golden.npz --output model.safetensors
  Numbers, by fully connected layers with tanh between them:
    trimpot import net.safetensors --network "12 > dense 32, tanh, dense 2" --task numbers --output model.safetensors"#;

pub const REHEARSE: &str = r#"Examples:
  A model that meets new users, with the factory's data:
    trimpot rehearse model.safetensors --data users.csv --by user --factory train.csv --report rehearsal.html
  Sensors, of which the board trains the last layer, on one board:
    trimpot rehearse model.safetensors --data sensors.csv --by sensor --train head:1 --board nrf52840-dk
  Ten people, each with a model of the nine others:
    trimpot rehearse --data data/watch-windows.npz --by subject --recording recording --gap 1 --retrain --standardize --epochs 20 --network "6x32 > conv 12 5, relu, pool 2, conv 12 3, relu, pool 2, dropout 0.2, dense 7""#;

pub const DEMO: &str = "Examples:
  trimpot demo
  trimpot demo --board qemu --samples 50";

pub const LOSSES: &str = "Examples:
  trimpot losses
  trimpot losses huber
  trimpot losses --plot catalogue";

pub const LAYERS: &str = "Examples:
  trimpot layers
  trimpot layers conv
  trimpot layers nn.Linear";

pub const STUDY: &str = "Examples:
  trimpot study --quick
  trimpot study loss optimizer --seeds 50
  trimpot study --data flowers.csv --label species
  trimpot study --data words.npz --front-end log-mel,sample_rate=16000,fft=512,samples=i16,bands=20
  trimpot study --shard 2/8 --out part-2
  trimpot study --merge part-1 part-2 --out study";

pub const EVALUATE: &str = "Examples:
  trimpot evaluate model.safetensors test.csv --label species";

pub const BOARD: &str = "Examples:
  trimpot board install model.safetensors train.csv
  trimpot board learn new.csv --commit
  trimpot board evaluate test.csv";

pub const PLAN: &str = r#"Examples:
  trimpot plan model.safetensors --train head:1 --board nrf52840-dk
  trimpot plan --network "8x8 > conv 8 3x3, relu, pool 2, dense 10""#;

pub const PREDICT: &str = "Examples:
  trimpot predict model.safetensors new.csv --output predictions.csv
  tail -n 5 log.csv | trimpot predict model.safetensors - --no-header --drop 1";

pub const EXPORT: &str = "Examples:
  trimpot export model.safetensors --rust src/model.rs
  trimpot export model.safetensors --onnx model.onnx --safetensors state.safetensors
  trimpot export model.safetensors --c-header model.h --overwrite";

pub const NEW: &str = "Examples:
  trimpot new my-watch --model model.safetensors --board mps2-an386
  trimpot new my-watch --model model.safetensors --board mps2-an386 --path trimpot";

pub const INFO: &str = "Examples:
  trimpot info
  trimpot info model.safetensors";
