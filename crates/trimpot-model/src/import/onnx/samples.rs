//! What a graph says of the samples that it takes.

use rten_onnx::onnx::DataType;
use trimpot::spec::Dims;

use super::graph::Graph;
use super::tensors::is_real;
use crate::import::error::shape;
use crate::import::places::{channels_first, channels_last};
use crate::import::{ImportError, Request, TENSOR_LIMIT};

/// Returns the shape of a sample, as the core has it.
pub(super) fn dims(sizes: &[usize], is_channels_last: bool) -> Result<Dims, String> {
    let size = |&size: &usize| u32::try_from(size).ok();
    let dims = sizes.iter().map(size).collect::<Option<Vec<_>>>();
    let of_sizes = if is_channels_last { channels_first } else { Dims::of_sizes };
    dims.and_then(|sizes| of_sizes(&sizes))
        .ok_or_else(|| format!("a sample is {}, but has one to three dimensions", shape(sizes)))
}

/// Returns an error unless samples are floating-point numbers, or integers that are cast to these
/// first; whether they are integers.
pub(super) fn are_integers(graph: &Graph) -> Result<bool, ImportError> {
    let data_type = graph.input.data_type;
    let is_integer = !is_real(data_type);
    if is_integer && !(INTEGERS.contains(&data_type) && is_cast(graph)) {
        let what = format!(
            "its type is {data_type}, and neither one of floating-point numbers nor of integers that are cast to \
             these first"
        );
        return Err(ImportError::at(&graph.values[graph.input.id].name, what));
    }
    Ok(is_integer)
}

/// Integers that samples may be.
const INTEGERS: [DataType; 7] = [
    DataType::UINT8,
    DataType::INT8,
    DataType::UINT16,
    DataType::INT16,
    DataType::UINT32,
    DataType::INT32,
    DataType::INT64,
];

/// Returns whether samples are cast to floating-point numbers first.
fn is_cast(graph: &Graph) -> bool {
    let shapes = ["Flatten", "Identity", "Reshape", "Squeeze", "Transpose", "Unsqueeze"];
    let first = graph.first_behind(|node| shapes.contains(&&*node.operator));
    let cast = first.filter(|node| node.operator == "Cast");
    let to = cast.and_then(|node| node.integer("to", 0).ok()).map(|to| DataType(to as i32));
    to.is_some_and(is_real)
}

/// Returns the size of a batch, and the shape of a sample: what the graph says and what was
/// requested, with channels first.
pub(super) fn input(
    graph: &Graph,
    request: &Request,
    is_channels_last: bool,
) -> Result<(usize, Vec<usize>), ImportError> {
    let requested = request.input.map(|dims| {
        let sizes = if is_channels_last { channels_last(dims) } else { dims.sizes().to_vec() };
        sizes.into_iter().map(|size| size as usize).collect::<Vec<_>>()
    });
    let sizes = match &graph.input.sizes {
        None => return requested.map(|sizes| (1, sizes)).ok_or(ImportError::Input),
        Some(sizes) => sizes,
    };
    let name = &graph.values[graph.input.id].name;
    let [batch, sample @ ..] = &sizes[..] else {
        return Err(ImportError::at(name, "it is a single number, and no batch of samples"));
    };
    let said = sample.iter().copied().collect::<Option<Vec<_>>>();
    let found = match (said, requested) {
        (Some(said), None) => said,
        (None, None) => return Err(ImportError::Input),
        (_, Some(requested)) => {
            let agrees =
                |(said, size): (&Option<usize>, &usize)| said.is_none_or(|said| said == *size);
            if requested.len() != sample.len() || !sample.iter().zip(&requested).all(agrees) {
                let size =
                    |size: &Option<usize>| size.map_or("?".to_owned(), |size| size.to_string());
                let sample = sample.iter().map(size).collect::<Vec<_>>().join("x");
                let what = format!("a sample is {sample}, and not {}", shape(&requested));
                return Err(ImportError::at(name, what));
            }
            requested
        }
    };
    let batch = batch.unwrap_or(1);
    match batch <= TENSOR_LIMIT {
        true => Ok((batch, found)),
        false => Err(ImportError::limit("samples in a batch", batch, TENSOR_LIMIT)),
    }
}
