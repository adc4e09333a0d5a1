//! Settings of a loss, as they are written on the command line: `delta=0.5`.

use std::str::FromStr;

/// A setting as it was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
}

impl FromStr for Setting {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, value) = text.split_once('=').ok_or("it must be NAME=VALUE: delta=0.5, say")?;
        Ok(Setting { name: name.trim().replace('-', "_"), value: value.trim().to_owned() })
    }
}

/// What a setting can be.
pub trait Value: Sized {
    /// What it should have been.
    const WANTED: &'static str;

    /// Returns the value that is written like this.
    fn read(text: &str) -> Option<Self>;

    /// Returns how it is written; the same value always in the same way.
    fn write(&self) -> String;
}

impl Value for f32 {
    const WANTED: &'static str = "a number";

    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }

    fn write(&self) -> String {
        self.to_string()
    }
}

impl Value for bool {
    const WANTED: &'static str = "true or false";

    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }

    fn write(&self) -> String {
        self.to_string()
    }
}

impl Value for Vec<f32> {
    const WANTED: &'static str = "numbers with commas between them";

    fn read(text: &str) -> Option<Self> {
        text.split(',').map(|number| number.trim().parse().ok()).collect()
    }

    fn write(&self) -> String {
        self.iter().map(f32::to_string).collect::<Vec<_>>().join(",")
    }
}

impl<T: Value> Value for Option<T> {
    const WANTED: &'static str = T::WANTED;

    fn read(text: &str) -> Option<Self> {
        if text == "none" { Some(None) } else { T::read(text).map(Some) }
    }

    fn write(&self) -> String {
        self.as_ref().map_or_else(|| "none".to_owned(), T::write)
    }
}

/// Returns a setting with its value, as it could have been given.
pub fn written<T: Value>(name: &str, value: &T) -> String {
    format!("{name}={}", value.write())
}

/// Returns the value of a setting: the given one, or the default.
pub fn value<T: Value>(given: &[Setting], name: &str, default: T) -> Result<T, String> {
    let mut given = given.iter().filter(|setting| setting.name == name);
    match (given.next(), given.next()) {
        (None, _) => Ok(default),
        (Some(_), Some(_)) => Err(format!("{name} is set twice")),
        (Some(Setting { value, .. }), None) => {
            T::read(value).ok_or_else(|| format!("{name}={value}: it must be {}", T::WANTED))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_as_they_are_written() {
        fn check<T: Value>(text: &str, written: &str) {
            assert_eq!(T::read(text).unwrap().write(), written, "{text}");
            assert_eq!(T::read(written).unwrap().write(), written, "{text}");
        }
        check::<f32>("0.50", "0.5");
        check::<f32>("1e-8", "0.00000001");
        check::<bool>("true", "true");
        check::<Vec<f32>>("1, 2.0,0.5", "1,2,0.5");
        check::<Option<f32>>("none", "none");
        check::<Option<Vec<f32>>>("3", "3");
        assert_eq!(<Vec<f32>>::read("1,,2"), None);
        assert_eq!(<Option<f32>>::read(""), None);
    }

    #[test]
    fn a_setting_has_a_name_and_one_value() {
        let given = ["delta=0.5", "label-smoothing = x", "delta=1"];
        let given = given.map(|text| text.parse::<Setting>().unwrap());
        assert_eq!(value(&given[..2], "delta", 1.0), Ok(0.5));
        assert_eq!(value(&given, "gamma", 2.0), Ok(2.0));
        assert_eq!(value(&given, "delta", 1.0), Err("delta is set twice".to_owned()));
        let error = value(&given, "label_smoothing", 0.0).unwrap_err();
        assert_eq!(error, "label_smoothing=x: it must be a number");
        assert!("delta".parse::<Setting>().is_err());
    }
}
