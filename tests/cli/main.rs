//! The program from outside: exit codes, messages, and what is left on disk however a run ends.

// Clippy exempts test functions, not what they call.
#![allow(clippy::unwrap_used)]

mod collate;
mod names;
mod runs;

use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// What a run left behind.
struct Ran {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

/// Prepares a call of the program; `extract` with the quick engine unless one is named: what is tested here is the same
/// with all.
fn command(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("cytosift"));
    command.current_dir(folder).env_remove("NO_COLOR").stdin(Stdio::null()).args(args);
    if args[0] == "extract" && !args.contains(&"--engine") {
        command.args(["--engine", "rules"]);
    }
    command
}

fn run(folder: &Path, args: &[&str]) -> Ran {
    let output = command(folder, args).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ran { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

/// A document as one line.
fn line(id: usize) -> String {
    format!(
        "{{\"id\": \"{id}\", \"title\": \"T{id}\", \"abstract\": \"IL-2 was given to {id} patients.\"}}\n"
    )
}

fn lines(n: usize) -> String {
    (0..n).map(line).collect()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gz.write_all(bytes).unwrap();
    gz.finish().unwrap()
}

/// Names of the files in a folder, sorted.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Ids of the documents in JSON Lines, each of which must be whole.
fn ids(jsonl: &str) -> Vec<String> {
    assert!(jsonl.is_empty() || jsonl.ends_with('\n'), "the last line is cut");
    let id =
        |line| serde_json::from_str::<serde_json::Value>(line).unwrap()["id"].as_str().unwrap().to_owned();
    jsonl.lines().map(id).collect()
}

fn pubmed(ids: &[u32]) -> String {
    let article = |id: &u32| {
        format!(
            "<PubmedArticle><MedlineCitation><PMID Version=\"1\">{id}</PMID><Article><Journal/>\
             <ArticleTitle>Title {id}</ArticleTitle><Abstract><AbstractText>IL-2 was given.</AbstractText></Abstract>\
             </Article></MedlineCitation></PubmedArticle>\n"
        )
    };
    let articles: String = ids.iter().map(article).collect();
    format!("<?xml version=\"1.0\"?>\n<PubmedArticleSet>\n{articles}</PubmedArticleSet>\n")
}

#[test]
fn a_file_that_is_missing_fails_before_anything_is_written() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("a.jsonl"), lines(3)).unwrap();
    let ran = run(folder.path(), &["extract", "a.jsonl", "nothing.xml", "-o", "out.csv"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.contains("nothing.xml: No such file"), "{}", ran.stderr);
    assert_eq!(ran.stderr.matches("No such file").count(), 1, "{}", ran.stderr);
    assert_eq!(names(folder.path()), ["a.jsonl"]);
}

#[test]
fn wrong_usage_is_explained() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("a.jsonl"), lines(1)).unwrap();
    fs::write(folder.path().join("wrong.toml"), "[run]\nthread = 2\n").unwrap();
    let cases: [(&[&str], i32, &str); 6] = [
        (&["extract"], 2, "<INPUT>"),
        (&["extract", "a.jsonl", "--focus", "genes"], 2, "[possible values: cytokine, all]"),
        (&["extract", "a.jsonl", "--min-confidence", "2"], 1, "run.min_confidence: 2 is not between 0 and 1"),
        (
            &["extract", "a.jsonl", "--config", "wrong.toml"],
            1,
            "wrong.toml: config: settings: unknown field `thread`",
        ),
        (&["extract", "a.jsonl", "-o", "no/out.csv"], 1, "no/out.csv: the folder no does not exist"),
        (&["inspect", "a.jsonl", "--id", "77"], 1, "a.jsonl: no document has the id 77"),
    ];
    for (args, code, expected) in cases {
        let ran = run(folder.path(), args);
        assert_eq!(ran.code, Some(code), "{args:?}: {}", ran.stderr);
        assert!(ran.stderr.contains(expected), "{args:?}: {}", ran.stderr);
        assert_eq!(ran.stdout, "");
    }
}

#[test]
fn help_teaches() {
    let folder = TempDir::new().unwrap();
    for args in [&["--help"][..], &["extract", "--help"], &["inspect", "--help"]] {
        let ran = run(folder.path(), args);
        assert_eq!(ran.code, Some(0));
        let teaches = ran.stdout.contains("Examples:") || ran.stdout.contains("Commands:");
        assert!(teaches, "{args:?}: {}", ran.stdout);
    }
    assert!(run(folder.path(), &["extract", "--help"]).stdout.contains("Exit codes: 0 done"));
}

#[test]
fn the_settings_in_effect_are_printed() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("my.toml"), "[run]\nthreads = 3\nfocus = \"all\"\n").unwrap();
    let ran = run(folder.path(), &["extract", "--config", "my.toml", "--threads", "5", "--print-config"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(
        ran.stdout.contains("threads = 5\n") && ran.stdout.contains("focus = \"all\"\n"),
        "{}",
        ran.stdout
    );
}

#[test]
fn a_number_of_threads_beyond_reason_is_refused() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("a.txt"), "IL-2 inhibits melanoma.").unwrap();
    let ran = run(folder.path(), &["extract", "a.txt", "--engine", "rules", "--threads", "99999999999"]);
    assert_ne!(ran.code, Some(0));
    assert!(ran.stderr.contains("run.threads: 99999999999 are more than 1024"), "{}", ran.stderr);
    assert_eq!(ran.stdout, "");
}

/// An input that cannot be read, with what the message says and the records before the damage that can.
type Unreadable = (&'static str, Vec<u8>, &'static str, &'static [&'static str]);

fn unreadable() -> Vec<Unreadable> {
    let xml = pubmed(&[11, 12, 13]);
    let cut = &xml[..xml.rfind("Title 13").unwrap()];
    let gz = gzip(lines(5000).as_bytes());
    let mut not_utf8 = lines(1).into_bytes();
    not_utf8
        .extend(line(99).replace("patients", "p\u{1}tients").bytes().map(|b| if b == 1 { 0xE9 } else { b }));
    let binary: Vec<u8> = (0..4096_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let giant = format!("{{\"id\": \"giant\", \"abstract\": \"{}\"}}\n", "IL-2 ".repeat(10_000_000));
    let html = "<!DOCTYPE html>\n<html><head><title>Not found</title></head><body>404</body></html>\n";
    vec![
        ("empty.xml", Vec::new(), "empty", &[]),
        ("page.xml", html.into(), "HTML", &[]),
        ("binary.txt", binary, "binary", &[]),
        ("cut.xml", cut.into(), "cut.xml, byte", &["11", "12"]),
        ("cut.jsonl.gz", gz[..gz.len() / 2].to_vec(), "cut short", &["0", "1"]),
        ("latin.jsonl", not_utf8, "not valid UTF-8", &["0"]),
        ("giant.jsonl", giant.into_bytes(), "giant.jsonl, record 1, byte 0: the record has", &[]),
    ]
}

#[test]
fn bad_input_is_named_and_harms_nothing_else() {
    for (name, bytes, expected, kept) in unreadable() {
        let folder = TempDir::new().unwrap();
        let output = folder.path().join("out");
        fs::create_dir(&output).unwrap();
        fs::write(folder.path().join(name), bytes).unwrap();
        fs::write(folder.path().join("good.jsonl"), line(77)).unwrap();
        let ran = run(folder.path(), &["extract", name, "good.jsonl", "-o", "out/x.jsonl"]);
        assert_eq!(ran.code, Some(3), "{name}: {}", ran.stderr);
        assert!(ran.stderr.contains(&format!("rejected: {name}")), "{name}: {}", ran.stderr);
        assert!(ran.stderr.contains(expected), "{name}: {}", ran.stderr);
        assert_eq!(names(&output), ["x.jsonl", "x.rejected.jsonl", "x.report.json"], "{name}");
        let found = ids(&fs::read_to_string(output.join("x.jsonl")).unwrap());
        assert_eq!(&found[..kept.len()], kept, "{name}");
        assert_eq!(found.last().unwrap(), "77", "{name}");
        let rejected = fs::read_to_string(output.join("x.rejected.jsonl")).unwrap();
        assert_eq!(rejected.lines().count(), 1, "{name}: {rejected}");
        let rejected: serde_json::Value = serde_json::from_str(&rejected).unwrap();
        assert_eq!(rejected["file"], name);
        assert!(rejected["message"].as_str().is_some_and(|m| !m.is_empty()), "{rejected}");
    }
}

#[test]
fn stop_keeps_what_came_before_the_bad_record() {
    let folder = TempDir::new().unwrap();
    let input = format!("{}{{\"id\": cut\n{}", lines(2), line(3));
    fs::write(folder.path().join("a.jsonl"), input).unwrap();
    let args = ["extract", "a.jsonl", "--on-bad-record", "stop", "-o", "out.jsonl"];
    let ran = run(folder.path(), &args);
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.contains("a.jsonl, record 3, byte 1"), "{}", ran.stderr);
    assert!(ran.stderr.contains("what was done is kept in") && ran.stderr.contains("out.jsonl.partial"));
    assert_eq!(names(folder.path()), ["a.jsonl", "out.jsonl.partial", "out.report.json.partial"]);
    assert_eq!(ids(&fs::read_to_string(folder.path().join("out.jsonl.partial")).unwrap()), ["0", "1"]);
}

#[test]
fn files_folders_patterns_and_standard_input_are_read_in_order() {
    let folder = TempDir::new().unwrap();
    fs::create_dir(folder.path().join("more")).unwrap();
    fs::write(folder.path().join("b.jsonl"), line(1)).unwrap();
    fs::write(folder.path().join("c.jsonl.gz"), gzip(line(2).as_bytes())).unwrap();
    fs::write(folder.path().join("more/d.jsonl"), line(3)).unwrap();
    fs::write(folder.path().join("more/README"), "not an input").unwrap();
    let mut child = command(folder.path(), &["extract", "more", "?.jsonl*", "-", "--format", "jsonl"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(line(4).as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(ids(std::str::from_utf8(&output.stdout).unwrap()), ["3", "1", "2", "4"]);
}

#[test]
fn the_format_follows_the_name_of_the_output() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("a.jsonl"), line(1)).unwrap();
    for (args, start) in [
        (&["-o", "x.csv"][..], "document,subject,predicate,object,"),
        (&["-o", "x.jsonl"], "{\"id\":\"1\""),
        (&["-o", "x.txt"], "document,subject,"),
        (&["-o", "x.dat", "--format", "jsonl"], "{\"id\":\"1\""),
    ] {
        let ran = run(folder.path(), &[&["extract", "a.jsonl"], args].concat());
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        let written = fs::read_to_string(folder.path().join(args[1])).unwrap();
        assert!(written.starts_with(start), "{args:?}: {written}");
    }
}

#[test]
fn the_report_says_what_was_done() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("a.jsonl"), "{\"id\": \"1\", \"abstract\": \"x\"}\n").unwrap();
    fs::write(folder.path().join("out.rejected.jsonl"), "of an earlier run").unwrap();
    let ran = run(folder.path(), &["extract", "a.jsonl", "-o", "out.csv", "--threads", "2"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(ran.stderr.starts_with("cytosift: 1 documents, 0 triples, 0 rejected, "), "{}", ran.stderr);
    assert_eq!(names(folder.path()), ["a.jsonl", "out.csv", "out.report.json"]);
    let report = fs::read(folder.path().join("out.report.json")).unwrap();
    let report: serde_json::Value = serde_json::from_slice(&report).unwrap();
    assert_eq!(report["status"], "complete");
    assert_eq!(report["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(report["config"]["run"]["threads"], 2);
    assert_eq!(report["counts"]["documents"], 1);
    assert_eq!(report["counts"]["relations"]["approved_for"], 0);
    let input = &report["inputs"]["list"][0];
    assert_eq!(input["file"], "a.jsonl");
    assert_eq!(input["bytes"], 29);
    // By sha256sum.
    assert_eq!(input["sha256"], "cca26e7672a04845581202e86008a07fc0a1535baf7f2ac1eee8b1fcbd436419");
}

#[test]
fn a_closed_pipe_is_success() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("a.jsonl"), lines(20_000)).unwrap();
    let mut child = command(folder.path(), &["extract", "a.jsonl", "--format", "jsonl"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut start = [0; 10];
    child.stdout.take().unwrap().read_exact(&mut start).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
}

/// Waits until something is the case.
fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let patience = Instant::now();
    while !is_so() {
        assert!(patience.elapsed() < Duration::from_secs(120), "waited in vain: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Tells whether a file in the folder with that start of its name has bytes.
fn has_bytes(folder: &Path, start: &str) -> bool {
    let named = names(folder).into_iter().filter(|name| name.starts_with(start));
    named.map(|name| fs::metadata(folder.join(name))).any(|about| about.is_ok_and(|about| about.len() > 0))
}

#[cfg(unix)]
fn interrupt(child: &Child) {
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

#[cfg(unix)]
#[test]
fn ctrl_c_keeps_what_was_done_although_the_input_is_silent() {
    let folder = TempDir::new().unwrap();
    let mut child = command(folder.path(), &["extract", "-", "-o", "out.jsonl"])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut feed = child.stdin.take().unwrap();
    // The last line is not finished when the interruption comes.
    feed.write_all(lines(20_000).as_bytes()).unwrap();
    feed.write_all(b"{\"id\": \"half").unwrap();
    wait_until("bytes", || has_bytes(folder.path(), ".out.jsonl."));
    interrupt(&child);
    let output = child.wait_with_output().unwrap();
    drop(feed);
    assert_eq!(output.status.code(), Some(130));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.contains("out.jsonl.partial") && !stderr.contains("rejected:"), "{stderr}");
    assert_eq!(names(folder.path()), ["out.jsonl.partial", "out.report.json.partial"]);
    let kept = ids(&fs::read_to_string(folder.path().join("out.jsonl.partial")).unwrap());
    assert!(kept.len() >= 64, "{}", kept.len());
    assert_eq!(kept, (0..kept.len()).map(|n| n.to_string()).collect::<Vec<_>>());
}

#[cfg(unix)]
#[test]
fn a_folder_without_write_permission_is_named() {
    use std::os::unix::fs::PermissionsExt;
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("a.jsonl"), line(1)).unwrap();
    let locked = folder.path().join("locked");
    fs::create_dir(&locked).unwrap();
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o555)).unwrap();
    if fs::write(locked.join("probe"), "").is_ok() {
        eprintln!("skipped: this user may write anywhere");
        return;
    }
    let ran = run(folder.path(), &["extract", "a.jsonl", "-o", "locked/out.csv"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.contains("locked/out.csv: permission denied"), "{}", ran.stderr);
}

/// A file system of 256 kB; none if this user may not mount one.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(at: &Path) -> Option<Self> {
        fs::create_dir(at).unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=256k", "tmpfs"]).arg(at).stderr(Stdio::null());
        mount.status().is_ok_and(|status| status.success()).then(|| Self(at.to_path_buf()))
    }

    fn path(&self) -> &Path {
        &self.0
    }

    /// Makes room.
    fn grow(&self) {
        let status = Command::new("mount").args(["-o", "remount,size=64m"]).arg(&self.0).status();
        assert!(status.unwrap().success());
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

#[test]
fn a_full_disk_keeps_whole_rows_under_another_name() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("a.jsonl"), lines(20_000)).unwrap();
    let Some(disk) = SmallDisk::mount(&folder.path().join("disk")) else {
        eprintln!("skipped: this user may not mount a small file system");
        return;
    };
    let ran = run(folder.path(), &["extract", "a.jsonl", "-o", "disk/out.jsonl"]);
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    assert!(ran.stderr.contains("out.jsonl: No space left on device"), "{}", ran.stderr);
    assert!(ran.stderr.contains("kept in") && ran.stderr.contains("out.jsonl.partial"), "{}", ran.stderr);
    let left = names(&disk.0);
    assert!(left.contains(&"out.jsonl.partial".to_owned()), "{left:?}");
    assert!(left.iter().all(|name| name.ends_with(".partial")), "{left:?}");
    let kept = ids(&fs::read_to_string(disk.0.join("out.jsonl.partial")).unwrap());
    assert!(kept.len() >= 64, "{}", kept.len());
    assert_eq!(kept, (0..kept.len()).map(|n| n.to_string()).collect::<Vec<_>>());
}

#[cfg(target_os = "linux")]
#[test]
fn a_device_that_takes_nothing_is_an_error() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("a.jsonl"), lines(3)).unwrap();
    let ran = run(folder.path(), &["extract", "a.jsonl", "-o", "/dev/full", "--report", "report.json"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.contains("/dev/full: No space left on device"), "{}", ran.stderr);
    assert_eq!(names(folder.path()), ["a.jsonl"]);
}

#[test]
fn a_document_is_shown_plainly_when_piped() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("a.jsonl"), lines(3)).unwrap();
    let ran = run(folder.path(), &["inspect", "a.jsonl", "--id", "2"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(ran.stdout.starts_with("2\n\ntitle\nT2\n"), "{}", ran.stdout);
    assert!(!ran.stdout.contains('\u{1b}'), "{}", ran.stdout);
}
