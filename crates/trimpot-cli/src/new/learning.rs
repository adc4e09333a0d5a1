//! What a model learns on a board, and how: as code.

mod loss;

use std::collections::BTreeMap;

use trimpot_host::board::latents;
use trimpot_host::loss::NamedLoss;
use trimpot_model::file::{About, ModelTask, StoredModel};
use trimpot_model::plan::Trained;
use trimpot_model::standardization::Standardization;
use trimpot_tuner::LatentFormat;

use self::loss::LossCode;
use super::template::import;

/// Places of the template, and what is put there.
pub type Values = Vec<(&'static str, String)>;

/// What a model learns on a board, and how.
pub struct Learning<'a> {
    about: &'a About,
    task: ModelTask,
    /// Classes in use at first, where there are outputs for more.
    classes: Option<usize>,
    /// The unit of each output.
    deviations: Vec<f32>,
    latents: Option<LatentFormat>,
    loss: LossCode,
}

impl<'a> Learning<'a> {
    /// Finds out about a model, in which is frozen what the board does not train.
    ///
    /// # Errors
    /// If the code would be another than that of the template: for optimizers with a memory.
    pub fn new(model: &'a StoredModel, loss: &NamedLoss) -> Result<Self, String> {
        let about = &model.about;
        let is_plain = about.optimizer.is_none_or(|optimizer| optimizer.is_plain());
        if !is_plain || about.batch.is_some_and(|samples| samples.get() > 1) {
            return Err("it says an optimizer or batches, and firmware of `trimpot new` learns by descent in place; \
                        `Optimized` of trimpot-tuner is put around its model by hand"
                .to_owned());
        }
        let task = about.task.unwrap_or(ModelTask::Classes);
        let outputs = model.layers.outputs();
        let named = about.classes.len();
        let is_open = task == ModelTask::Classes && (1..outputs).contains(&named);
        let standardized = Standardization::undone_by(&model.layers)
            .filter(|_| task == ModelTask::Numbers && loss.is_of_differences());
        Ok(Learning {
            about,
            task,
            classes: is_open.then_some(named),
            deviations: standardized.map_or_else(Vec::new, |scale| scale.deviation),
            latents: latents(about),
            loss: LossCode::new(loss),
        })
    }

    /// Returns what `src/main.rs` says.
    pub fn main(&self, package: &str) -> Values {
        let has_names = self.task == ModelTask::Classes && !self.about.classes.is_empty();
        let (result, learn, tell) = match self.task {
            ModelTask::Classes => {
                let class = match has_names {
                    true => {
                        "{\n            writeln!(console, \"{}\", CLASSES.get(class as usize).unwrap_or(&\"?\"))\n        }"
                    }
                    false => "writeln!(console, \"class {class}\"),",
                };
                let tell = format!(
                    "        Ok(Prediction {{ class: Some(class), .. }}) => {class}\n        \
                     Ok(_) => writeln!(console, \"outputs that are not finite\"),"
                );
                ("Prediction", "tuner.learn(&features, class)", tell)
            }
            ModelTask::Numbers => (
                "Estimate",
                "tuner.learn(&features, &targets)",
                "        Ok(Estimate { values }) => writeln!(console, \"{values:?}\"),".to_owned(),
            ),
            ModelTask::Anomalies => (
                "Inspection",
                "tuner.learn(&features, Condition::Normal)",
                "        Ok(Inspection { score, alarm, .. }) => writeln!(console, \"score {score}, alarm {alarm}\"),"
                    .to_owned(),
            ),
        };
        let names =
            if has_names { format!("use ::{package}::model::CLASSES;\n") } else { String::new() };
        vec![
            ("result", result.to_owned()),
            ("learn", format!("`{learn}`")),
            ("tell", tell),
            ("names", names),
        ]
    }

    /// Returns what `src/tuner.rs` says.
    pub fn tuner(&self) -> Values {
        let mut uses = Uses::new();
        let mut take = |path, name| {
            uses.entry(path).or_default().push(name);
        };
        take("trimpot::network", "Planned");
        take("trimpot::shape", "Shape");
        for name in ["Origin", "Settings", "Sizes"] {
            take("trimpot_tuner", name);
        }
        take("trimpot::loss", self.loss.type_name);
        if self.loss.is_fallible() {
            take("trimpot::loss::spec", "LossKind");
        }

        let is_scaled = !self.deviations.is_empty();
        if is_scaled {
            take("trimpot::output_scale", "OutputScale");
            take("trimpot::output_scale", "ScaledLoss");
        }
        let mut before = String::new();
        let biases = self.about.trained == Some(Trained::Biases);
        let (mut model_type, mut model_value) =
            ("Network".to_owned(), "Network::new(&LAYERS)".to_owned());
        let mut sizes = Vec::new();
        let mut latent_format = "";
        if let Some(format) = self.latents {
            take("trimpot_tuner", "LatentReplay");
            model_type = format!("LatentReplay<{model_type}>");
            model_value = format!("LatentReplay::new({model_value})");
            sizes.push("with_latents(Network::LATENTS)".to_owned());
            latent_format = match format {
                LatentFormat::U8 => "\n        .with_latent_format(LatentFormat::U8)",
                LatentFormat::I8 => "\n        .with_latent_format(LatentFormat::I8)",
                LatentFormat::F32 => "",
            };
            if !latent_format.is_empty() {
                take("trimpot_tuner", "LatentFormat");
            }
        }
        if biases {
            take("trimpot::plan", "Trained");
            take("trimpot_tuner", "PartlyTrained");
            model_type = format!("PartlyTrained<{model_type}>");
            before = format!("let network = {model_value};\n    ");
            model_value = "PartlyTrained::new(network, Trained::BiasesAndNormalization)".to_owned();
        }
        let network = match biases {
            true => "Planned<'static, Input, Layers, 0, true>",
            false => "Planned<'static, Input, Layers>",
        };

        // Sizes do not depend on the loss.
        let (task, made, open) = match (self.task, self.about.centre.is_empty()) {
            (ModelTask::Classes, _) => ("Classification", "Classification::new", self.classes),
            (ModelTask::Numbers, _) => ("Regression", "Regression::new", None),
            (ModelTask::Anomalies, true) => {
                ("AnomalyDetection", "AnomalyDetection::autoencoder", None)
            }
            (ModelTask::Anomalies, false) => {
                ("AnomalyDetection", "AnomalyDetection::distance", None)
            }
        };
        take("trimpot_tuner", task);
        let open = open.map_or_else(String::new, |classes| format!(".with_classes({classes})"));
        if self.task != ModelTask::Classes || !open.is_empty() {
            sizes.push(format!("with_task({made}(()){open}.sizes())"));
        }

        let mut lets = String::new();
        let mut loss = self.loss.value.clone();
        let mut is_fallible = self.loss.is_fallible();
        if is_fallible {
            lets += &format!("// {}\n    let loss = {loss}?;\n    ", self.loss.settings.join(", "));
            loss = "loss".to_owned();
        }
        if is_scaled {
            loss = format!("ScaledLoss::new({loss}, SCALE)");
        }
        let mut value = format!("{made}({loss}){open}");
        if let Some(rule) = self.about.rule {
            take("trimpot_tuner", "Rule");
            lets += &format!("let rule = Rule::{}({:?})?;\n    ", rule.name(), rule.number());
            value += ".with_rule(rule)";
            is_fallible = true;
        }
        if let Some(window) = self.about.window {
            value += &format!(".with_window({window})");
        }
        let loss_type = match is_scaled {
            true => format!("ScaledLoss<'static, {}>", self.loss.type_name),
            false => self.loss.type_name.to_owned(),
        };
        let (task_result, task_value, task_call) = match is_fallible {
            true => ("Result<Task, Error>", format!("{lets}Ok({value})"), "task()?"),
            false => ("Task", lets + &value, "task()"),
        };

        let mut model_uses = vec!["Input", "LAYERS", "Layers", "PARAMETERS"];
        let mut state = String::new();
        if self.about.threshold.is_some() {
            model_uses.push("THRESHOLD");
            state += "\n        tuner.write_state(0, &[THRESHOLD])?;";
            if !self.about.centre.is_empty() {
                model_uses.push("CENTRE");
                state += "\n        tuner.write_state(1, &CENTRE)?;";
            }
        }
        let uses: Vec<String> = uses.iter().map(|(path, names)| import(path, names)).collect();
        let rate = self.about.learning_rate.unwrap_or(DEFAULT_RATE);
        vec![
            ("uses", uses.join("\n")),
            ("model_uses", import("crate::model", &model_uses)),
            ("rate", format!("{rate:?}")),
            ("replays", self.about.replays.unwrap_or(DEFAULT_REPLAYS).to_string()),
            (
                "each",
                if self.task == ModelTask::Classes { "Of each class" } else { "Of all samples" }
                    .to_owned(),
            ),
            ("latent_format", latent_format.to_owned()),
            ("sizes", sizes_code(&sizes)),
            ("network", network.to_owned()),
            ("model_type", model_type),
            ("model", format!("{before}let model = {model_value};")),
            ("task_type", format!("{task}<{loss_type}>")),
            ("constants", scale_code(&self.deviations)),
            ("task_result", task_result.to_owned()),
            ("task_value", task_value),
            ("task_call", task_call.to_owned()),
            ("state", state),
        ]
    }

    /// Returns what `tests/on_board/main.rs` says.
    pub fn test(&self) -> Values {
        let (pairs, known) = match self.task {
            ModelTask::Classes => {
                ("for (features, class) in FEATURES.iter().zip(TARGETS)", "class")
            }
            ModelTask::Numbers => {
                ("for (features, targets) in FEATURES.iter().zip(&TARGETS)", "targets")
            }
            ModelTask::Anomalies => ("for features in &FEATURES", "Condition::Normal"),
        };
        let mut tuner = vec!["Commit", "Origin", "Storage"];
        let mut expected = vec!["FEATURES", "OUTPUTS"];
        match self.task {
            ModelTask::Anomalies => tuner.push("Condition"),
            ModelTask::Classes | ModelTask::Numbers => expected.push("TARGETS"),
        }
        vec![
            ("test_uses", import("trimpot_tuner", &tuner)),
            ("expected_use", import("self::expected", &expected)),
            ("pairs", pairs.to_owned()),
            ("known", known.to_owned()),
        ]
    }
}

type Uses = BTreeMap<&'static str, Vec<&'static str>>;

/// What a board does where a model says nothing: as [`trimpot_tuner::Settings`] has it.
const DEFAULT_RATE: f32 = 0.02;
const DEFAULT_REPLAYS: u16 = 40;

/// Returns the constant `SIZES` as rustfmt writes it.
fn sizes_code(calls: &[String]) -> String {
    const WIDTH: usize = 100;
    let item = "pub const SIZES: Sizes =";
    let first = "Sizes::of::<Input, Layers>(&SETTINGS)";
    let value = calls.iter().fold(first.to_owned(), |value, call| format!("{value}.{call}"));
    if item.len() + 1 + value.len() < WIDTH {
        format!("{item} {value};")
    } else if 4 + value.len() < WIDTH {
        format!("{item}\n    {value};")
    } else {
        format!("{item} {first}\n    .{};", calls.join("\n    ."))
    }
}

/// Returns the units of outputs as constants; nothing, if they have none.
fn scale_code(deviations: &[f32]) -> String {
    if deviations.is_empty() {
        return String::new();
    }
    format!(
        "
/// The unit of each output, in which the loss counts differences: the deviation that its targets had
/// in training.
#[rustfmt::skip]
const DEVIATIONS: [f32; {}] = {deviations:?};
const SCALE: OutputScale<'static> = match OutputScale::new(&DEVIATIONS) {{
    Some(scale) => scale,
    None => panic!(\"a unit is above 0\"),
}};
",
        deviations.len()
    )
}
