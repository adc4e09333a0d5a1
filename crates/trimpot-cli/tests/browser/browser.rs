//! A page in the browser, with a script that reports what it finds.

use std::env;
use std::fs;
use std::process::Command;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use tempfile::tempdir;

/// The script that looks for what is wrong with a page.
pub const CHECK: &str = include_str!("check.js");

/// A phone's screen and a PC's, in pixels.
pub const WIDTHS: [u32; 2] = [375, 1280];

/// What somebody prefers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    Light,
    Dark,
}

/// Both themes.
pub const THEMES: [Theme; 2] = [Theme::Light, Theme::Dark];

impl Theme {
    pub fn is_dark(self) -> bool {
        self == Theme::Dark
    }
}

/// What [`CHECK`] reports.
#[derive(Debug, Deserialize)]
pub struct Findings {
    pub width: u32,
    pub is_dark: bool,
    pub plots: usize,
    pub texts: usize,
    pub wrong: Vec<String>,
}

/// How the report is written into the document: so that it is the same in HTML.
const REPORT: &str = r#"
const report = found => {
  const json = JSON.stringify(found).replace(/[<>&\u00a0]/g, c => "\\u" + c.charCodeAt(0).toString(16).padStart(4, "0"));
  const element = document.createElement("pre");
  element.id = "report";
  element.textContent = json;
  document.body.append(element);
};
"#;

/// Opens a page in a window of this width, with a script that calls `report`, and returns the
/// report. What the browser's console says is part of what is `wrong`, if the report has that.
pub fn look<T: DeserializeOwned>(page: &str, script: &str, width: u32, theme: Theme) -> T {
    let folder = tempdir().unwrap();
    let file = folder.path().join("page.html");
    let scripted = format!("<script>{REPORT}{script}</script></body>");
    assert_eq!(page.matches("</body>").count(), 1);
    fs::write(&file, page.replace("</body>", &scripted)).unwrap();

    let program = env::var("TRIMPOT_BROWSER").unwrap_or("chromium-headless-shell".to_owned());
    let scheme = if theme.is_dark() { 0 } else { 1 };
    let mut browser = Command::new(&program);
    // Its own sandbox does not work for root, who runs the tests in containers.
    browser.args(["--no-sandbox", "--disable-gpu", "--hide-scrollbars"]);
    browser.args(["--enable-logging=stderr", "--dump-dom"]);
    browser.arg(format!("--window-size={width},900"));
    browser.arg(format!("--blink-settings=preferredColorScheme={scheme}"));
    browser.arg(format!("--user-data-dir={}", folder.path().join("profile").display()));
    let output = browser.arg(format!("file://{}", file.display())).output();
    let output = output.unwrap_or_else(|error| {
        panic!("cannot run {program}, which `cargo xtask browser` installs: {error}")
    });
    let (document, log) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let report = document.split_once("<pre id=\"report\">").map(|(_, rest)| rest);
    let report = report.and_then(|rest| Some(rest.split_once("</pre>")?.0));
    let report = report.unwrap_or_else(|| panic!("{program} has no report: {log}"));
    let mut report: serde_json::Value = serde_json::from_str(report).unwrap();
    if let Some(wrong) = report.get_mut("wrong").and_then(|wrong| wrong.as_array_mut()) {
        let console = log.lines().filter(|line| line.contains("CONSOLE"));
        wrong.extend(console.map(|line| format!("console: {line}").into()));
    }
    serde_json::from_value(report).unwrap()
}
