//! What training begins with: layers and parameters.

mod front_end;
mod same;

use trimpot_host::dataset::{Dataset, fingerprint};
use trimpot_host::loss::NamedLoss;
use trimpot_model::architecture::{self, Between};
use trimpot_model::file::{ModelTask, StoredModel};
use trimpot_model::front_end::Extractor;
use trimpot_model::layers::Layers;
use trimpot_model::standardization::{self, Standardization};

use super::error::FitError;
use super::options::Options;
use crate::model::column_name;
use crate::terminal::{counted, digits, few, say};

/// Layers, and the model that they begin with, if there is one.
#[derive(Clone, Debug, PartialEq)]
pub struct Start {
    /// The layers. Until data are read, what standardizes them changes nothing.
    pub layers: Layers,
    /// What makes features of recordings; none, if the data are features.
    pub front_end: Option<Extractor>,
    /// The model whose parameters, constants and classes training begins with.
    pub model: Option<StoredModel>,
}

impl Start {
    /// Returns what the options say.
    ///
    /// # Errors
    /// If the network cannot be read, or the model to begin with, or they do not agree.
    pub fn of(options: &Options) -> Result<Self, FitError> {
        Self::beside(options, &[])
    }

    /// Returns the same, where these columns of the data are neither samples of recordings nor
    /// labels.
    ///
    /// # Errors
    /// Those of [`Start::of`].
    pub fn beside(options: &Options, columns: &[String]) -> Result<Self, FitError> {
        let mut model =
            options.init.as_ref().map(|file| StoredModel::read(file, None)).transpose()?;
        if let Some(model) = &mut model {
            match (options.unfreeze, model.has_frozen_layers()) {
                (true, true) => model.unfreeze(),
                (true, false) => {
                    let what = "--unfreeze: no layer of the model of --init is frozen";
                    return Err(FitError::Options(what.to_owned()));
                }
                (false, true) if options.network.is_none() => {
                    say(
                        "some layers of the model are frozen, and stay as they are: --unfreeze trains them, too",
                    );
                }
                (false, _) => {}
            }
        }
        let mut wanted = wanted(options)?;
        if options.standardize && options.reading.scale.is_some() {
            let what = "--standardize gives features deviation 1 whatever their --scale is, which is left out";
            return Err(FitError::Options(what.to_owned()));
        }
        if let Some(StoredModel { layers, .. }) = &mut model {
            match (options.reading.scale, standardization::factor(layers)) {
                (Some(_), _) if standardization::is_preprocessed(layers) => {
                    let what = "--scale: the first layer of the model of --init scales or standardizes features";
                    return Err(FitError::Options(what.to_owned()));
                }
                (Some(scale), _) => *layers = standardization::scaled(layers, scale),
                // --network need not say how the model scales features.
                (None, Some(factor)) if !options.standardize => {
                    wanted = wanted.map(|wanted| standardization::scaled(&wanted, factor));
                }
                (None, _) => {}
            }
            // Nor in which units outputs are.
            if let Some(of_targets) = Standardization::undone_by(layers) {
                wanted = wanted.map(|wanted| of_targets.undone_behind(&wanted));
            }
        }
        let (layers, model) = match (wanted, model) {
            (Some(layers), None) => (layers, None),
            (wanted, Some(model)) => {
                if let Some(wanted) = wanted {
                    same::check(&wanted, &model)?;
                } else if options.standardize && Standardization::of(&model.layers).is_none() {
                    let what = "--standardize: the model of --init does not begin with a standardization, and its \
                                weights are for features as they are";
                    return Err(FitError::Options(what.to_owned()));
                }
                (model.layers.clone(), Some(model))
            }
            (None, None) => return Err(FitError::Options("there is no --network".to_owned())),
        };
        let mut start = Start { layers, front_end: None, model };
        start.front_end = front_end::of(options, &start, columns)?;
        if start.standardizes_targets(options)? {
            let outputs = start.layers.outputs();
            start.layers = Standardization::identity(outputs).undone_behind(&start.layers);
        }
        Ok(start)
    }

    /// Returns whether targets are standardized and outputs in their units: numbers, where the
    /// model does not say how.
    ///
    /// # Errors
    /// If outputs cannot be any number.
    fn standardizes_targets(&self, options: &Options) -> Result<bool, FitError> {
        let is_wanted = options.standardize && self.model.is_none();
        if !is_wanted || options.task(self) != ModelTask::Numbers {
            return Ok(false);
        }
        let loss = options.named_loss(self)?;
        if !loss.is_of_differences() {
            let name = loss.name;
            say(&format!("targets are not standardized: {name} depends on more than differences"));
            return Ok(false);
        }
        if let Some(last) = architecture::last(&self.layers)
            && architecture::range(last) != architecture::ANY
        {
            let what = format!(
                "--standardize: targets of mean 0 and deviation 1 are of either sign and any size, but outputs of \
                 {last} are not; a last layer without an activation gives such"
            );
            return Err(FitError::Options(what));
        }
        match self.layers.spec().output() {
            Ok(dims) if dims.sizes().len() == 1 => Ok(true),
            _ => {
                let what = "--standardize: outputs are no vector, so that targets cannot be standardized; `flatten` \
                            as the last layer makes one";
                Err(FitError::Options(what.to_owned()))
            }
        }
    }

    /// Measures the samples that are learned from, where they are to be standardized and the model
    /// does not say how. Features and targets may have names. Returns what is to be said of it.
    ///
    /// # Errors
    /// If they cannot be standardized.
    pub fn measure(
        &mut self,
        options: &Options,
        learned: &Dataset,
        [features, targets]: [&[String]; 2],
    ) -> Result<Vec<String>, FitError> {
        if !options.standardize || self.model.is_some() {
            return Ok(Vec::new());
        }
        let measured = learned.standardization(self.layers.input.channels() as usize);
        let (what, names) = match self.layers.input.sizes() {
            [_] => ("feature", features),
            _ => ("channel", &[][..]),
        };
        for (number, &deviation) in (1..).zip(&measured.deviation) {
            if !(deviation * deviation).is_finite() {
                let error = format!(
                    "--standardize: the deviation of {what} {number}, {deviation}, is too large"
                );
                return Err(FitError::Options(error));
            }
        }
        let mut lines: Vec<String> = constant(what, names, &measured).into_iter().collect();
        let of_targets = match Standardization::undone_by(&self.layers) {
            Some(_) => learned.target_standardization(),
            None => None,
        };
        let behind = if of_targets.is_some() { Standardization::LAYERS } else { 0 };
        let own = Standardization::LAYERS..self.layers.specs.len() - behind;
        let specs = self.layers.specs[own].to_vec();
        let mut layers = Layers::untrained(self.layers.input, specs);
        if let Some(of_targets) = of_targets {
            check_targets(&of_targets)?;
            lines.extend(constant("target", targets, &of_targets));
            layers = of_targets.undone_behind(&layers);
            let what =
                "targets are standardized, and losses are of these; outputs are in their units";
            lines.push(what.to_owned());
        }
        self.layers = measured.before(&layers);
        Ok(lines)
    }

    /// Returns a line about targets with large deviations, where --standardize would bring them to
    /// 1: weights that begin as training draws them give outputs of about that size, and steps
    /// are far too large or too small for others.
    pub fn wide_targets(
        &self,
        options: &Options,
        learned: &Dataset,
        loss: &NamedLoss,
    ) -> Option<String> {
        let is_any = |last| architecture::range(last) == architecture::ANY;
        let standardizes = loss.is_of_differences()
            && architecture::last(&self.layers).is_none_or(is_any)
            && self.layers.spec().output().is_ok_and(|dims| dims.sizes().len() == 1);
        if options.standardize || self.model.is_some() || !standardizes {
            return None;
        }
        let Standardization { deviation, .. } = learned.target_standardization()?;
        let largest = deviation.into_iter().fold(0.0, f32::max);
        (largest > LARGE_DEVIATION).then(|| {
            let largest = digits(largest);
            format!("targets have deviations of up to {largest}: --standardize brings them to 1")
        })
    }

    /// Returns the parameters.
    pub fn parameters(&self, options: &Options) -> Vec<f32> {
        match &self.model {
            Some(model) => model.parameters.clone(),
            None => options.initialization.parameters(self.layers.spec(), options.seed),
        }
    }

    /// Returns the names of the classes, where the model knows them: none, if they are numbers.
    pub fn known_classes(&self) -> Option<Vec<String>> {
        let about = &self.model.as_ref()?.about;
        (about.task == Some(ModelTask::Classes)).then(|| about.classes.clone())
    }

    /// Returns the names of the features, where the model knows them.
    pub fn known_features(&self) -> Vec<String> {
        self.model.as_ref().map(|model| model.about.features.clone()).unwrap_or_default()
    }

    /// Tells the numbers of the model from others.
    pub fn fingerprint(&self) -> Option<u64> {
        let model = self.model.as_ref()?;
        let numbers = model.parameters.iter().chain(&model.layers.constants);
        Some(fingerprint(numbers.map(|number| number.to_bits())))
    }
}

/// Targets that deviate more are worth a word: their squared errors begin at more than 100.
const LARGE_DEVIATION: f32 = 10.0;

/// Returns an error if targets cannot be counted in their deviations.
fn check_targets(measured: &Standardization) -> Result<(), FitError> {
    for (number, &deviation) in (1..).zip(&measured.deviation) {
        let is_unit = deviation.is_finite() && (deviation == 0.0 || (1.0 / deviation).is_finite());
        if !is_unit {
            let error = format!("--standardize: the deviation of target {number} is {deviation}");
            return Err(FitError::Options(error));
        }
    }
    Ok(())
}

/// Returns a line about features, channels or targets that are the same in all samples.
fn constant(what: &str, names: &[String], measured: &Standardization) -> Option<String> {
    let numbered = measured.deviation.iter().enumerate();
    let constant = numbered.filter(|&(_, &deviation)| deviation == 0.0);
    let constant: Vec<String> = constant.map(|(number, _)| column_name(names, number)).collect();
    match &constant[..] {
        [one] => Some(format!("{what} {one} is the same in all samples: it is centred only")),
        several => {
            let count = counted(several.len(), what);
            let named = few(constant)?;
            Some(format!("{count} are the same in all samples, and are centred only: {named}"))
        }
    }
}

/// Returns the layers that the options name, with a factor in front or a standardization that
/// changes nothing yet.
fn wanted(options: &Options) -> Result<Option<Layers>, FitError> {
    let Some(network) = &options.network else { return Ok(None) };
    let between = Between {
        activation: options.activation,
        output_activation: options.output_activation,
        dropout: options.dropout,
    };
    let named = "--activation, --output-activation and --dropout";
    let layers = network.layers(between);
    let layers = layers.map_err(|error| FitError::Options(format!("{named}: {error}")))?;
    Ok(Some(match options.reading.scale {
        _ if options.standardize => {
            Standardization::identity(layers.input.channels() as usize).before(&layers)
        }
        Some(scale) => standardization::scaled(&layers, scale),
        None => layers,
    }))
}
