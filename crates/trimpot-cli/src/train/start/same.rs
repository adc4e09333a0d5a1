//! Whether the model of `--init` has the layers of `--network`.

use trimpot::spec::LayerSpec;
use trimpot_model::architecture;
use trimpot_model::file::StoredModel;
use trimpot_model::layers::Layers;
use trimpot_model::standardization::{self, Standardization};

use crate::train::error::FitError;

/// Checks that a model has these layers, all of them trainable: those of `--network`, between what
/// scales or standardizes.
///
/// # Errors
/// If it has others, with the first difference in the words of `--network`; or if some are frozen.
pub(super) fn check(wanted: &Layers, model: &StoredModel) -> Result<(), FitError> {
    let mut trainable = model.clone();
    trainable.unfreeze();
    check_layers(wanted, &trainable.layers)
        .map_err(|what| FitError::Options(format!("--init has another network: {what}")))?;
    if model.has_frozen_layers() {
        let what = "some layers of --init are frozen, as `board install --train head:N` makes them: --unfreeze trains \
                    them as --network says; without --network they stay frozen";
        return Err(FitError::Options(what.to_owned()));
    }
    Ok(())
}

fn check_layers(wanted: &Layers, model: &Layers) -> Result<(), String> {
    if wanted.input != model.input {
        let (model, wanted) = (model.input, wanted.input);
        return Err(format!("its samples have the shape {model}, those of --network {wanted}"));
    }
    match [model, wanted].map(|layers| Standardization::of(layers).is_some()) {
        [true, false] => {
            return Err("its features are standardized, so --standardize is needed".to_owned());
        }
        [false, true] => return Err("its features are not standardized".to_owned()),
        _ => {}
    }
    let [of_model, of_wanted] = [model, wanted].map(written_ones);
    let all = 0..of_wanted.len().max(of_model.len());
    let pairs = all.map(|at| (at, of_model.get(at), of_wanted.get(at)));
    match pairs.into_iter().find(|(_, model, wanted)| model != wanted) {
        None => Ok(()),
        Some((at, model, wanted)) => {
            let name = |layer: Option<&LayerSpec>| match layer {
                Some(&layer) => format!("`{}`", architecture::written(layer)),
                None => "none".to_owned(),
            };
            let (model, wanted) = (name(model), name(wanted));
            Err(format!("layer {} is {model}, that of --network {wanted}", at + 1))
        }
    }
}

/// Returns the layers that `--network` says: those between what scales or standardizes.
fn written_ones(layers: &Layers) -> &[LayerSpec] {
    let front = standardization::front_layers(layers);
    let behind = Standardization::undone_by(layers).map_or(0, |_| Standardization::LAYERS);
    layers.specs.get(front..layers.specs.len() - behind).unwrap_or_default()
}
