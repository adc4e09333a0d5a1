//! The promise: weights survive a power cut at any byte. What was kept before is kept, or what was to
//! be kept is; never anything else.
//!
//! Every byte that is programmed or erased is a place to cut, several ways of tearing each. The sweep
//! behind `cargo xtask sweep` tries more of them, and cuts the next operation too at every place.

use embedded_storage::nor_flash::NorFlash;
use trimpot::Chain;
use trimpot::layer::{Dense, Relu};
use trimpot::loss::CrossEntropy;
use trimpot_link::{Error, Numbers, Origin, Request, Response};
use trimpot_testkit::flash::{Flash, Torn};
use trimpot_testkit::inputs::Random;
use trimpot_tuner::{Settings, Tuner};

const PARAMETERS: usize = (4 * 6 + 6) + (6 * 2 + 2);
type Weights = [f32; PARAMETERS];
type Board<F> =
    Tuner<Chain![Dense<4, 6>, Relu, Dense<6, 2>], CrossEntropy, F, 4, 2, PARAMETERS, 1, 1>;

/// What a host may ask that changes the flash memory.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Keep {
    Install,
    Commit,
    Reset,
}
use Keep::{Commit, Install, Reset};

/// Several generations in each slot of either pair, and every order of two operations.
const LIVES: [&[Keep]; 2] = [
    &[Install, Commit, Commit, Commit, Reset, Commit, Install, Install, Commit, Reset, Install],
    &[Commit, Commit, Install, Commit, Commit, Reset, Commit, Commit, Install, Commit],
];

/// Weights that tell their generation.
fn weights(generation: usize) -> Weights {
    let mut random = Random::new(generation as u64);
    std::array::from_fn(|_| random.between(-0.5, 0.5))
}

fn boot<F: NorFlash>(flash: F) -> Board<F> {
    // The weights are random, so one does worse than the other; here that is no reason to reject it.
    let settings = Settings::new().with_tolerance(100.0).expect("a tolerance");
    let layers = Default::default();
    Tuner::boot(flash, layers, CrossEntropy::new(), settings).expect("room in the flash")
}

/// Boots, and puts weights in memory, and a sample in the replay buffer.
fn prepare<F: NorFlash>(flash: F, weights: &Weights) -> Board<F> {
    let mut board = boot(flash);
    let mut bytes = [0; 4 * PARAMETERS];
    let features = Numbers::from_f32s(&[0.1, 0.2, -0.3, 0.4], &mut bytes).expect("room");
    let response = board.handle(&Request::Remember { features, label: 1 }, &mut []);
    assert_eq!(response, Response::Remembered { held: 1 });
    let values = Numbers::from_f32s(weights, &mut bytes).expect("room");
    let response = board.handle(&Request::WriteParameters { at: 0, values }, &mut []);
    assert_eq!(response, Response::Done);
    board
}

fn perform<F: NorFlash>(board: &mut Board<F>, keep: Keep) -> Response<'static> {
    let request = match keep {
        Install => Request::Install,
        Commit => Request::Commit,
        Reset => Request::Reset,
    };
    match board.handle(&request, &mut []) {
        Response::Refused(error) => Response::Refused(error),
        Response::Committed { generation, fingerprint } => {
            Response::Committed { generation, fingerprint }
        }
        Response::Done => Response::Done,
        other => panic!("{other:?}"),
    }
}

fn same(left: &Weights, right: &Weights) -> bool {
    left.map(f32::to_bits) == right.map(f32::to_bits)
}

/// What is kept, as a reboot shows it.
fn kept<F: NorFlash>(flash: F) -> (Weights, F) {
    let board = boot(flash);
    let weights = *board.network().parameters();
    (weights, board.into_flash())
}

/// The ways of tearing that are tried at each place.
fn tears(seeds: u64, place: u64) -> impl Iterator<Item = Torn> {
    let random = (0..seeds).map(move |seed| Torn::Random(place * 1000 + seed));
    [Torn::Untouched, Torn::Complete, Torn::Unreadable].into_iter().chain(random)
}

#[derive(Debug, Default)]
struct Outcomes {
    cuts: u64,
    old: u64,
    new: u64,
    double_cuts: u64,
}

impl Outcomes {
    fn note(&mut self, found: &Weights, old: &Weights, new: &Weights, what: &str) {
        if same(found, old) {
            self.old += 1;
        } else if same(found, new) {
            self.new += 1;
        } else {
            panic!("{what}: neither the old weights nor the new ones");
        }
    }
}

/// How thorough a search is.
#[derive(Clone, Copy)]
struct Effort {
    /// Random tears at each place.
    seeds: u64,
    /// The next operation is cut at every so many-th place.
    stride: u64,
}

type Nor<const WRITE: usize, const ERASE: usize> = Flash<1, WRITE, ERASE>;

/// Lives every life, and cuts each of its operations everywhere.
fn search<const WRITE: usize, const ERASE: usize>(effort: Effort) -> Outcomes {
    let mut outcomes = Outcomes::default();
    for life in LIVES {
        let mut flash = Nor::<WRITE, ERASE>::new(Board::<Nor<WRITE, ERASE>>::FLASH);
        let mut factory = None;
        for (generation, &keep) in life.iter().enumerate() {
            let (old, before) = kept(flash.clone());
            let candidate = weights(generation);
            let new = if keep == Reset { factory.expect("a factory") } else { candidate };

            // Without a cut, and how many places there are for one.
            let spent = before.counts().cuts();
            let mut board = prepare(before.clone(), &candidate);
            assert!(!matches!(perform(&mut board, keep), Response::Refused(_)));
            let (found, after) = kept(board.into_flash());
            assert!(same(&found, &new), "{keep:?} of generation {generation}");
            let places = after.counts().cuts() - spent;
            assert!(places > 0, "{keep:?} of generation {generation} writes nothing");

            let (old_before, new_before) = (outcomes.old, outcomes.new);
            for place in 0..places {
                for torn in tears(effort.seeds, place) {
                    let what = format!("{keep:?} of generation {generation} at {place}, {torn:?}");
                    let mut board = prepare(before.clone(), &candidate);
                    board.flash_mut().cut_after(place, torn);
                    assert_eq!(
                        perform(&mut board, keep),
                        Response::Refused(Error::Flash),
                        "{what}"
                    );
                    assert!(!board.flash_mut().is_powered(), "{what}");
                    outcomes.cuts += 1;
                    let mut flash = board.into_flash();
                    flash.power_on();
                    let (found, flash) = kept(flash);
                    outcomes.note(&found, &old, &new, &what);
                    if place % effort.stride == 0 {
                        cut_again(&mut outcomes, flash, &found, &what, effort.stride, place);
                    }
                }
            }
            let both = outcomes.old > old_before && outcomes.new > new_before;
            assert!(both, "{keep:?} of generation {generation} shows one outcome only");
            flash = after;
            if keep == Install {
                factory = Some(candidate);
            }
        }
        assert_eq!(flash.counts().overwritten, 0, "a word is programmed once between erasures");
    }
    outcomes
}

/// After a cut: cuts the next commit, too, and in the end lets one through.
fn cut_again<const WRITE: usize, const ERASE: usize>(
    outcomes: &mut Outcomes,
    flash: Nor<WRITE, ERASE>,
    old: &Weights,
    what: &str,
    stride: u64,
    first: u64,
) {
    let new = weights(1000);
    let mut board = prepare(flash.clone(), &new);
    let spent = flash.counts().cuts();
    assert!(matches!(perform(&mut board, Commit), Response::Committed { .. }), "{what}");
    let (found, after) = kept(board.into_flash());
    assert!(same(&found, &new), "{what}: the next commit");
    assert_eq!(after.counts().overwritten, 0, "{what}");
    let places = after.counts().cuts() - spent;

    for place in (first % 3..places).step_by(stride as usize) {
        let mut board = prepare(flash.clone(), &new);
        board.flash_mut().cut_after(place, Torn::Random(first * 7919 + place));
        assert_eq!(perform(&mut board, Commit), Response::Refused(Error::Flash), "{what}");
        outcomes.double_cuts += 1;
        let mut flash = board.into_flash();
        flash.power_on();
        let (found, _) = kept(flash);
        outcomes.note(&found, old, &new, &format!("{what}, then a commit at {place}"));
    }
}

fn survives(name: &str, outcomes: &Outcomes) {
    let Outcomes { cuts, old, new, double_cuts } = *outcomes;
    println!("{name}: {cuts} cuts and {double_cuts} double cuts, {old} old, {new} new");
    assert_eq!(cuts + double_cuts, old + new);
    assert!(cuts > 1000 && double_cuts > 1000);
}

const QUICK: Effort = Effort { seeds: 3, stride: 61 };

#[test]
fn weights_survive_a_cut_anywhere_on_bytes() {
    survives("words of 1 byte", &search::<1, 64>(QUICK));
}

#[test]
fn weights_survive_a_cut_anywhere_on_words() {
    survives("words of 4 bytes", &search::<4, 64>(QUICK));
}

#[test]
fn weights_survive_a_cut_anywhere_on_double_words() {
    survives("words of 8 bytes", &search::<8, 256>(QUICK));
}

#[test]
fn weights_survive_a_cut_anywhere_on_words_as_long_as_the_record() {
    survives("words of 32 bytes", &search::<32, 128>(QUICK));
}

#[test]
#[ignore = "a long search: cargo xtask sweep"]
fn weights_survive_two_cuts_in_many_places() {
    let effort = Effort { seeds: 8, stride: 5 };
    survives("words of 4 bytes", &search::<4, 64>(effort));
    survives("words of 16 bytes", &search::<16, 64>(effort));
    survives("words of 32 bytes", &search::<32, 32>(effort));
}

/// The first life, told by the board.
#[test]
fn a_board_knows_where_its_weights_come_from() {
    let mut flash = Nor::<4, 64>::new(Board::<Nor<4, 64>>::FLASH);
    let origins = [
        Origin::Factory,
        Origin::Commit,
        Origin::Commit,
        Origin::Commit,
        Origin::Factory,
        Origin::Commit,
        Origin::Factory,
        Origin::Factory,
        Origin::Commit,
        Origin::Factory,
        Origin::Factory,
    ];
    for (generation, (&keep, origin)) in LIVES[0].iter().zip(origins).enumerate() {
        let mut board = prepare(flash, &weights(generation));
        perform(&mut board, keep);
        let mut board = boot(board.into_flash());
        let Response::Description(description) = board.handle(&Request::Describe, &mut []) else {
            panic!("no description");
        };
        assert_eq!((description.origin, description.generation), (origin, generation as u32 + 1));
        flash = board.into_flash();
    }
}

/// A slot of another firmware's network is not taken for weights, and the generation goes on from it.
#[test]
fn weights_of_another_architecture_are_not_taken() {
    type Other<F> = Tuner<Dense<4, 2>, CrossEntropy, F, 4, 2, 10, 1, 1>;
    type Memory = Nor<4, 4096>;
    let other = Other::boot(
        Memory::new(Board::<Memory>::FLASH),
        Dense,
        CrossEntropy::new(),
        Settings::new(),
    );
    let mut other = other.expect("room in the flash");
    assert!(matches!(other.handle(&Request::Install, &mut []), Response::Committed { .. }));
    let mut board = boot(other.into_flash());
    let Response::Description(description) = board.handle(&Request::Describe, &mut []) else {
        panic!("no description");
    };
    assert_eq!((description.origin, description.generation), (Origin::Blank, 1));
}

/// Weights whose bits have rotted: the next best are taken, down to initial ones.
#[test]
fn rotten_weights_give_way_to_the_next_best() {
    type Memory = Nor<4, 64>;
    let flash = Memory::new(Board::<Memory>::FLASH);
    let mut board = prepare(flash, &weights(1));
    perform(&mut board, Install);
    let mut board = prepare(board.into_flash(), &weights(2));
    perform(&mut board, Commit);
    let (found, mut flash) = kept(board.into_flash());
    assert!(same(&found, &weights(2)));

    let slot = Board::<Memory>::FLASH / 4;
    flash.bytes_mut()[2 * slot + 100] ^= 4;
    let (found, mut flash) = kept(flash);
    assert!(same(&found, &weights(1)));

    flash.bytes_mut()[100] ^= 1;
    let mut board = boot(flash);
    let initial = Board::<Memory>::boot(
        Memory::new(Board::<Memory>::FLASH),
        Default::default(),
        CrossEntropy::new(),
        Settings::new(),
    );
    assert!(same(board.network().parameters(), initial.expect("room").network().parameters()));
    let response = board.handle(&Request::Rollback, &mut []);
    assert_eq!(response, Response::Refused(Error::NothingKept));
}

#[test]
fn a_flash_that_is_too_small_is_refused() {
    type Memory = Nor<4, 64>;
    let needed = Board::<Memory>::FLASH;
    let flash = Memory::new(needed - 64);
    let error = Board::boot(flash, Default::default(), CrossEntropy::new(), Settings::new());
    let message = error.expect_err("an error").to_string();
    let capacity = needed - 64;
    assert_eq!(
        message,
        format!("the weights need {needed} bytes of flash memory, but there are {capacity}")
    );
}
