//! A header compiles without warnings, and a program in C has the bits of the model.

use std::fmt::Write;
use std::fs;
use std::process::Command;

use tempfile::tempdir;
use trimpot_model::export;
use trimpot_model::file::StoredModel;

use super::models::{all_models, whole_models};

/// The compiler by which Rust links as well.
const COMPILER: &str = "cc";
const STRICT: [&str; 5] = ["-std=c99", "-Wall", "-Wextra", "-pedantic", "-Werror"];

#[test]
fn headers_of_all_models_compile_without_warnings() {
    let folder = tempdir().unwrap();
    let mut program = String::new();
    for (number, named) in all_models().iter().enumerate() {
        let name = format!("{}-{number}", named.name);
        let file = folder.path().join(format!("{number}.h"));
        fs::write(file, export::c_header(&named.model, &name, "a */ model").unwrap()).unwrap();
        // Twice, as where two other headers include it.
        writeln!(program, "#include \"{number}.h\"\n#include \"{number}.h\"").unwrap();
    }
    let file = folder.path().join("all.c");
    fs::write(&file, program).unwrap();
    // Nobody uses the arrays of a header here.
    let status = Command::new(COMPILER).args(STRICT).arg("-fsyntax-only").arg(file).status();
    assert!(status.unwrap().success());
}

#[test]
fn a_program_in_c_has_all_numbers_and_names() {
    for named in whole_models() {
        let folder = tempdir().unwrap();
        let StoredModel { layers, parameters, about } = &named.model;
        let header = export::c_header(&named.model, "net", "model").unwrap();
        fs::write(folder.path().join("net.h"), &header).unwrap();
        let arrays = header.lines().filter_map(|line| line.strip_prefix("static const float "));
        let arrays = arrays.map(|line| line.split('[').next().unwrap());
        let arrays: Vec<&str> = arrays.filter(|&name| name != "net_centre").collect();
        let mut program =
            "#include <stdio.h>\n#include <string.h>\n#include \"net.h\"\nstatic void show(const float *numbers, int count) {\n    \
             for (int i = 0; i < count; i++) { unsigned bits; memcpy(&bits, &numbers[i], 4); printf(\"%08x\\n\", bits); }\n}\n\
             int main(void) {\n"
                .to_owned();
        for array in &arrays {
            let size = array.to_ascii_uppercase();
            writeln!(program, "    show({array}, {size}_SIZE);").unwrap();
        }
        if !about.classes.is_empty() {
            program += "    for (int i = 0; i < NET_CLASSES; i++) fwrite(net_classes[i], 1, strlen(net_classes[i]) + 1, stdout);\n";
        }
        program += "    return 0;\n}\n";
        let (source, built) = (folder.path().join("all.c"), folder.path().join("all"));
        fs::write(&source, program).unwrap();
        let mut compile = Command::new(COMPILER);
        compile.args(STRICT).arg(source).arg("-o").arg(&built);
        assert!(compile.status().unwrap().success(), "{header}");

        let output = Command::new(built).output().unwrap().stdout;
        let numbers = parameters.len() + layers.constants.len();
        let (shown, names) = output.split_at(9 * numbers);
        let mut shown: Vec<&str> = str::from_utf8(shown).unwrap().lines().collect();
        let all = parameters.iter().chain(&layers.constants);
        let mut expected: Vec<String> =
            all.map(|number| format!("{:08x}", number.to_bits())).collect();
        // The header has them by layer, parameters or not.
        shown.sort_unstable();
        expected.sort_unstable();
        assert_eq!(shown, expected, "{}", named.name);
        let classes: String = about.classes.iter().map(|name| format!("{name}\0")).collect();
        assert_eq!(names, classes.as_bytes());
    }
}
