//! The header of an `.npy` file: type and shape of an array.
//!
//! Format: <https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>. Read here
//! before the reader of the array reads it, because that one goes down into nested values until the
//! stack ends.

use std::io::Read;

const MAGIC: &[u8; 6] = b"\x93NUMPY";
/// The longest header that is read. Version 1 of the format has no longer one.
const LONGEST: u64 = u16::MAX as u64;

/// What an array is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Header {
    /// The type of its elements, as NumPy says it: `<f4`.
    pub kind: String,
    /// How many elements there are, in each dimension.
    pub shape: Vec<u64>,
    /// The bytes that the header has.
    pub bytes: u64,
}

impl Header {
    /// Reads the header, and no further.
    pub fn read(mut from: impl Read) -> Result<Self, String> {
        let damaged = |_| "it is no array of NumPy's: it has no header".to_owned();
        let mut start = [0; 8];
        from.read_exact(&mut start).map_err(damaged)?;
        let [magic @ .., major, _] = start;
        let (before, length) = match (magic == *MAGIC, major) {
            (true, 1) => {
                let mut length = [0; 2];
                from.read_exact(&mut length).map_err(damaged)?;
                (10, u64::from(u16::from_le_bytes(length)))
            }
            (true, 2 | 3) => {
                let mut length = [0; 4];
                from.read_exact(&mut length).map_err(damaged)?;
                (12, u64::from(u32::from_le_bytes(length)))
            }
            (true, _) => return Err(format!("version {major} of NumPy's format is not known")),
            (false, _) => return Err("it is no array of NumPy's".to_owned()),
        };
        if length > LONGEST {
            return Err(format!("its header has {length} bytes"));
        }
        let mut text = Vec::new();
        from.take(length).read_to_end(&mut text).map_err(|error| error.to_string())?;
        if text.len() as u64 != length {
            return Err("its header is cut off".to_owned());
        }
        let text = String::from_utf8(text).map_err(|_| "its header is no text".to_owned())?;
        let (kind, shape) = Parser(&text).dictionary()?;
        Ok(Header { kind, shape, bytes: before + length })
    }

    /// Returns how many elements there are; `None`, if no memory can hold them.
    pub fn count(&self) -> Option<u64> {
        // Dimensions of 0 are left out, because readers multiply the others all the same.
        let others = self.shape.iter().filter(|&&size| size > 0);
        let count = others.into_iter().try_fold(1_u64, |all, &size| all.checked_mul(size))?;
        let fits = count.checked_mul(self.element().unwrap_or(1).max(8))?;
        isize::try_from(fits).ok()?;
        Some(if self.shape.contains(&0) { 0 } else { count })
    }

    /// Returns the bytes of all elements; `None`, if no memory can hold them.
    pub fn length(&self) -> Option<u64> {
        self.count()?.checked_mul(self.element().unwrap_or(1))
    }

    /// Returns the bytes of an element; `None`, if the type is none of numbers, truth values or
    /// text.
    pub fn element(&self) -> Option<u64> {
        let kind = self.kind.trim_start_matches(['<', '>', '|', '=']);
        let (letter, size) = kind.split_at_checked(1)?;
        let size: u64 = size.parse().ok()?;
        match letter {
            "b" | "i" | "u" | "f" | "c" | "S" | "V" => Some(size),
            // Characters of four bytes each.
            "U" => Some(size.saturating_mul(4)),
            // Of times: a number of 8 bytes, with a unit in brackets, is no longer than this.
            "m" | "M" => Some(8),
            _ => None,
        }
    }
}

/// What is left of a header.
struct Parser<'a>(&'a str);

impl<'a> Parser<'a> {
    /// `{'descr': '<f4', 'fortran_order': False, 'shape': (4, 2), }`: type and shape.
    fn dictionary(mut self) -> Result<(String, Vec<u64>), String> {
        let (mut kind, mut shape) = (None, None);
        self.expect("{")?;
        while !self.skip("}") {
            let key = self.text()?;
            self.expect(":")?;
            match key {
                "descr" if self.next_is("[") => {
                    return Err("its elements are records, not numbers or text".to_owned());
                }
                "descr" => kind = Some(self.text()?.to_owned()),
                "shape" => shape = Some(self.tuple()?),
                "fortran_order" if self.skip("True") || self.skip("False") => {}
                _ => return Err(self.error()),
            }
            if !self.skip(",") {
                self.expect("}")?;
                break;
            }
        }
        let missing = |key: &str| format!("its header has no `{key}`");
        Ok((kind.ok_or_else(|| missing("descr"))?, shape.ok_or_else(|| missing("shape"))?))
    }

    fn tuple(&mut self) -> Result<Vec<u64>, String> {
        let mut sizes = Vec::new();
        self.expect("(")?;
        while !self.skip(")") {
            self.0 = self.0.trim_start();
            let end = self.0.find(|c: char| !c.is_ascii_digit()).unwrap_or(self.0.len());
            let (size, rest) = self.0.split_at(end);
            sizes.push(size.parse().map_err(|_| self.error())?);
            self.0 = rest;
            if !self.skip(",") {
                self.expect(")")?;
                break;
            }
        }
        Ok(sizes)
    }

    /// Text in quotes, without any in it.
    fn text(&mut self) -> Result<&'a str, String> {
        self.0 = self.0.trim_start();
        let quote = self.0.chars().next().filter(|c| matches!(c, '\'' | '"'));
        let quote = quote.ok_or_else(|| self.error())?;
        let (text, rest) = self.0[1..].split_once(quote).ok_or_else(|| self.error())?;
        self.0 = rest;
        Ok(text)
    }

    fn next_is(&mut self, what: &str) -> bool {
        self.0 = self.0.trim_start();
        self.0.starts_with(what)
    }

    fn skip(&mut self, what: &str) -> bool {
        let found = self.next_is(what);
        if found {
            self.0 = &self.0[what.len()..];
        }
        found
    }

    fn expect(&mut self, what: &str) -> Result<(), String> {
        if self.skip(what) { Ok(()) } else { Err(self.error()) }
    }

    fn error(&self) -> String {
        /// More would not be read.
        const SHOWN: usize = 30;
        let rest: String = self.0.chars().take(SHOWN).collect();
        format!("its header cannot be read from `{rest}` on")
    }
}
