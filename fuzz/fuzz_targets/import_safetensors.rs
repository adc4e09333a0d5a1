//! Any bytes are a network or an error: what `trimpot import` reads of safetensors, for a network that
//! is asked for, and for one whose layers have all kinds of tensors.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use trimpot_model::architecture::{Architecture, Between};
use trimpot_model::import::{Format, Request};

const NETWORK: &str = "1x6x6 > conv 4 3x3 padding=1, batch_norm, relu, residual(depthwise 3 padding=1, layer_norm), \
                       pool 2, dense 5, dense 3";

static REQUESTS: LazyLock<[Request; 2]> = LazyLock::new(|| {
    let network: Architecture = NETWORK.parse().expect("it is a network");
    let network = network.layers(Between::default()).expect("it is a network");
    [Request::default(), Request { network: Some(network), ..Request::default() }]
});

fuzz_target!(|bytes: &[u8]| {
    for request in REQUESTS.iter() {
        if let Ok(imported) = Format::Safetensors.read(bytes, request) {
            assert_eq!(imported.parameters.len(), imported.layers.spec().parameters());
            assert!(imported.parameters.iter().all(|number| number.is_finite()));
        }
    }
});
