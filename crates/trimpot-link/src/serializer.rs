//! Writes messages in `postcard`'s format.
//!
//! Integers of more than a byte go seven bits at a time, the lowest first, with the eighth bit set
//! where more follow; signed ones go as 0, −1, 1, −2 … Lengths and the numbers of variants are such
//! integers, floats are little-endian, and structures have no more than their fields.
//!
//! `postcard` itself slices its buffers; the compiler sees that this cannot fail at some levels of
//! optimisation, and at others links panics into the firmware. It is the oracle in the tests.

use core::fmt::{self, Write};

use serde::ser::{self, Serialize};

/// The buffer was too small, or a sequence did not know its length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotWritten;

impl fmt::Display for NotWritten {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the message cannot be written")
    }
}

impl core::error::Error for NotWritten {}

impl ser::Error for NotWritten {
    fn custom<T: fmt::Display>(_: T) -> Self {
        NotWritten
    }
}

/// Hands the bytes of a message, one by one, to a function whose buffer may be full.
pub struct Serializer<F>(pub F);

impl<F: FnMut(u8) -> Result<(), NotWritten>> Serializer<F> {
    fn bytes(&mut self, bytes: &[u8]) -> Result<(), NotWritten> {
        bytes.iter().try_for_each(|&byte| (self.0)(byte))
    }

    fn integer(&mut self, mut value: u64) -> Result<(), NotWritten> {
        while value > 0x7f {
            (self.0)(value as u8 | 0x80)?;
            value >>= 7;
        }
        (self.0)(value as u8)
    }

    fn signed(&mut self, value: i64) -> Result<(), NotWritten> {
        self.integer((value << 1 ^ value >> 63) as u64)
    }

    fn length(&mut self, length: usize) -> Result<(), NotWritten> {
        self.integer(length as u64)
    }
}

impl<F: FnMut(u8) -> Result<(), NotWritten>> ser::Serializer for &mut Serializer<F> {
    type Ok = ();
    type Error = NotWritten;
    type SerializeSeq = Self;
    type SerializeTuple = Self;
    type SerializeTupleStruct = Self;
    type SerializeTupleVariant = Self;
    type SerializeMap = Self;
    type SerializeStruct = Self;
    type SerializeStructVariant = Self;

    fn is_human_readable(&self) -> bool {
        false
    }

    fn serialize_bool(self, value: bool) -> Result<(), NotWritten> {
        (self.0)(value.into())
    }
    fn serialize_i8(self, value: i8) -> Result<(), NotWritten> {
        self.bytes(&value.to_le_bytes())
    }
    fn serialize_i16(self, value: i16) -> Result<(), NotWritten> {
        self.signed(value.into())
    }
    fn serialize_i32(self, value: i32) -> Result<(), NotWritten> {
        self.signed(value.into())
    }
    fn serialize_i64(self, value: i64) -> Result<(), NotWritten> {
        self.signed(value)
    }
    fn serialize_u8(self, value: u8) -> Result<(), NotWritten> {
        (self.0)(value)
    }
    fn serialize_u16(self, value: u16) -> Result<(), NotWritten> {
        self.integer(value.into())
    }
    fn serialize_u32(self, value: u32) -> Result<(), NotWritten> {
        self.integer(value.into())
    }
    fn serialize_u64(self, value: u64) -> Result<(), NotWritten> {
        self.integer(value)
    }
    fn serialize_f32(self, value: f32) -> Result<(), NotWritten> {
        self.bytes(&value.to_le_bytes())
    }
    fn serialize_f64(self, value: f64) -> Result<(), NotWritten> {
        self.bytes(&value.to_le_bytes())
    }
    fn serialize_char(self, value: char) -> Result<(), NotWritten> {
        self.collect_str(&value)
    }
    fn serialize_str(self, value: &str) -> Result<(), NotWritten> {
        self.serialize_bytes(value.as_bytes())
    }
    fn serialize_bytes(self, value: &[u8]) -> Result<(), NotWritten> {
        self.length(value.len())?;
        self.bytes(value)
    }
    /// Formats twice: the length comes first.
    fn collect_str<T: fmt::Display + ?Sized>(self, value: &T) -> Result<(), NotWritten> {
        let mut length = 0;
        let mut count = Text(|text: &str| {
            length += text.len();
            Ok(())
        });
        write!(count, "{value}").map_err(|_| NotWritten)?;
        self.length(length)?;
        write!(Text(|text: &str| self.bytes(text.as_bytes())), "{value}").map_err(|_| NotWritten)
    }

    fn serialize_none(self) -> Result<(), NotWritten> {
        (self.0)(0)
    }
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), NotWritten> {
        (self.0)(1)?;
        value.serialize(self)
    }
    fn serialize_unit(self) -> Result<(), NotWritten> {
        Ok(())
    }
    fn serialize_unit_struct(self, _: &'static str) -> Result<(), NotWritten> {
        Ok(())
    }
    fn serialize_unit_variant(
        self,
        _: &'static str,
        index: u32,
        _: &'static str,
    ) -> Result<(), NotWritten> {
        self.integer(index.into())
    }
    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), NotWritten> {
        value.serialize(self)
    }
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        index: u32,
        _: &'static str,
        value: &T,
    ) -> Result<(), NotWritten> {
        self.integer(index.into())?;
        value.serialize(self)
    }

    fn serialize_seq(self, length: Option<usize>) -> Result<Self, NotWritten> {
        self.length(length.ok_or(NotWritten)?)?;
        Ok(self)
    }
    fn serialize_tuple(self, _: usize) -> Result<Self, NotWritten> {
        Ok(self)
    }
    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self, NotWritten> {
        Ok(self)
    }
    fn serialize_tuple_variant(
        self,
        _: &'static str,
        index: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self, NotWritten> {
        self.integer(index.into())?;
        Ok(self)
    }
    fn serialize_map(self, length: Option<usize>) -> Result<Self, NotWritten> {
        self.length(length.ok_or(NotWritten)?)?;
        Ok(self)
    }
    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self, NotWritten> {
        Ok(self)
    }
    fn serialize_struct_variant(
        self,
        _: &'static str,
        index: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self, NotWritten> {
        self.integer(index.into())?;
        Ok(self)
    }
}

/// What is inside of what: one after the other, with nothing between.
macro_rules! one_after_the_other {
    ($($trait:ident::$method:ident($($name:ty)?);)*) => {$(
        impl<F: FnMut(u8) -> Result<(), NotWritten>> ser::$trait for &mut Serializer<F> {
            type Ok = ();
            type Error = NotWritten;

            fn $method<T: Serialize + ?Sized>(
                &mut self,
                $(_: $name,)?
                value: &T,
            ) -> Result<(), NotWritten> {
                value.serialize(&mut **self)
            }
            fn end(self) -> Result<(), NotWritten> {
                Ok(())
            }
        }
    )*};
}

one_after_the_other! {
    SerializeSeq::serialize_element();
    SerializeTuple::serialize_element();
    SerializeTupleStruct::serialize_field();
    SerializeTupleVariant::serialize_field();
    SerializeStruct::serialize_field(&'static str);
    SerializeStructVariant::serialize_field(&'static str);
}

impl<F: FnMut(u8) -> Result<(), NotWritten>> ser::SerializeMap for &mut Serializer<F> {
    type Ok = ();
    type Error = NotWritten;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), NotWritten> {
        key.serialize(&mut **self)
    }
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), NotWritten> {
        value.serialize(&mut **self)
    }
    fn end(self) -> Result<(), NotWritten> {
        Ok(())
    }
}

/// Formatted text, piece by piece.
struct Text<F>(F);

impl<F: FnMut(&str) -> Result<(), NotWritten>> Write for Text<F> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        (self.0)(text).map_err(|NotWritten| fmt::Error)
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use std::collections::BTreeMap;
    use std::string::String;
    use std::vec::Vec;

    use proptest::prelude::*;
    use serde::Serialize;

    use super::*;

    fn written(value: &impl Serialize) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut push = |byte| {
            bytes.push(byte);
            Ok(())
        };
        value.serialize(&mut Serializer(&mut push)).expect("the buffer is large enough");
        bytes
    }

    fn by_postcard(value: &impl Serialize) -> Vec<u8> {
        // A map has up to 100 texts of up to 32 characters of up to four bytes.
        let mut buffer = std::vec![0; 1 << 16];
        postcard::to_slice(value, &mut buffer).expect("the buffer is large enough").to_vec()
    }

    #[derive(Clone, Debug, Serialize)]
    struct Unit;

    #[derive(Clone, Debug, Serialize)]
    struct New(i16);

    #[derive(Clone, Debug, Serialize)]
    struct Pair(bool, char);

    /// Everything that serde knows, but for 128 bits.
    #[derive(Clone, Debug, Serialize)]
    enum Every {
        Nothing,
        Signed(i8, i16, i32, i64),
        Unsigned(u8, u16, u32, u64),
        New(New),
        Floats { single: f32, double: f64 },
        Texts(String, Pair),
        Options(Option<u32>, Option<()>),
        Many { list: Vec<i32>, map: BTreeMap<u16, String>, unit: Unit },
    }

    fn every() -> impl Strategy<Value = Every> {
        prop_oneof![
            Just(Every::Nothing),
            any::<(i8, i16, i32, i64)>().prop_map(|(a, b, c, d)| Every::Signed(a, b, c, d)),
            any::<(u8, u16, u32, u64)>().prop_map(|(a, b, c, d)| Every::Unsigned(a, b, c, d)),
            any::<i16>().prop_map(|number| Every::New(New(number))),
            any::<(f32, f64)>().prop_map(|(single, double)| Every::Floats { single, double }),
            any::<(String, bool, char)>().prop_map(|(a, b, c)| Every::Texts(a, Pair(b, c))),
            any::<(Option<u32>, Option<()>)>().prop_map(|(a, b)| Every::Options(a, b)),
            any::<(Vec<i32>, BTreeMap<u16, String>)>().prop_map(|(list, map)| Every::Many {
                list,
                map,
                unit: Unit
            }),
        ]
    }

    proptest! {
        #[test]
        fn every_value_is_written_as_postcard_writes_it(value in every()) {
            prop_assert_eq!(written(&value), by_postcard(&value));
        }
    }

    #[test]
    fn integers_are_written_at_every_length() {
        for bits in 0..64 {
            for near in [(1_u64 << bits) - 1, 1 << bits] {
                assert_eq!(written(&near), by_postcard(&near));
                let signed = (
                    near as i64,
                    (near as i64).wrapping_neg(),
                    near as i32,
                    near as i16,
                    near as u32,
                );
                assert_eq!(written(&signed), by_postcard(&signed));
            }
        }
        assert_eq!(written(&i64::MIN), by_postcard(&i64::MIN));
    }

    #[test]
    fn without_room_nothing_is_written() {
        let mut full = |_| Err(NotWritten);
        assert_eq!(1_u32.serialize(&mut Serializer(&mut full)), Err(NotWritten));
    }
}
