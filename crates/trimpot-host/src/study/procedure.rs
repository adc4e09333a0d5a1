//! How the network of a level comes to its weights.

use super::error::RecipeError;
use super::lesson::Lesson;
use super::recipe::Recipe;
use super::subject::{Draw, Subject};
use super::training::{self, Outcome, Stop};
use super::tuned::Setting;

/// How the network of a level comes to its weights, as data.
#[derive(Clone, Debug, PartialEq)]
pub enum Procedure {
    /// It is trained on the PC.
    Train(Recipe),
    /// A board learns, with a network of the [`Factory`](super::Factory).
    Teach(Lesson),
}

impl From<Recipe> for Procedure {
    fn from(recipe: Recipe) -> Self {
        Procedure::Train(recipe)
    }
}

impl From<Lesson> for Procedure {
    fn from(lesson: Lesson) -> Self {
        Procedure::Teach(lesson)
    }
}

impl Procedure {
    /// Returns the recipe by which it is trained on the PC; none, if a board learns.
    pub fn recipe(&self) -> Option<&Recipe> {
        match self {
            Procedure::Train(recipe) => Some(recipe),
            Procedure::Teach(_) => None,
        }
    }

    /// Changes a setting that is tuned.
    pub fn set(&mut self, setting: Setting, value: f32) {
        match self {
            Procedure::Train(recipe) => recipe.set(setting, value),
            Procedure::Teach(lesson) => lesson.set(setting, value),
        }
    }

    /// Checks that it can be followed with these samples.
    ///
    /// # Errors
    /// If it cannot.
    pub fn check(&self, subject: &Subject) -> Result<(), RecipeError> {
        match self {
            Procedure::Train(recipe) => training::check(recipe, subject),
            Procedure::Teach(lesson) => lesson.check(subject),
        }
    }

    /// Follows it, and measures. None, if it was stopped.
    ///
    /// # Errors
    /// Those of [`check`](Self::check).
    pub fn run(
        &self,
        subject: &Subject,
        draw: Draw,
        stop: &Stop,
    ) -> Result<Option<Outcome>, RecipeError> {
        match self {
            Procedure::Train(recipe) => training::run(recipe, subject, draw, stop),
            Procedure::Teach(lesson) => lesson.run(subject, draw, stop),
        }
    }

    /// Returns about how many multiply-adds it takes.
    pub fn work(&self, subject: &Subject) -> f64 {
        match self {
            Procedure::Train(recipe) => recipe.work(subject),
            Procedure::Teach(lesson) => lesson.work(subject),
        }
    }

    /// Returns a text that tells it from others.
    pub(super) fn identity(&self) -> String {
        match self {
            Procedure::Train(recipe) => format!("{recipe:?}"),
            Procedure::Teach(lesson) => format!("{lesson:?}"),
        }
    }
}
