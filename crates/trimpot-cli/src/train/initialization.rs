//! How weights begin, by name.

use clap::ValueEnum;
use trimpot::layer::initialization::{
    GlorotNormal, GlorotUniform, HeNormal, HeUniform, LeCunNormal, LeCunUniform,
};
use trimpot::random::Random;
use trimpot::spec::NetworkSpec;

/// How weights begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[expect(missing_docs, reason = "`--help` would show a text beside each name")]
#[value(rename_all = "snake_case")]
pub enum Initialization {
    GlorotUniform,
    GlorotNormal,
    HeUniform,
    HeNormal,
    #[value(name = "lecun_uniform")]
    LeCunUniform,
    #[value(name = "lecun_normal")]
    LeCunNormal,
}

impl Initialization {
    /// Draws initial parameters: those that the same network as a type has with this seed.
    pub fn parameters(self, network: NetworkSpec<'_>, seed: u32) -> Vec<f32> {
        let mut parameters = vec![0.0; network.parameters()];
        let (all, random) = (&mut parameters[..], &mut Random::new(seed));
        match self {
            Self::GlorotUniform => network.initialize(&GlorotUniform, all, random),
            Self::GlorotNormal => network.initialize(&GlorotNormal, all, random),
            Self::HeUniform => network.initialize(&HeUniform, all, random),
            Self::HeNormal => network.initialize(&HeNormal, all, random),
            Self::LeCunUniform => network.initialize(&LeCunUniform, all, random),
            Self::LeCunNormal => network.initialize(&LeCunNormal, all, random),
        }
        parameters
    }
}
