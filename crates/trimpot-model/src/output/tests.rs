use tempfile::tempdir;

use super::*;

fn names(folder: &Path) -> Vec<String> {
    let name = |entry: io::Result<fs::DirEntry>| entry.unwrap().file_name().into_string().unwrap();
    fs::read_dir(folder).unwrap().map(name).collect()
}

#[test]
fn a_file_is_new_or_replaced_as_a_whole_and_nothing_else_stays() {
    let folder = tempdir().unwrap();
    let file = folder.path().join("model");
    check(&file).unwrap();
    assert_eq!(names(folder.path()), <[&str; 0]>::default());
    write(&file, b"one").unwrap();
    check(&file).unwrap();
    assert_eq!(fs::read(&file).unwrap(), b"one");
    write(&file, b"two").unwrap();
    assert_eq!(fs::read(&file).unwrap(), b"two");
    assert_eq!(names(folder.path()), ["model"]);
}

#[test]
fn what_is_no_file_is_refused() {
    let folder = tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::create_dir(path("folder")).unwrap();
    fs::write(path("file"), "text").unwrap();
    let mut read_only = fs::metadata(path("file")).unwrap().permissions();
    read_only.set_readonly(true);
    fs::set_permissions(path("file"), read_only).unwrap();
    for (name, part) in [
        ("folder", "it is a folder"),
        ("folder/", "it names a folder"),
        ("folder/..", "it is a folder"),
        ("file", "it is read-only"),
        ("none/model", "there is no folder "),
        ("file/model", "there is no folder "),
    ] {
        for refused in [check(&path(name)), write(&path(name), b"other")] {
            let error = refused.unwrap_err().to_string();
            assert!(error.contains(part), "{name}: {error}");
        }
    }
    assert_eq!(fs::read(path("file")).unwrap(), b"text");
}

#[test]
fn a_file_that_is_being_written_is_not_abandoned() {
    let folder = tempdir().unwrap();
    let file = folder.path().join("model");
    let part = prepare(&file).unwrap();
    remove_abandoned(&file);
    assert!(part.path().exists());
    let path = part.into_temp_path();
    assert!(path.exists());
    remove_abandoned(&file);
    assert!(!path.exists());
}

#[test]
fn many_writers_leave_what_one_of_them_wrote() {
    let folder = tempdir().unwrap();
    let file = folder.path().join("model");
    let contents = |byte: u8| vec![byte; 50_000 + 10_000 * usize::from(byte)];
    std::thread::scope(|scope| {
        for byte in 0..4 {
            let file = &file;
            // Without the lock of this process: as other processes do.
            scope.spawn(move || {
                for _ in 0..20 {
                    let mut part = prepare(file).unwrap();
                    part.write_all(&contents(byte)).unwrap();
                    part.persist(file).unwrap();
                }
            });
        }
    });
    let found = fs::read(&file).unwrap();
    assert_eq!(found, contents(found[0]));
    assert_eq!(names(folder.path()), ["model"]);
}

#[test]
fn files_are_told_apart_by_what_they_are() {
    let folder = tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::create_dir(path("folder")).unwrap();
    fs::write(path("file"), "text").unwrap();
    fs::hard_link(path("file"), path("other name")).unwrap();
    assert!(is_same(&path("file"), &path("folder/../file")));
    assert!(is_same(&path("none"), &path("folder/../none")));
    assert!(!is_same(&path("none"), &path("file")));
    assert!(!is_same(&path("none"), &path("folder/none")));
    let (file, none) = (path("file"), path("none"));
    check_distinct(&[("--data", &file), ("--output", &none)]).unwrap();
    let error = check_distinct(&[("--data", &file), ("--output", &none), ("--metrics", &file)]);
    let error = error.unwrap_err();
    assert!(error.starts_with("--metrics ") && error.contains(" as --data "), "{error}");
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
    use std::os::unix::net::UnixListener;

    use super::*;

    #[test]
    fn links_stay_and_what_they_lead_to_is_written() {
        let folder = tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::create_dir(path("folder")).unwrap();
        fs::write(path("folder/file"), "old").unwrap();
        symlink("folder/file", path("link")).unwrap();
        symlink("link", path("link to link")).unwrap();
        symlink("folder/new", path("dangling")).unwrap();
        symlink("circle", path("circle")).unwrap();
        for (link, file) in [("link to link", "folder/file"), ("dangling", "folder/new")] {
            assert!(is_same(&path(link), &path(file)), "{link}");
            check(&path(link)).unwrap();
            write(&path(link), b"new").unwrap();
            assert!(fs::symlink_metadata(path(link)).unwrap().is_symlink(), "{link}");
            assert_eq!(fs::read(path(file)).unwrap(), b"new");
        }
        assert!(fs::symlink_metadata(path("link")).unwrap().is_symlink());
        assert!(check(&path("circle")).is_err());
        let mut inside = names(&path("folder"));
        inside.sort();
        assert_eq!(inside, ["file", "new"]);
    }

    #[test]
    fn devices_and_sockets_are_refused() {
        let folder = tempdir().unwrap();
        let socket = folder.path().join("socket");
        let _listener = UnixListener::bind(&socket).unwrap();
        symlink("/dev/null", folder.path().join("link")).unwrap();
        for path in [Path::new("/dev/null"), &socket, &folder.path().join("link")] {
            let error = check(path).unwrap_err().to_string();
            assert!(error.contains("it is a device, a pipe or a socket"), "{error}");
        }
    }

    #[test]
    fn mode_and_owner_are_kept() {
        let folder = tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "old").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        // Root alone can give files away; for others the owner stays who it is.
        let _ = chown(&file, Some(1234), Some(2345));
        let facts = || fs::metadata(&file).map(|is| (is.mode(), is.uid(), is.gid())).unwrap();
        let before = facts();
        write(&file, b"new").unwrap();
        assert_eq!(facts(), before);
        assert_eq!(before.0 & 0o777, 0o640);
        // A new file is like others, not private as temporary files are.
        let (ours, others) = (folder.path().join("ours"), folder.path().join("others"));
        write(&ours, b"").unwrap();
        fs::write(&others, b"").unwrap();
        let mode = |file: &Path| fs::metadata(file).unwrap().mode();
        assert_eq!(mode(&ours), mode(&others));
    }
}
