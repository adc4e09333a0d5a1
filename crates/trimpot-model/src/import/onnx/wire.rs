//! What the bytes of an ONNX file claim, before a decoder believes it.
//!
//! A file is a protobuf message with others inside. `rten_onnx` takes memory for as many bytes as a
//! length says, descends as deep as messages are nested, and takes the end of the file for that of
//! every open message. So all lengths of what it decodes are compared with what is there first, and
//! fields, messages and depth are counted.

use crate::import::{ImportError, TENSOR_LIMIT};

/// How deep messages may be inside of each other: a model without graphs in nodes has 6 levels.
const DEPTH: usize = 24;
/// The most fields. Of a node these are its inputs, outputs and attributes, and those of each.
const FIELD_LIMIT: usize = 1 << 20;
/// The most integers of all tensors, since those of shapes are few. In a list each takes one byte at
/// least, and memory for 8.
pub(super) const INTEGER_LIMIT: usize = 1 << 24;
/// The longest integer, of 64 bits.
const VARINT_BYTES: usize = 10;

/// A message of [onnx.proto](https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3).
#[derive(Clone, Copy, PartialEq)]
enum Message {
    Model,
    Graph,
    Node,
    Attribute,
    Tensor,
    Value,
    Type,
    TensorType,
    SequenceType,
    Shape,
    /// One without others in it.
    Plain,
}

/// What a field of some length holds.
enum Content {
    Message(Message),
    /// Integers of 1 to 10 bytes.
    Integers,
    /// Numbers of so many bytes.
    Numbers(usize),
    /// Numbers one after the other, which the decoder expects each with a field of its own.
    Packed,
    /// Text, or bytes that are not looked at.
    Bytes,
}

impl Message {
    /// Returns what a field of some length holds.
    fn content(self, field: u64) -> Content {
        Content::Message(match (self, field) {
            (Message::Model, 7) | (Message::Attribute, 6) => Message::Graph,
            (Message::Model, 8 | 14) | (Message::Tensor, 13) | (Message::Shape, 1) => {
                Message::Plain
            }
            (Message::Graph, 1) => Message::Node,
            (Message::Graph, 5) | (Message::Attribute, 5) => Message::Tensor,
            (Message::Graph, 11..=13) => Message::Value,
            (Message::Node, 5) => Message::Attribute,
            (Message::Value, 2) | (Message::SequenceType, 1) => Message::Type,
            (Message::Type, 1) => Message::TensorType,
            (Message::Type, 4) => Message::SequenceType,
            (Message::TensorType, 2) => Message::Shape,
            (Message::Tensor, 4) => return Content::Numbers(4),
            (Message::Tensor, 5 | 7) => return Content::Integers,
            (Message::Tensor, 1) | (Message::Attribute, 7 | 8) => return Content::Packed,
            (Message::Tensor, 10) => return Content::Numbers(8),
            _ => return Content::Bytes,
        })
    }
}

/// Returns an error unless the bytes are a model whose lengths are true.
pub(super) fn check(bytes: &[u8]) -> Result<(), ImportError> {
    let mut check =
        Check { bytes, at: 0, fields: 0, integers: 0, nodes: 0, tensors: 0, has_graph: false };
    check.message(Message::Model, bytes.len(), 0)?;
    if !check.has_graph {
        return Err(check.damaged("there is no graph in it"));
    }
    Ok(())
}

struct Check<'f> {
    bytes: &'f [u8],
    at: usize,
    fields: usize,
    integers: usize,
    nodes: usize,
    tensors: usize,
    has_graph: bool,
}

impl Check<'_> {
    /// Checks a message up to its end.
    fn message(&mut self, message: Message, end: usize, depth: usize) -> Result<(), ImportError> {
        match message {
            Message::Graph => self.has_graph = true,
            Message::Node => count(&mut self.nodes, "nodes", TENSOR_LIMIT)?,
            Message::Tensor => count(&mut self.tensors, "tensors", TENSOR_LIMIT)?,
            _ => {}
        }
        if depth == DEPTH {
            return Err(self.damaged("messages are nested too deeply"));
        }
        while self.at < end {
            count(&mut self.fields, "fields", FIELD_LIMIT)?;
            let tag = self.varint(end)?;
            let field = tag >> 3;
            match tag & 7 {
                _ if field == 0 => return Err(self.damaged("a field has no number")),
                0 => drop(self.varint(end)?),
                1 => self.skip(8, end)?,
                2 => {
                    let length = self.varint(end)?;
                    let from = self.at;
                    self.skip(length, end)?;
                    self.content(message.content(field), from, depth)?;
                }
                5 => self.skip(4, end)?,
                _ => return Err(self.damaged("a field is of a kind that there is not")),
            }
        }
        Ok(())
    }

    /// Checks what lies between `from` and here.
    fn content(&mut self, content: Content, from: usize, depth: usize) -> Result<(), ImportError> {
        let end = self.at;
        match content {
            Content::Message(inside) => {
                self.at = from;
                self.message(inside, end, depth + 1)
            }
            Content::Integers => {
                self.at = from;
                while self.at < end {
                    count(&mut self.integers, "integers in tensors", INTEGER_LIMIT)?;
                    self.varint(end)?;
                }
                Ok(())
            }
            Content::Numbers(size) if !(end - from).is_multiple_of(size) => {
                Err(self.damaged("a list of numbers ends within one"))
            }
            Content::Packed => {
                let what = "sizes or attributes are packed lists, as some programs write them; `onnx.save(onnx.load(file), file)` in \
                            Python writes them as they are read";
                Err(ImportError::at("the file", what))
            }
            Content::Numbers(_) | Content::Bytes => Ok(()),
        }
    }

    fn skip(&mut self, length: u64, end: usize) -> Result<(), ImportError> {
        let left = end - self.at;
        match usize::try_from(length) {
            Ok(length) if length <= left => {
                self.at += length;
                Ok(())
            }
            _ => {
                let what = format!("{length} bytes should follow, but there are {left}");
                Err(self.damaged(what))
            }
        }
    }

    fn varint(&mut self, end: usize) -> Result<u64, ImportError> {
        let mut value = 0;
        let most = end.min(self.at + VARINT_BYTES);
        for (place, &byte) in self.bytes[self.at..most].iter().enumerate() {
            value |= u64::from(byte & 0x7f) << (7 * place);
            if byte < 0x80 {
                // Of the last byte one bit is left.
                if place + 1 == VARINT_BYTES && byte > 1 {
                    break;
                }
                self.at += place + 1;
                return Ok(value);
            }
        }
        Err(self.damaged("an integer does not end"))
    }

    fn damaged(&self, what: impl Into<String>) -> ImportError {
        ImportError::Damaged { at: Some(self.at as u64), what: what.into() }
    }
}

/// Counts one more of something.
fn count(counted: &mut usize, what: &'static str, limit: usize) -> Result<(), ImportError> {
    *counted += 1;
    match *counted <= limit {
        true => Ok(()),
        false => Err(ImportError::limit(what, *counted, limit)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns a field with bytes.
    fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
        let mut field = vec![number << 3 | 2];
        let mut length = bytes.len();
        while length >= 0x80 {
            field.push(length as u8 | 0x80);
            length >>= 7;
        }
        field.push(length as u8);
        field.extend(bytes);
        field
    }

    fn error(bytes: &[u8]) -> String {
        check(bytes).unwrap_err().to_string()
    }

    #[test]
    fn lengths_are_those_of_what_is_there() {
        assert!(check(&field(7, &[])).is_ok());
        assert_eq!(error(&[]), "it is damaged at byte 0: there is no graph in it");
        let huge = [58, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1];
        let what = "18446744073709551615 bytes should follow, but there are 0";
        assert_eq!(error(&huge), format!("it is damaged at byte 11: {what}"));
        // A node that is longer than its graph.
        assert_eq!(
            error(&[58, 2, 10, 1, 0]),
            "it is damaged at byte 4: 1 bytes should follow, but there are 0"
        );
        assert_eq!(error(&[58]), "it is damaged at byte 1: an integer does not end");
        assert_eq!(error(&[0xff; 11]), "it is damaged at byte 0: an integer does not end");
        assert_eq!(
            error(&[8 | 3]),
            "it is damaged at byte 1: a field is of a kind that there is not"
        );
        assert_eq!(error(&[2, 0]), "it is damaged at byte 1: a field has no number");
    }

    #[test]
    fn lists_of_numbers_end_where_a_number_does() {
        let tensor = |tensor: &[u8]| field(7, &field(5, tensor));
        for list in
            [field(4, &[0; 8]), field(10, &[0; 8]), field(7, &[1, 0xff, 1]), field(9, &[0; 3])]
        {
            assert!(check(&tensor(&list)).is_ok());
        }
        for list in [field(4, &[0; 7]), field(10, &[0; 4])] {
            assert!(error(&tensor(&list)).ends_with("a list of numbers ends within one"));
        }
        assert!(error(&tensor(&field(7, &[1, 0xff]))).ends_with("an integer does not end"));
    }

    #[test]
    fn lists_that_the_decoder_expects_otherwise_are_refused_for_that() {
        let sizes = field(7, &field(5, &field(1, &[2, 3])));
        let integers = field(7, &field(1, &field(5, &field(8, &[1, 1]))));
        for packed in [sizes, integers] {
            assert!(error(&packed).contains("are packed lists"));
        }
    }

    #[test]
    fn what_would_take_memory_is_counted() {
        let node = field(1, &[]);
        assert!(check(&field(7, &node.repeat(TENSOR_LIMIT))).is_ok());
        let nodes = error(&field(7, &node.repeat(TENSOR_LIMIT + 1)));
        assert_eq!(nodes, "it has 16385 nodes, and no more than 16384 are read");
        let fields = error(&field(7, &[8, 0].repeat(FIELD_LIMIT)));
        assert_eq!(fields, "it has 1048577 fields, and no more than 1048576 are read");
        let integers = field(7, &field(5, &field(7, &vec![0; INTEGER_LIMIT + 1])));
        assert!(error(&integers).contains("integers in tensors"));
        // A graph in a node in a graph.
        let deep = (0..10_000).fold(Vec::new(), |graph, _| field(1, &field(5, &field(6, &graph))));
        assert!(error(&field(7, &deep)).ends_with("messages are nested too deeply"));
    }
}
