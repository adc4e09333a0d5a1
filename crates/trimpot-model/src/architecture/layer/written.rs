//! One layer as it is written in a network that is text: the words that [`Words`](super::Words)
//! reads.

use trimpot::layer::ConvSpec;
use trimpot::layer::kind::{LAYERS, Written};
use trimpot::spec::{Argument, LayerSpec};

/// Returns a layer in the words of a network that is text: `conv 8 3x3 padding=1`. Its input says
/// what is left out. Of layers with others inside it is their name; what cannot be written is as a
/// model file names it.
#[must_use]
pub fn written(layer: LayerSpec) -> String {
    if let LayerSpec::Shortcut(_) = layer {
        return "shortcut".to_owned();
    }
    let grammar = LAYERS.iter().find(|listed| listed.name == layer.name());
    let Some(Written::As(grammar)) = grammar.map(|listed| listed.written) else {
        return layer.to_string();
    };
    let is_depthwise = match layer {
        LayerSpec::Conv1d(conv) => is_depthwise(conv),
        LayerSpec::Conv2d(conv) => is_depthwise(conv),
        _ => false,
    };
    let mut names = grammar.names();
    let name = if is_depthwise { Some("depthwise") } else { names.next() };
    let mut text = name.unwrap_or_default().to_owned();
    // Sizes that the input says come first.
    let of_input = match layer {
        LayerSpec::Conv1d(_) | LayerSpec::Conv2d(_) if is_depthwise => 2,
        LayerSpec::Dense(_)
        | LayerSpec::Conv1d(_)
        | LayerSpec::Conv2d(_)
        | LayerSpec::BatchNorm(_)
        | LayerSpec::LayerNorm(_) => 1,
        LayerSpec::Reshape(reshape) => return format!("{text} {}", reshape.dims),
        LayerSpec::Dropout(dropout) => return format!("{text} {}", dropout.p()),
        LayerSpec::Residual(_) => return text,
        _ => 0,
    };
    let arguments = layer.arguments();
    let is_said = |argument: &&Argument| !(is_depthwise && argument.name == "groups");
    let said = arguments.shown().skip(of_input).filter(is_said);
    said.for_each(|argument| text += &format!(" {argument}"));
    text
}

/// Returns whether each channel has a filter of its own.
fn is_depthwise<const D: usize>(conv: ConvSpec<D>) -> bool {
    conv.groups > 1 && conv.groups == conv.in_channels && conv.groups == conv.out_channels
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::architecture::{Architecture, Between};

    fn specs(text: &str) -> Vec<LayerSpec> {
        text.parse::<Architecture>().unwrap().layers(Between::default()).unwrap().specs
    }

    #[test]
    fn what_is_written_is_read() {
        for text in [
            "12, dense 8, relu, leaky_relu negative_slope=0.25, dropout 0.2, layer_norm, dense 3",
            "12, layer_norm epsilon=0.001, batch_norm, batch_norm epsilon=0.01, dropout 0.5",
            "2x32, conv 8 3 padding=1 dilation=2, depthwise 3, average_pool 2, max_pool 3 stride=1, flatten",
            "1x28x28, conv 8 5x3 stride=2 padding=1x0, conv 4 3 groups=2, depthwise 3 padding=0x1x0x1, \
             max_pool 2x1, global_average_pool",
            "12, reshape 3x2x2, flatten, reshape 4x3, flatten, dense 2",
        ] {
            let layers: Vec<_> = specs(text).into_iter().map(written).collect();
            let (input, _) = text.split_once(',').unwrap();
            assert_eq!(format!("{input}, {}", layers.join(", ")), text);
        }
        // Activations, and all else that an example ends with.
        for listed in LAYERS {
            let Written::As(grammar) = listed.written else { continue };
            let (front, last) = grammar.example.rsplit_once(", ").unwrap();
            if listed.name != "Residual" {
                let layer = *specs(grammar.example).last().unwrap();
                assert_eq!(
                    specs(&format!("{front}, {}", written(layer))).last(),
                    Some(&layer),
                    "{last}"
                );
            }
        }
    }

    #[test]
    fn layers_with_others_inside_are_their_names_alone() {
        let specs = specs("4, residual(shortcut(dense 4), dense 4, relu)");
        assert_eq!([written(specs[0]), written(specs[1])], ["residual", "shortcut"]);
    }
}
