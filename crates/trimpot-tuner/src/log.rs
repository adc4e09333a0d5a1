//! Logging through `defmt`, where the feature is on.

/// Logs an event; without the feature it only looks at the values.
macro_rules! event {
    ($message:literal $(, $value:expr)*) => {{
        #[cfg(feature = "defmt")]
        defmt::info!($message $(, $value)*);
        #[cfg(not(feature = "defmt"))]
        let _ = ($(&$value,)*);
    }};
}
pub(crate) use event;
