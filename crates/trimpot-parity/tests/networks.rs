//! Networks whose costs are measured can be planned, and have every layer.

use std::collections::BTreeSet;

use trimpot::plan::{Plan, PlannedStep};
use trimpot_parity::networks::networks;

#[test]
fn every_network_can_be_planned_and_has_a_name_of_its_own() {
    let mut names = BTreeSet::new();
    let mut count = 0;
    networks(&mut |named| {
        let mut steps = vec![PlannedStep::EMPTY; named.network.steps()];
        let plan =
            Plan::for_training(named.network, &mut steps, named.trained, named.every).unwrap();
        assert!(plan.parameters() > 0, "{}", named.name);
        // Where it is said to be, something is computed again.
        let is_again = plan.computed_again().any(|is_again| is_again);
        assert_eq!(is_again, named.every > 0, "{}", named.name);
        names.insert(named.name);
        count += 1;
    });
    assert_eq!(names.len(), count);
    assert!(count > 80, "{count} networks, and the others are too long");
}

#[test]
fn every_kind_of_layer_is_in_a_part() {
    let mut kinds = BTreeSet::new();
    networks(&mut |named| {
        let layers = named.network.layers.iter().filter(|_| named.is_part);
        kinds.extend(layers.map(|layer| layer.name()));
    });
    let text = format!("{kinds:?}");
    // All but an activation of the user's own, which nobody can interpret.
    assert_eq!(kinds.len(), LAYER_KINDS - 1, "{text}");
}

macro_rules! count_kinds {
    ($($(#[$doc:meta])* $name:ident: $spec:ty;)*) => {
        [$(stringify!($name)),*].len()
    };
}
const LAYER_KINDS: usize = trimpot::for_each_layer!(count_kinds);
