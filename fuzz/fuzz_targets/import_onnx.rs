//! Any bytes are a network or an error: what `trimpot import` reads of ONNX, with the shape of a
//! sample as the file says it, and as somebody else does.
#![no_main]

use libfuzzer_sys::fuzz_target;
use trimpot::spec::Dims;
use trimpot_model::import::{Format, Request};

fuzz_target!(|bytes: &[u8]| {
    for input in [None, Some(Dims::image(1, 8, 8))] {
        let request = Request { input, ..Request::default() };
        if let Ok(imported) = Format::Onnx.read(bytes, &request) {
            assert_eq!(imported.parameters.len(), imported.layers.spec().parameters());
            assert!(imported.parameters.iter().all(|number| number.is_finite()));
        }
    }
});
