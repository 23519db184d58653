//! Who may ask a store to destroy: the executor, and nobody beside it. That a
//! permit cannot be made up is shown where it is made; this shows that one place
//! asks for it and one place spends it.

use std::fs;
use std::path::{Path, PathBuf};
use std::slice;

/// The lines of the program that hold this text, by file. Tests and the
/// connectors themselves, which are what is asked, are left out.
fn places(text: &str) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    let mut folders =
        vec![root.join("src"), root.join("schedules/src"), root.join("connectors/src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let code = fs::read_to_string(&path).unwrap_or_default();
            let is_test = path.components().any(|part| part.as_os_str() == "tests")
                || path.file_name().is_some_and(|name| name == "tests.rs");
            if is_test || path.extension().is_none_or(|kind| kind != "rs") {
                continue;
            }
            // A module's tests stand at its end.
            let code = code.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
            let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
            let count = lines.filter(|line| line.contains(text)).count();
            let path = path.strip_prefix(root).unwrap();
            found.extend(std::iter::repeat_n(path.to_path_buf(), count));
        }
    }
    found
}

#[test]
fn one_place_asks_a_store_to_destroy_and_one_gives_leave_for_it() {
    let act = PathBuf::from("src/disposal/execution/act.rs");
    assert_eq!(places("connector.destroy("), slice::from_ref(&act));
    assert_eq!(places(".destroy("), slice::from_ref(&act), "by whatever name the connector goes");
    for function in ["Connector::destroy", "Connector>::destroy"] {
        assert_eq!(places(function), [] as [PathBuf; 0], "nor as a function: {function}");
    }
    assert_eq!(places("connector.quarantine("), [act]);
    let judge = PathBuf::from("src/disposal/execution/judge.rs");
    let leave = "leave is given where a line is weighed";
    for function in ["permit::grant::<", "permit::grant", "grant::<"] {
        assert_eq!(places(function), slice::from_ref(&judge), "{leave}: {function}");
    }
    for imported in ["{grant", ", grant,", ", grant}", "grant as ", "permit::*"] {
        assert_eq!(places(imported), [] as [PathBuf; 0], "nor by another name: {imported}");
    }
}
