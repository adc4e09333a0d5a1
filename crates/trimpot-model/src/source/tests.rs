use tempfile::tempdir;

use super::*;

#[test]
fn folders_are_no_files_and_what_is_missing_is_not_found() {
    let folder = tempdir().unwrap();
    assert!(read(folder.path()).unwrap_err().to_string().contains("it is a folder"));
    let missing = read(&folder.path().join("none")).unwrap_err();
    assert_eq!(missing.kind(), io::ErrorKind::NotFound);
}

#[cfg(unix)]
#[test]
fn devices_that_never_end_are_refused() {
    let folder = tempdir().unwrap();
    let link = folder.path().join("data.csv");
    std::os::unix::fs::symlink("/dev/zero", &link).unwrap();
    for error in [read(&link).unwrap_err(), table(&link).map(drop).unwrap_err()] {
        assert!(error.to_string().contains("it is a device"), "{error}");
    }
}

#[cfg(unix)]
#[test]
fn a_table_may_come_through_a_pipe() {
    let folder = tempdir().unwrap();
    let pipe = folder.path().join("data.csv");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let writer = std::thread::spawn({
        let pipe = pipe.clone();
        move || std::fs::write(pipe, "1,2,3\n").unwrap()
    });
    let mut text = String::new();
    table(&pipe).unwrap().read_to_string(&mut text).unwrap();
    writer.join().unwrap();
    assert_eq!(text, "1,2,3\n");
}

#[test]
fn a_line_that_does_not_end_and_a_text_that_is_too_long_are_errors() {
    let text = "1,2,3\n".repeat(1000);
    let mut all = String::new();
    stream(text.as_bytes()).read_to_string(&mut all).unwrap();
    assert_eq!(all, text);

    let error = {
        let from = io::repeat(b'1');
        let mut endless = Limited { from, left: u64::MAX, line: 0, is_whole: false };
        io::copy(&mut endless, &mut io::sink()).unwrap_err()
    };
    assert!(error.to_string().contains("a line has more than "), "{error}");
    let mut short = Limited { from: text.as_bytes(), left: 5999, line: 0, is_whole: false };
    let error = io::copy(&mut short, &mut io::sink()).unwrap_err();
    assert!(error.to_string().contains("longer than the memory"), "{error}");
    // A file that grows ends where it ended when it was opened.
    let mut grows = Limited { from: text.as_bytes(), left: 12, line: 0, is_whole: true };
    assert_eq!(io::copy(&mut grows, &mut io::sink()).unwrap(), 12);
}
