//! The factory of boards: it trains the networks that they come with.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use trimpot_model::file::{About, StoredModel};

use super::error::RecipeError;
use super::recipe::Recipe;
use super::subject::{Draw, Split, Subject};
use super::training::{self, Seen, Stop};
use crate::dataset::fingerprint;

/// A network that is trained once, or not yet. Who trains it holds the lock.
type Slot = Arc<Mutex<Option<Arc<StoredModel>>>>;

/// The factory of boards: trains the networks that they come with, one for each seed, on samples of
/// its own sensor. All lessons of a study share them: a network is trained when it is first wanted,
/// and the same each time.
#[derive(Debug)]
pub struct Factory {
    recipe: Recipe,
    subject: Subject,
    models: Mutex<BTreeMap<u32, Slot>>,
}

impl Factory {
    /// Creates a factory that trains by a recipe, on these samples.
    pub fn new(recipe: Recipe, subject: Subject) -> Self {
        Factory { recipe, subject, models: Mutex::default() }
    }

    /// Returns how the networks are trained.
    pub fn recipe(&self) -> &Recipe {
        &self.recipe
    }

    /// Tells what is trained, on what, from others.
    pub fn fingerprint(&self) -> u64 {
        let recipe = format!("{:?}", self.recipe);
        fingerprint(recipe.bytes().map(u32::from)) ^ self.subject.fingerprint()
    }

    /// Checks that the networks can be trained.
    ///
    /// # Errors
    /// If they cannot.
    pub fn check(&self) -> Result<(), RecipeError> {
        training::check(&self.recipe, &self.subject)
    }

    /// Returns the samples of the network of a draw: those that it has learned from, and others
    /// that validate and test.
    pub fn split(&self, draw: Draw) -> Split {
        self.subject.split(draw, self.recipe.rows)
    }

    /// Returns the network of a draw. None, if training was stopped.
    ///
    /// # Errors
    /// Those of [`check`](Self::check).
    pub fn model(&self, draw: Draw, stop: &Stop) -> Result<Option<Arc<StoredModel>>, RecipeError> {
        let mut models = self.models.lock().unwrap_or_else(PoisonError::into_inner);
        let slot = Arc::clone(models.entry(draw.seed()).or_default());
        drop(models);
        let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
        if slot.is_none() {
            *slot = self.train(draw, stop)?.map(Arc::new);
        }
        Ok(slot.clone())
    }

    fn train(&self, draw: Draw, stop: &Stop) -> Result<Option<StoredModel>, RecipeError> {
        let mut model = None;
        let mut watch = |seen: Seen<'_>| {
            if seen.is_last {
                let (layers, parameters) = seen.network.layers_with(seen.weights);
                let parameters = parameters.to_vec();
                model = Some(StoredModel { layers, parameters, about: About::default() });
            }
        };
        let outcome = training::run_watched(&self.recipe, &self.subject, draw, stop, &mut watch)?;
        Ok(outcome.and(model))
    }
}
