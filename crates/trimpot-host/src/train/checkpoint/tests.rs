use tempfile::tempdir;

use super::*;

fn checkpoint() -> Checkpoint {
    let settings = [("--seed".to_owned(), "1".to_owned())];
    Checkpoint {
        progress: Progress {
            epochs: 3,
            steps: 5_000_000_000,
            parameters: vec![1.0, -0.0, 1e-40],
            state: vec![vec![0.5; 3], vec![f32::INFINITY; 3]],
            average: vec![0.25; 3],
        },
        best: Best { loss: Some(0.5), waited: 1, parameters: vec![2.0; 3] },
        settings: settings.into(),
        history: "[]".to_owned(),
    }
}

#[test]
fn a_flipped_bit_is_found() {
    let folder = tempdir().unwrap();
    let (whole, flipped) = (folder.path().join("whole"), folder.path().join("flipped"));
    checkpoint().save(&whole).unwrap();
    assert_eq!(Checkpoint::load(&whole).unwrap().unwrap(), checkpoint());
    let bytes = std::fs::read(&whole).unwrap();
    let mut found = 0;
    for bit in 0..8 * bytes.len() {
        let mut bytes = bytes.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        std::fs::write(&flipped, bytes).unwrap();
        match Checkpoint::load(&flipped) {
            // Of the header, padding may say anything that is a space as well.
            Ok(loaded) => assert_eq!(loaded.unwrap(), checkpoint(), "bit {bit}"),
            Err(_) => found += 1,
        }
    }
    assert!(found > 7 * bytes.len(), "{found} of {} bits", 8 * bytes.len());
    // Where it is a number of the weights, nothing but the checksum knows.
    let at = bytes.windows(4).rposition(|bytes| bytes == 1_f32.to_le_bytes()).unwrap();
    let mut bytes = bytes;
    bytes[at] ^= 1;
    std::fs::write(&flipped, bytes).unwrap();
    let error = Checkpoint::load(&flipped).unwrap_err();
    assert!(matches!(error, CheckpointError::Checksum { .. }), "{error}");
}

#[test]
fn what_no_run_could_have_written_is_refused() {
    let folder = tempdir().unwrap();
    let file = folder.path().join("run");
    type Change = fn(&mut Checkpoint);
    let changes: [(&str, Change); 7] = [
        ("parameters", |checkpoint| checkpoint.progress.parameters[1] = f32::NAN),
        ("parameters", |checkpoint| checkpoint.progress.parameters[0] = f32::INFINITY),
        ("average", |checkpoint| checkpoint.progress.average[0] = f32::NEG_INFINITY),
        ("state", |checkpoint| checkpoint.progress.state[1][2] = f32::NAN),
        ("best", |checkpoint| checkpoint.best.parameters[2] = f32::NAN),
        ("best loss", |checkpoint| checkpoint.best.loss = Some(f32::NAN)),
        ("waited", |checkpoint| checkpoint.best.waited = 4),
    ];
    for (part, change) in changes {
        let mut checkpoint = checkpoint();
        change(&mut checkpoint);
        checkpoint.save(&file).unwrap();
        let error = Checkpoint::load(&file).unwrap_err().to_string();
        assert!(error.ends_with(&format!("it has no valid `{part}`")), "{part}: {error}");
    }
}
