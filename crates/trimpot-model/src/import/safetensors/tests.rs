use serde_json::{Map, Value, json};

use super::*;
use crate::architecture::{Architecture, Between};

/// A file of these tensors in this order, of a type and numbers of 1, 2, 3 ….
fn file(tensors: &[(&str, &str, &[usize])]) -> Vec<u8> {
    let (mut header, mut numbers) = (Map::new(), Vec::new());
    for &(name, dtype, shape) in tensors {
        let begin = numbers.len();
        for number in 1..=shape.iter().product::<usize>() {
            match dtype {
                "F64" => numbers.extend((number as f64).to_le_bytes()),
                "F32" => numbers.extend((number as f32).to_le_bytes()),
                "I64" => numbers.extend((number as i64).to_le_bytes()),
                other => unreachable!("{other}"),
            }
        }
        let offsets = [begin, numbers.len()];
        let tensor = json!({"dtype": dtype, "shape": shape, "data_offsets": offsets});
        header.insert(name.to_owned(), tensor);
    }
    let header = Value::from(header).to_string();
    [&(header.len() as u64).to_le_bytes(), header.as_bytes(), &numbers].concat()
}

fn read_as(network: &str, tensors: &[(&str, &str, &[usize])]) -> Result<Imported, ImportError> {
    let network: Architecture = network.parse().unwrap();
    let network = network.layers(Between::default()).unwrap();
    read(&file(tensors), &Request { network: Some(network), ..Request::default() })
}

/// The modules in the order that was found.
fn order(network: &str, names: &[&str]) -> Result<Vec<String>, String> {
    let tensors: Vec<(&str, &str, &[usize])> =
        names.iter().map(|&name| (name, "F32", &[2, 2][..])).collect();
    let imported = read_as(network, &tensors).map_err(|error| error.to_string())?;
    Ok(imported.places.into_iter().filter(|place| !place.is_empty()).collect())
}

#[test]
fn modules_come_in_the_order_that_numbers_files_or_shapes_say() {
    let three = "2 > dense 2, dense 2, dense 2";
    let of = |names: [&str; 3]| order(three, &names);
    // Numbers as such, at any depth.
    assert_eq!(of(["10.weight", "2.weight", "3.weight"]).unwrap(), ["2", "3", "10"]);
    assert_eq!(
        of(["m.10.weight", "m.2.0.weight", "m.2.1.weight"]).unwrap(),
        ["m.2.0", "m.2.1", "m.10"]
    );
    // A file that is not sorted by names is in the order of whoever wrote it.
    assert_eq!(of(["c.weight", "a.weight", "b.weight"]).unwrap(), ["c", "a", "b"]);
    assert_eq!(of(["c.1.weight", "c.0.weight", "a.weight"]).unwrap(), ["c.0", "c.1", "a"]);
    // One that is says nothing, unless names differ in numbers alone.
    assert_eq!(of(["fc1.weight", "fc10.weight", "fc2.weight"]).unwrap(), ["fc1", "fc2", "fc10"]);
    for names in [["a.weight", "b.weight", "c.weight"], ["0.weight", "1.weight", "a.weight"]] {
        assert!(of(names).unwrap_err().contains("in which order these come"), "{names:?}");
    }
    // Nor does one that is sorted by type first.
    let sorted = [("b.weight", "F64", &[2, 2][..]), ("a.weight", "F32", &[2, 2])];
    assert!(matches!(read_as("2-2-2", &sorted), Err(ImportError::Order { .. })));
}

#[test]
fn names_of_any_kind_are_sorted_without_a_contradiction() {
    let parts = ["0", "00", "1", "a", "b", "a1", "a01", "1a", "99999999999999999999", ""];
    let mut names: Vec<String> = Vec::new();
    for first in parts {
        names.push(format!("{first}.weight"));
        names.extend(parts.iter().map(|second| format!("{first}.{second}.weight")));
    }
    for reversed in [false, true] {
        if reversed {
            names.reverse();
        }
        let tensors: Vec<_> =
            names.iter().map(|name| (name.as_str(), "F32", &[1, 1][..])).collect();
        let bytes = file(&tensors);
        let result = read(&bytes, &Request::default());
        assert!(matches!(result, Err(ImportError::Architecture { .. })));
    }
}

#[test]
fn no_layer_is_guessed_for_tensors_that_may_be_of_several() {
    let asked = |tensors: &[(&str, &str, &[usize])]| match read(&file(tensors), &Request::default())
    {
        Err(ImportError::Architecture { found, network, .. }) => {
            let may_be: Vec<_> = found.iter().filter_map(|module| module.may_be).collect();
            (network, may_be.join("\n"))
        }
        other => panic!("{other:?}"),
    };
    let dense = [("0.weight", "F32", &[8, 8][..]), ("0.bias", "F32", &[8])];
    let [first, bias] = dense;
    for (behind, network, part) in [
        (&[("1.weight", "F32", &[8][..])][..], "8 > dense 8, ?, dense 3", "a PReLU or an RMS norm"),
        (&[("1.weight", "F32", &[1])], "8 > dense 8, ?, dense 3", "a PReLU or an RMS norm"),
        (
            &[("1.weight", "F32", &[8]), ("1.bias", "F32", &[8])],
            "8 > dense 8, layer_norm, dense 3",
            "",
        ),
    ] {
        let last = ("2.weight", "F32", &[3, 8][..]);
        let tensors: Vec<_> = [&[first, bias], behind, &[last]].concat();
        let (found, may_be) = asked(&tensors);
        assert_eq!(found, network);
        assert!(may_be.starts_with(part) && may_be.is_empty() == part.is_empty(), "{may_be}");
    }
    let (network, may_be) = asked(&[
        ("0.weight", "F32", &[12, 6, 5]),
        ("0.bias", "F32", &[12]),
        ("2.weight", "F32", &[12, 6, 5]),
        ("2.bias", "F32", &[6]),
        ("4.weight", "F32", &[2, 192]),
    ]);
    assert_eq!(network, "6x? > conv 12 5, ?, ?, ?, dense 2");
    assert!(may_be.starts_with("a transposed convolution"), "{may_be}");
    let (network, may_be) = asked(&[("0.weight", "F32", &[10, 4]), ("2.weight", "F32", &[2, 12])]);
    assert_eq!(network, "? > ?, ?, dense 2");
    assert!(may_be.starts_with("an embedding"), "{may_be}");
    // Whoever says that it is a layer normalisation is told what else it may be.
    let tensors = [first, bias, ("1.weight", "F32", &[8])];
    let notes = read_as("8 > dense 8, layer_norm", &tensors).unwrap().notes.join("\n");
    assert!(notes.contains("may also be that of a PReLU or an RMS norm"), "{notes}");
}

#[test]
fn tensors_that_no_layer_has_are_named() {
    for (tensor, dtype, shape, part) in [
        (
            "0.weight_ih_l0",
            "F32",
            &[2, 2][..],
            "`0.weight_ih_l0`: there is no layer with such a tensor",
        ),
        ("0.weight", "F32", &[1, 1, 1, 1, 1], "`0`: there is no layer with such tensors"),
        ("0.weight", "I64", &[2, 2], "`0.weight`: its type is I64; read are F32"),
        ("weight", "F32", &[3, 2], "tensor `weight` is 3x2, but dense 2 has 2x2"),
    ] {
        let error = read_as("2 > dense 2", &[(tensor, dtype, shape)]).unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
    }
    let error = read(&file(&[]), &Request::default()).unwrap_err().to_string();
    assert_eq!(error, "it is damaged: it has no tensors");
    // A count of batches is of no use, whatever its type.
    let counted = [("0.num_batches_tracked", "I64", &[][..]), ("0.weight", "F32", &[2, 2])];
    assert!(read_as("2 > dense 2", &counted).is_ok());
    let other = Request { input: Some(trimpot::spec::Dims::vector(3)), ..Request::default() };
    let network: Architecture = "2 > dense 2".parse().unwrap();
    let other = Request { network: network.layers(Between::default()).ok(), ..other };
    let error = read(&file(&counted), &other).unwrap_err().to_string();
    assert!(error.contains("a sample has the shape 2, and not 3"), "{error}");
}
