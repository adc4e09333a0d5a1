//! Calls every public function of the core with values that the compiler does not know.
//!
//! A program with this in it holds all code of the core that a firmware can come to. If no panic is
//! in that program, none is in the core.
//!
//! Left out: `Debug` and `Display`, for the PC's sake; `core` panics in some of its formatting.

mod networks;
mod spectra;

use core::hint::black_box;
use core::marker::PhantomData;

use trimpot::average::MovingAverage;
use trimpot::clip::{ClipNorm, ClipValue};
use trimpot::early_stopping::EarlyStopping;
use trimpot::interpreter::Interpreter;
use trimpot::lanes::{Bits, Lanes, Mask, f32x4};
use trimpot::layer::{
    Accumulate, AccumulateSubset, BatchNorm, BatchNormSpec, ClippedSgdInPlace, ConvSpec, DenseSpec,
    Dropout, Elu, EmbeddingSpec, FlattenSpec, FrozenSpec, GlobalAveragePool, HardTanh, LayerNorm,
    LayerNormSpec, LeakyRelu, Partial, PoolSpec, ReshapeSpec, ResidualSpec, SgdInPlace,
    ShortcutSpec, Statistics, WindowSpec,
};
use trimpot::loss::spec::LossKind;
use trimpot::loss::{AnyLoss, AnyTarget, CrossEntropy, Loss, Nll, SliceLoss, Weighted, one_hot};
use trimpot::metric::{Calibration, ClassScores, ConfusionMatrix, RegressionScores, argmax};
use trimpot::optimizer::{self, Adadelta, Adagrad, Adam, AdamW, Lion, Optimizer, RmsProp, Sgd};
use trimpot::penalty::{ElasticNet, L1, L2, Penalty};
use trimpot::plan::{Plan, PlannedStep, Trained};
use trimpot::random::{Noise, Random, hash, unit};
use trimpot::schedule::{
    Constant, Cosine, Exponential, Linear, OneCycle, Schedule, StepDecay, WarmUp,
};
use trimpot::shape::{Rows, Shape};
use trimpot::spec::{Dims, LayerSpec, NetworkSpec};
use trimpot::{ParameterError, math};
use trimpot_parity::{Inputs, Prediction, Source, Visitor, subject};

/// Returns a number that nobody knows before it runs.
fn any<V: Lanes>() -> V {
    V::splat(black_box(0.5))
}

/// Everything, in the width that a board works in.
pub fn all() {
    of_any_width::<f32>();
    any_losses::<f32>();
    sums();
    // What is wrong with a parameter is of no interest here.
    let _ = black_box(configured());
    randomness();
    metrics();
    spectra::streams();
    networks::all();
    specs();
}

/// What comes in several widths, in four.
pub fn four_wide() {
    of_any_width::<f32x4>();
    networks::four_wide();
}

fn of_any_width<V: Lanes>() {
    lanes::<V>();
    functions::<V>();
    losses::<V>();
    networks::of_each_layer::<V>();
    spectra::of_any_width::<V>();
}

/// The number type itself: every method of [`Lanes`], [`Mask`] and [`Bits`].
fn lanes<V: Lanes>() {
    let (a, b) = (any::<V>(), any::<V>());
    let (bits, more) = black_box((a.to_bits(), b.to_bits()));
    black_box((
        V::from_array(black_box(a.to_array())),
        V::from_fn(|lane| black_box(lane as f32)),
        V::from_bits(bits),
    ));
    black_box((a + b, a - b, a * b, a / b, -a, a.mul_add(b, a), a.sqrt(), a.abs()));
    black_box((a.copysign(b), a.max(b), a.min(b), a.signum()));
    let mask = (a.lt(b) | a.le(b)) & !(a.gt(b) | a.ge(b)) | a.eq(b) & a.is_nan();
    black_box((mask.select(a, b), mask.any(), mask.all(), V::same(bits, more).any()));
    let (by, lane) = black_box((3, 2));
    black_box((bits.wrapping_add(more), bits.wrapping_sub(more), bits.wrapping_mul(more)));
    black_box((bits.shl(by), bits.shr(by), bits.lane(lane), bits & more | bits ^ more));
    black_box(V::Bits::from_fn(|lane| black_box(lane as u32)));
}

fn functions<V: Lanes>() {
    let x = any::<V>();
    black_box([math::exp(x), math::exp_m1(x), math::ln(x), math::ln_1p(x), math::sigmoid(x)]);
    black_box([math::softplus(x), math::tanh(x), math::log_sum_exp(&[x; 3])]);
    black_box(math::sin_pi(x));
}

/// Losses in this number type.
struct Losses<V>(PhantomData<V>);

impl<V: Lanes> Visitor for Losses<V> {
    fn visit<const N: usize, P: Shape, L: Loss<P, Target: Inputs>>(&mut self, _: &str, loss: &L) {
        let mut source = Source::new(black_box(1));
        let loss = black_box(loss);
        let prediction = source.prediction::<V, P>();
        let target = L::Target::draw::<V>(&mut source, black_box(N));
        let mut gradient = prediction;
        black_box((loss.gradient::<V>(&prediction, &target, &mut gradient), gradient));
        black_box(loss.value::<V>(&prediction, &target));
    }
}

/// Every loss, in several sizes, and with parameters of all kinds.
fn losses<V: Lanes>() {
    let mut losses = Losses::<V>(PhantomData);
    subject::registered::<1>(&mut losses);
    subject::registered::<67>(&mut losses);
    subject::of_heads(&mut losses);
    // What is wrong with a parameter is of no interest here.
    let _ = black_box(subject::configured::<10>(&mut losses));
    black_box(one_hot::<V, 10>(V::Bits::splat(black_box(1))));
}

/// Every loss of the registry over slices, as one that is known when the program runs.
fn any_losses<V: Lanes>() {
    macro_rules! any {
        ($($name:ident: $loss:ty;)*) => {$(
            let loss = black_box(AnyLoss::from(<$loss>::default()));
            let (mut gradient, weights) = ([any::<V>(); 9], black_box([0.5; 9]));
            let prediction = black_box([any::<V>(); 9]);
            let target = black_box(AnyTarget::Values(&prediction));
            black_box(loss.gradient(&weights, &prediction, target, run(&mut gradient))).ok();
            black_box((gradient, loss.name(), loss.outputs(), loss.least_outputs()));
        )*};
    }
    trimpot::for_each_loss!(any);
    of_weighted_slices::<V>();
    let named = AnyLoss::named(black_box("huber"), |_| black_box(0.5));
    if let Some(Ok(loss)) = black_box(named) {
        loss.for_each_setting(&mut |setting, value| {
            black_box((setting, value));
        });
    }
}

/// Losses with weights over slices.
fn of_weighted_slices<V: Lanes>() {
    let (mut gradient, weights) = ([any::<V>(); 9], black_box([0.5; 9]));
    let prediction = black_box([any::<V>(); 9]);
    let label = V::Bits::splat(black_box(2));
    let gradient = run(&mut gradient);
    let part = Weighted::new(black_box(0.5), CrossEntropy::new());
    black_box(part.slice_gradient(&prediction, label, gradient));
    if let Ok(loss) = CrossEntropy::new().with_class_weights(weights) {
        black_box(loss.slice_gradient(&prediction, label, gradient));
    }
    if let Ok(loss) = Nll::new().with_class_weights(weights) {
        black_box(loss.slice_gradient(&prediction, label, gradient));
    }
    black_box(gradient);
}

/// Every loss of the registry in a weighted sum.
fn sums() {
    let mut losses = Losses::<f32>(PhantomData);
    macro_rules! sum {
        ($($name:ident: $loss:ty;)*) => {$({
            let $name = black_box(<$loss>::default());
            let sum = black_box(0.5) * $name + Weighted::new(black_box(2.0), $name);
            losses.visit::<10, Prediction<$loss, 10>, _>(stringify!($name), &sum);
        })*};
    }
    trimpot::for_each_loss!(sum);
}

/// Whatever takes parameters that can be wrong.
fn configured() -> Result<(), ParameterError> {
    let x = black_box(0.5);
    // What the losses make of them: `losses` has that, since it hides their parameters.
    macro_rules! configured {
        ($($name:ident: $loss:ty;)*) => {$(
            let made: Result<$loss, ParameterError> = LossKind::configured(|_| black_box(x));
            let _ = black_box(made);
        )*};
    }
    trimpot::for_each_loss!(configured);
    black_box(CrossEntropy::new().with_class_weights(black_box([x; 3]))?);
    black_box(Nll::new().with_class_weights(black_box([x; 3]))?);
    penalty(&L1::new(x)?);
    penalty(&L2::new(x)?);
    penalty(&ElasticNet::new(x, x)?);
    optimizer(Sgd::new(x)?.with_momentum(x)?)?;
    optimizer(Sgd::new(x)?.with_momentum(x)?.with_nesterov().with_weight_decay(x)?)?;
    let rms_prop = RmsProp::new(x)?.with_smoothing(x)?;
    optimizer(rms_prop.with_epsilon(x)?.with_weight_decay(x)?)?;
    optimizer(Adagrad::new(x)?.with_epsilon(x)?.with_weight_decay(x)?)?;
    let adadelta = Adadelta::new(x)?.with_smoothing(x)?;
    optimizer(adadelta.with_epsilon(x)?.with_weight_decay(x)?)?;
    optimizer(Adam::new(x)?.with_betas(x, x)?.with_epsilon(x)?.with_weight_decay(x)?)?;
    optimizer(AdamW::new(x)?.with_betas(x, x)?.with_epsilon(x)?.with_weight_decay(x)?)?;
    optimizer(Lion::new(x)?.with_betas(x, x)?.with_weight_decay(x)?)?;
    around_optimizers()?;
    black_box((
        Dropout::new(x)?,
        LeakyRelu::default().with_negative_slope(x)?,
        Elu::default().with_alpha(x)?,
    ));
    black_box((HardTanh::between(x, 2.0 * x)?, LayerNorm::<3>::new().with_epsilon(x)?));
    let norm = BatchNorm::new([x; 3], [x; 3])?.with_epsilon(x)?;
    black_box((norm.mean(), norm.variance()));
    let mut statistics = Statistics::<2>::new();
    statistics.add::<Rows<2, 3>>(&black_box([[x; 3]; 2]));
    black_box((statistics.layer()?, statistics.mean(), statistics.variance()));
    Ok(())
}

/// Returns a run of a length that nobody knows.
fn run<T>(numbers: &mut [T]) -> &mut [T] {
    let length = black_box(numbers.len()).min(numbers.len());
    numbers.get_mut(..length).unwrap_or_default()
}

fn penalty<P: Penalty>(penalty: &P) {
    let (mut parameters, mut gradient) = ([any::<f32>(); 9], [0.0; 9]);
    black_box(penalty.add_gradient::<f32>(run(&mut parameters), run(&mut gradient)));
    black_box(gradient);
}

fn optimizer<O: Optimizer>(mut optimizer: O) -> Result<(), ParameterError> {
    let (mut parameters, mut gradient) = ([any::<f32>(); 9], [any::<f32>(); 9]);
    let mut state = [O::State::<f32>::default(); 9];
    optimizer.set_learning_rate(optimizer.learning_rate() * black_box(0.5))?;
    optimizer.resume(black_box(3));
    optimizer::step(&mut optimizer, run(&mut parameters), run(&mut gradient), run(&mut state));
    black_box(parameters);
    Ok(())
}

/// Schedules, clipping, averages, early stopping.
fn around_optimizers() -> Result<(), ParameterError> {
    let (x, steps) = black_box((0.5, 10));
    let learning_rate = |schedule: &dyn Schedule| {
        black_box(schedule.learning_rate(black_box(3)));
    };
    learning_rate(&Constant::new(x)?);
    learning_rate(&Linear::new(x, x, steps)?);
    learning_rate(&StepDecay::new(x, x, steps)?);
    learning_rate(&Exponential::new(x, x)?);
    learning_rate(&WarmUp::new(x, steps, Cosine::new(x, x, steps)?)?);
    learning_rate(&OneCycle::new(x, steps)?.with_warm_up(x)?.with_divisors(x, x)?);
    let mut gradient = [any::<f32>(); 40];
    ClipValue::new(x)?.clip(run(&mut gradient));
    black_box(ClipNorm::new(x)?.clip(run(&mut gradient)));
    let mut moving = MovingAverage::new(x)?.with_ramp().resume(steps);
    moving.update(run(&mut gradient), run(&mut [any::<f32>(); 9]));
    let mut stopping = EarlyStopping::new(steps).with_min_delta(x)?.resume(Some(x), steps);
    black_box((stopping.observe(x), stopping.best(), stopping.waited()));
    black_box((gradient, moving.updates()));
    Ok(())
}

fn randomness() {
    let mut random = Random::new(black_box(1));
    let mut items = [1, 2, 3, 4, 5];
    random.shuffle(run(&mut items));
    black_box((items, random.next_u32(), random.uniform(), random.below(black_box(7))));
    let noise = Noise::<f32>::new(black_box(1)).next_layer();
    black_box((random.normal(), noise.inside().uniform(black_box(2))));
    black_box((noise.uniform(black_box(3)), hash(black_box(1_u32)), unit::<f32>(black_box(1))));
}

fn metrics() {
    let mut matrix = ConfusionMatrix::<10>::new();
    let class = black_box(3);
    matrix.record(class, argmax(run(&mut [any::<f32>(); 10])));
    black_box((matrix.counts(), matrix.samples(), matrix.correct(), matrix.accuracy()));
    black_box((matrix.precision(class), matrix.recall(class), matrix.f1(class)));
    black_box((matrix.macro_precision(), matrix.macro_recall(), matrix.macro_f1()));
    black_box((matrix.weighted_precision(), matrix.weighted_recall(), matrix.weighted_f1()));
    black_box((matrix.micro_f1(), matrix.balanced_accuracy()));
    if let Some(scores) = ClassScores::new(run(&mut [1, 2, 3, 4]), run(&mut [0, 1])) {
        black_box((scores.count(class, class), scores.support(class), scores.classes()));
        black_box((scores.accuracy(), scores.macro_f1()));
    }
    let mut numbers = RegressionScores::new();
    numbers.record(any(), any());
    black_box((numbers.samples(), numbers.mae(), numbers.rmse(), numbers.r2()));
    let mut calibration = Calibration::<10>::new();
    calibration.record(any(), black_box(true));
    calibration.bins().for_each(|bin| {
        black_box(bin);
    });
    black_box(calibration.expected_error());
}

/// Networks as data: all kinds that have a rule of their own, nested.
fn specs() {
    let size = || black_box(3_u32);
    let dense = || LayerSpec::Dense(DenseSpec { inputs: size(), outputs: size() });
    let window = WindowSpec::new([size(); 2])
        .with_stride([size(); 2])
        .with_padding([[size(); 2]; 2])
        .with_dilation([size(); 2]);
    let row = WindowSpec::new([size()]).with_stride([size()]);
    let layers = black_box([
        LayerSpec::Frozen(FrozenSpec { layers: size() }),
        LayerSpec::Residual(ResidualSpec { layers: size() }),
        LayerSpec::Shortcut(ShortcutSpec { layers: size() }),
        dense(),
        LayerSpec::BatchNorm(BatchNormSpec { channels: size(), epsilon: any() }),
        LayerSpec::LayerNorm(LayerNormSpec { size: size(), epsilon: any() }),
        LayerSpec::Embedding(EmbeddingSpec { rows: size(), size: size() }),
        LayerSpec::Reshape(ReshapeSpec { dims: Dims::image(size(), size(), size()) }),
        LayerSpec::Conv1d(ConvSpec {
            in_channels: size(),
            out_channels: size(),
            window: row,
            groups: size(),
        }),
        LayerSpec::Conv2d(ConvSpec {
            in_channels: size(),
            out_channels: size(),
            window,
            groups: size(),
        }),
        LayerSpec::MaxPool1d(PoolSpec::new(row)),
        LayerSpec::MaxPool2d(PoolSpec::new(window)),
        LayerSpec::GlobalAveragePool(GlobalAveragePool),
        LayerSpec::Flatten(FlattenSpec),
        LayerSpec::HardTanh(HardTanh::default()),
    ]);
    let input = black_box(Dims::rows(size(), size()));
    let spec = NetworkSpec { input, layers: &layers };
    let _ = black_box(spec.output());
    black_box((spec.parameters(), spec.constants()));
    spec.for_each_tensor(&mut |tensor| {
        black_box((tensor.tensor.sizes(), tensor.role, tensor.at));
    });
    black_box(spec.fingerprint(black_box(&[0.5; 3])));
    let mut steps = [PlannedStep::EMPTY; 16];
    if let Ok(plan) = Plan::with_checkpoints(spec, run(&mut steps), black_box(2)) {
        black_box(plan.computed_again().filter(|&is_again| is_again).count());
        black_box(plan.masks().filter(|&is_masked| is_masked).count());
        interpreter(plan);
    }
    if let Ok(plan) = Plan::new(spec, run(&mut steps)) {
        interpreter(plan);
    }
}

/// Every layer as data, forward and backward, with all sinks.
fn interpreter(plan: Plan) {
    let Ok(interpreter) = Interpreter::new(plan, black_box(&[0.5; 3])) else { return };
    let (mut parameters, mut gradient) = ([any::<f32>(); 40], [any::<f32>(); 40]);
    let (mut input, mut arena) = ([any::<f32>(); 7], [any::<f32>(); 90]);
    let noise = Noise::<f32>::new(black_box(1));
    let input = run(&mut input);
    let arena = run(&mut arena);
    let rest = |output: &[f32], gradient: &mut [f32]| {
        gradient.iter_mut().zip(output).for_each(|(gradient, output)| *gradient = *output);
    };
    let _ = black_box(interpreter.predict(run(&mut parameters), input, arena));
    let sink = Accumulate::new(run(&mut parameters), run(&mut gradient));
    let _ = black_box(interpreter.backpropagate(sink, noise, input, arena, rest));
    let sink = SgdInPlace::new(run(&mut parameters), any());
    let _ = black_box(interpreter.backpropagate(sink, noise, input, arena, rest));
    let sink = ClippedSgdInPlace::new(run(&mut parameters), any(), any());
    let _ = black_box(interpreter.backpropagate(sink, noise, input, arena, rest));
    from_latent(&interpreter);
}

/// Behind the front, with sinks for some of the parameters.
fn from_latent(interpreter: &Interpreter) {
    let (mut parameters, mut gradient) = ([any::<f32>(); 40], [any::<f32>(); 40]);
    let (mut latent, mut arena) = ([any::<f32>(); 7], [any::<f32>(); 90]);
    let noise = Noise::<f32>::new(black_box(1));
    let rest = |output: &[f32], gradient: &mut [f32]| {
        gradient.iter_mut().zip(output).for_each(|(gradient, output)| *gradient = *output);
    };
    let (latent, arena) = (run(&mut latent), run(&mut arena));
    let _ = black_box(interpreter.latent(latent, arena));
    let _ = black_box(interpreter.predict_from_latent(run(&mut parameters), latent, arena));
    for trained in [Trained::All, Trained::Last(black_box(2)), Trained::BiasesAndNormalization] {
        let subset = interpreter.plan().subset(black_box(trained));
        black_box((subset.count(), subset.runs().count()));
        let sink = SgdInPlace::new(run(&mut parameters), any());
        let sink = Partial::new(sink, subset);
        let _ = black_box(interpreter.backpropagate_from_latent(sink, noise, latent, arena, rest));
        let sink = AccumulateSubset::new(run(&mut parameters), run(&mut gradient), subset);
        let _ = black_box(interpreter.backpropagate_from_latent(sink, noise, latent, arena, rest));
    }
}
