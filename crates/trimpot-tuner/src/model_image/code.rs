//! Bytes that say which of several.

pub const CLASSES: u8 = 0;
pub const VALUES: u8 = 1;
pub const AUTOENCODER: u8 = 2;
pub const DISTANCE: u8 = 3;

pub const ALL: u8 = 0;
pub const LAST: u8 = 1;
pub const BIASES: u8 = 2;

pub const FEATURES: u8 = 0;
pub const LATENT_F32: u8 = 1;
pub const LATENT_U8: u8 = 2;
pub const LATENT_I8: u8 = 3;
