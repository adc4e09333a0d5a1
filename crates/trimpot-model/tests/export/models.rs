//! Models that are exported: every layer of the registry in one of them at least.

use std::f32::consts::FRAC_1_PI;

use trimpot::layer::{EmbeddingSpec, LayerNormSpec};
use trimpot::network::Model;
use trimpot::random::Random;
use trimpot::shape::Vector;
use trimpot::spec::LayerSpec;
use trimpot_model::architecture::{Architecture, Between};
use trimpot_model::file::{About, ModelTask, StoredModel};
use trimpot_model::layers::Layers;
use trimpot_model::plan::Trained;
use trimpot_model::standardization::{Standardization, scaled};
use trimpot_parity::{LayerVisitor, layers};

/// A model with its name.
pub struct Named {
    pub name: String,
    pub model: StoredModel,
    /// Draws a number for its input.
    pub draw: fn(&mut Random) -> f32,
}

/// Returns those that are written as Rust, too.
pub fn whole_models() -> Vec<Named> {
    vec![classes(), numbers(), sequence(), words(), sounds(), images()]
}

/// Returns all of them: whole ones, and those with one layer between others.
pub fn all_models() -> Vec<Named> {
    let mut parts = Parts(whole_models());
    layers::networks(&mut parts).unwrap();
    parts.0
}

/// A table of columns of any size, with names, standardized.
fn classes() -> Named {
    let layers = layers_of("3, dense 5, leaky_relu negative_slope=0.2, dropout 0.25, dense 3");
    let standardization =
        Standardization { mean: vec![300.0, -0.001, 5.0], deviation: vec![1.25, 1e-4, 0.0] };
    let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
    let about = About {
        task: Some(ModelTask::Classes),
        loss: Some("cross_entropy".to_owned()),
        classes: names(&["cat", "a \"dog\"", "\u{e9}\\\u{202e}??/\n*/"]),
        features: names(&["size", "weight", "legs"]),
        ..About::default()
    };
    let draw = |random: &mut Random| 300.0 + 4.0 * random.uniform();
    Named { draw, ..named("classes", standardization.before(&layers), about) }
}

/// Targets of any size, all activations, and what is inside of others.
fn numbers() -> Named {
    let activations = "gelu, dense 4, gelu_tanh, dense 4, silu, dense 4, sigmoid, dense 4, tanh, dense 4, softplus, \
         dense 4, softsign, dense 4, hard_sigmoid, dense 4, hard_swish, dense 4, hard_tanh low=-0.5 high=1.5, dense 4, \
         elu alpha=1.5, dense 4, relu";
    let text = format!(
        "4, residual(dense 3, layer_norm, residual(shortcut(dense 3, tanh), elu, dense 3), dense 4), {activations}, dense 2"
    );
    let mut layers = layers_of(&text);
    for spec in &mut layers.specs {
        if let LayerSpec::LayerNorm(LayerNormSpec { epsilon, .. }) = spec {
            *epsilon = 1e-3;
        }
    }
    let targets = Standardization { mean: vec![350_000.0, -2.0], deviation: vec![120_000.0, 0.5] };
    let about = About {
        task: Some(ModelTask::Numbers),
        loss: Some("mse".to_owned()),
        labels: vec!["price".to_owned(), "level".to_owned()],
        ..About::default()
    };
    named("numbers", targets.undone_behind(&layers), about)
}

/// Windows over sequences, also such as no numbers of a type describe.
fn sequence() -> Named {
    let text = "2x24, conv 4 3 padding=1, batch_norm, relu, layer_norm, depthwise 3 stride=2, conv 4 3 padding=1x2 dilation=2 groups=2, \
         max_pool 2 stride=1, average_pool 2 stride=1, average_pool 3 stride=1 padding=1x0 dilation=1, \
         max_pool 3 stride=1 padding=2x1 dilation=2, global_average_pool, dense 2";
    let about = About {
        task: Some(ModelTask::Anomalies),
        threshold: Some(FRAC_1_PI),
        centre: vec![0.5, -3.25],
        ..About::default()
    };
    named("sequence", layers_of(text), about)
}

/// Indices, of which some are none.
fn words() -> Named {
    let mut layers = layers_of("3x5, flatten, dense 2");
    layers.input = trimpot::spec::Dims::vector(3);
    layers.specs.insert(0, LayerSpec::Embedding(EmbeddingSpec { rows: 6, size: 5 }));
    let draw = |random: &mut Random| 0.5 * random.below(16) as f32 - 1.0;
    Named { draw, ..named("words", layers, About::default()) }
}

/// Recordings, of which a front end makes features.
fn sounds() -> Named {
    let layers = layers_of("7x5, conv 3 3 padding=1, relu, flatten, dense 2");
    let standardization = Standardization { mean: vec![-9.5; 7], deviation: vec![2.0; 7] };
    let front_end = "log-mel,sample_rate=8000,fft=64,window=hamming:50,hop=30,bands=7,lowest=60,highest=3900,\
                     scale=slaney,norm=area,floor=max,epsilon=1e-10,samples=i16,length=191";
    let front_end = Some(front_end.parse().unwrap());
    let about = About { task: Some(ModelTask::Classes), front_end, ..About::default() };
    let draw = |random: &mut Random| -9.0 + 5.0 * random.normal();
    Named { draw, ..named("sounds", standardization.before(&layers), about) }
}

/// Pictures of which each pixel is scaled, and convolutions of which the first are frozen.
pub fn images() -> Named {
    let text = "64, reshape 1x8x8, conv 3 3x3 padding=1, batch_norm, relu, max_pool 2, residual(depthwise 3x3 padding=1, batch_norm), \
         conv 4 3x2 stride=2x1 padding=0x1x1x0 dilation=1x2, average_pool 1x2 stride=1, max_pool 2x1 padding=1x0x0x0 stride=1, flatten, dense 3";
    let about = About { task: Some(ModelTask::Classes), ..About::default() };
    let mut named = named("images", layers_of(text), about);
    named.model.layers = scaled(&named.model.layers, 0.0625);
    named.model.freeze(Trained::Head(2)).unwrap();
    named
}

fn layers_of(text: &str) -> Layers {
    let architecture: Architecture = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
    architecture.layers(Between::default()).unwrap()
}

/// A model with random numbers of every kind: those that are none of a trained network's show
/// nothing.
fn named(name: &str, layers: Layers, about: About) -> Named {
    let mut random = Random::new(7);
    let parameters = (0..layers.spec().parameters()).map(|_| 0.5 * random.normal()).collect();
    let mut model = StoredModel { layers, parameters, about };
    let specs = model.layers.specs.clone();
    if !specs.iter().any(|spec| matches!(spec, LayerSpec::Frozen(_))) {
        // Statistics: neither means nor variances are negative.
        model.layers.constants.fill_with(|| 0.5 + random.uniform());
    }
    Named { name: name.to_owned(), model, draw: layers::small }
}

/// Networks that are types, as models.
struct Parts(Vec<Named>);

impl LayerVisitor for Parts {
    fn visit<M, const I: usize, const O: usize>(
        &mut self,
        name: &str,
        network: M,
        draw: fn(&mut Random) -> f32,
    ) where
        M: Model<Input = Vector<I>, Output = Vector<O>>,
    {
        let layers = Layers::of::<M::Input, _>(network.layers());
        let parameters = network.parameters().to_vec();
        let model = StoredModel { layers, parameters, about: About::default() };
        let name = name.replace(", ", "-").replace(' ', "_");
        self.0.push(Named { name, model, draw });
    }
}
