//! Runs in a folder: what is in it at the end does not depend on how often the run was killed, nor on threads.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use cytosift::runs::Folder;
use flate2::read::GzDecoder;
use serde_json::Value;
use tempfile::TempDir;

use crate::{Ran, SmallDisk, command, gzip, has_bytes, interrupt, names, pubmed, run, wait_until};

/// Inputs of the runs that are killed.
const FILES: usize = 6;

/// Writes inputs with statements in some of their documents.
fn write_inputs(folder: &Path, documents: usize) {
    for file in 0..FILES {
        let line = |n: usize| {
            let id = file * documents + n;
            let text =
                if n.is_multiple_of(3) { "IL-2 is approved for melanoma." } else { "Nothing was found." };
            format!("{{\"id\": \"{id}\", \"title\": \"T{id}\", \"abstract\": \"{text}\"}}\n")
        };
        let lines: String = (0..documents).map(line).collect();
        fs::write(folder.join(format!("in{file}.jsonl.gz")), gzip(lines.as_bytes())).unwrap();
    }
}

/// Reads every file of a run's folder; of run.json all that must not depend on how the run went.
fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let read = |name: String| {
        let bytes = fs::read(folder.join(&name)).unwrap();
        if name != "run.json" {
            return (name, bytes);
        }
        let mut manifest = manifest(folder);
        assert!(!manifest["sessions"].as_array().unwrap().is_empty());
        manifest["sessions"] = Value::Null;
        (name, manifest.to_string().into_bytes())
    };
    names(folder).into_iter().map(read).collect()
}

fn manifest(folder: &Path) -> Value {
    serde_json::from_slice(&fs::read(folder.join("run.json")).unwrap()).unwrap()
}

fn states(folder: &Path) -> Vec<String> {
    let manifest = manifest(folder);
    let inputs = manifest["inputs"].as_array().unwrap().iter();
    inputs.map(|input| input["state"].as_str().unwrap().to_owned()).collect()
}

fn resume(folder: &Path, out: &str) -> Ran {
    run(folder, &["extract", "--out-dir", out, "--resume"])
}

/// Extracts all inputs of a folder into a run that nothing disturbs.
fn undisturbed(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let ran = run(folder, &["extract", "in?.jsonl.gz", "--out-dir", "undisturbed"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    contents(&folder.join("undisturbed"))
}

#[test]
fn every_input_has_an_output_of_its_own_at_any_number_of_threads() {
    let folder = TempDir::new().unwrap();
    write_inputs(folder.path(), 300);
    fs::create_dir(folder.path().join("more")).unwrap();
    fs::copy(folder.path().join("in0.jsonl.gz"), folder.path().join("more/in1.jsonl.gz")).unwrap();
    for (threads, out) in [("1", "one"), ("5", "five")] {
        let args =
            ["extract", "in?.jsonl.gz", "more", "in1.jsonl.gz", "--threads", threads, "--out-dir", out];
        let ran = run(folder.path(), &args);
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        let last = ran.stderr.lines().last().unwrap();
        assert!(
            last.starts_with("cytosift: 7 of 7 inputs, 2100 documents, 700 triples, 0 rejected, "),
            "{last}"
        );
        assert!(ran.stderr.starts_with("cytosift: working time by step, summed over threads\n  "));
    }
    let one = contents(&folder.path().join("one"));
    assert_eq!(one, contents(&folder.path().join("five")));
    let expected = ["in0", "in1", "in1-2", "in2", "in3", "in4", "in5"];
    let mut expected: Vec<String> = expected
        .iter()
        .flat_map(|name| [format!("{name}.citations.csv.gz"), format!("{name}.csv")])
        .collect();
    expected.extend(["run.json".into(), "run.lock".into()]);
    expected.sort();
    assert_eq!(one.keys().collect::<Vec<_>>(), expected.iter().collect::<Vec<_>>());
    assert_eq!(one["in0.csv"], one["in1-2.csv"]);
    let alone = run(folder.path(), &["extract", "in3.jsonl.gz"]);
    assert_eq!(alone.stdout.as_bytes(), one["in3.csv"], "a part is what the input alone gives");
    let manifest = manifest(&folder.path().join("one"));
    assert_eq!(manifest["status"], "complete");
    assert_eq!(manifest["counts"]["triples"], 700);
    assert_eq!(manifest["configuration"]["run.focus"], "cytokine");
    assert_eq!(manifest["inputs"][6]["name"], "in1-2");
    assert_eq!(manifest["inputs"][6]["counts"]["documents"], 300);
    assert_eq!(manifest["sessions"][0]["threads"], 1);
}

#[test]
fn a_run_is_not_written_over_nor_mixed_with_another_configuration() {
    let folder = TempDir::new().unwrap();
    write_inputs(folder.path(), 3);
    let before = undisturbed(folder.path());
    fs::create_dir(folder.path().join("foreign")).unwrap();
    fs::write(folder.path().join("foreign/in0.csv"), "mine").unwrap();
    let cases: [(&[&str], &str); 7] = [
        (&["--out-dir", "fresh", "--resume"], "fresh: no run is there to go on with; name its inputs"),
        (
            &["in0.jsonl.gz", "--out-dir", "undisturbed"],
            "a run is there already, 6 of 6 inputs done; go on with --resume",
        ),
        (
            &["--out-dir", "undisturbed", "--resume", "--focus", "all"],
            "run.focus is \"all\", was \"cytokine\"",
        ),
        (&["--out-dir", "undisturbed", "--resume", "--format", "jsonl"], "format is \"jsonl\", was \"csv\""),
        (
            &["in0.jsonl.gz", "--out-dir", "foreign"],
            "foreign/in0.csv: the file is there and belongs to no run",
        ),
        (&["-", "--out-dir", "fresh"], "<stdin>: an input of a run must be a file"),
        (&["none.xml", "--out-dir", "fresh"], "none.xml: No such file"),
    ];
    for (args, expected) in cases {
        let ran = run(folder.path(), &[&["extract"], args].concat());
        assert_eq!(ran.code, Some(1), "{args:?}: {}", ran.stderr);
        assert!(ran.stderr.contains(expected), "{args:?}: {}", ran.stderr);
    }
    assert_eq!(contents(&folder.path().join("undisturbed")), before);
    assert_eq!(run(folder.path(), &["extract", "in0.jsonl.gz", "--resume"]).code, Some(2));
}

#[test]
fn a_folder_in_use_is_refused() {
    let folder = TempDir::new().unwrap();
    write_inputs(folder.path(), 3);
    let held = Folder::take(&folder.path().join("run")).unwrap();
    let ran = run(folder.path(), &["extract", "in0.jsonl.gz", "--out-dir", "run"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.contains("another process works in this folder"), "{}", ran.stderr);
    drop(held);
    assert_eq!(run(folder.path(), &["extract", "in0.jsonl.gz", "--out-dir", "run"]).code, Some(0));
}

#[test]
fn only_what_changed_and_what_is_new_is_read_again() {
    let folder = TempDir::new().unwrap();
    write_inputs(folder.path(), 30);
    let out = folder.path().join("run");
    let ran = run(folder.path(), &["extract", "in[0-4].jsonl.gz", "--out-dir", "run"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let inode = |name: &str| fs::metadata(out.join(name)).unwrap().modified().unwrap();
    let kept = ["in0.csv", "in3.csv", "in4.csv"].map(|name| (name, inode(name)));
    fs::write(folder.path().join("in1.jsonl.gz"), fs::read(folder.path().join("in5.jsonl.gz")).unwrap())
        .unwrap();
    fs::write(out.join("in2.csv"), "damaged").unwrap();
    let ran = run(folder.path(), &["extract", "in?.jsonl.gz", "--out-dir", "run", "--resume"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let changed: Vec<&str> = ran.stderr.lines().filter(|line| line.contains("have changed")).collect();
    assert_eq!(changed.len(), 2, "{}", ran.stderr);
    assert!(ran.stderr.contains("in1.jsonl.gz or its outputs") && ran.stderr.contains("in2.jsonl.gz or its"));
    kept.iter().for_each(|(name, then)| assert_eq!(inode(name), *then, "{name}"));
    assert_eq!(contents(&out), undisturbed(folder.path()));
}

#[test]
fn a_corrupt_file_is_named_and_retried_alone() {
    let folder = TempDir::new().unwrap();
    write_inputs(folder.path(), 2000);
    let victim = folder.path().join("in3.jsonl.gz");
    let whole = fs::read(&victim).unwrap();
    fs::write(&victim, &whole[..whole.len() / 2]).unwrap();
    let ran = run(folder.path(), &["extract", "in?.jsonl.gz", "--out-dir", "run"]);
    assert_eq!(ran.code, Some(3), "{}", ran.stderr);
    assert!(ran.stderr.contains("in3.jsonl.gz, byte ") && ran.stderr.contains("cut short"), "{}", ran.stderr);
    assert!(ran.stderr.contains("5 of 6 inputs, "), "{}", ran.stderr);
    let out = folder.path().join("run");
    assert_eq!(states(&out), ["done", "done", "done", "failed", "done", "done"]);
    assert!(manifest(&out)["inputs"][3]["error"].as_str().unwrap().contains("cut short"));
    assert!(!names(&out).iter().any(|name| name.contains("in3")), "{:?}", names(&out));
    let ran = resume(folder.path(), "run");
    assert_eq!((ran.code, states(&out)[3].as_str()), (Some(3), "failed"), "{}", ran.stderr);
    fs::write(&victim, &whole).unwrap();
    let then = fs::metadata(out.join("in2.csv")).unwrap().modified().unwrap();
    let ran = resume(folder.path(), "run");
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert_eq!(fs::metadata(out.join("in2.csv")).unwrap().modified().unwrap(), then);
    assert_eq!(contents(&out), undisturbed(folder.path()));
}

#[test]
fn bad_records_are_kept_beside_their_part() {
    let folder = TempDir::new().unwrap();
    write_inputs(folder.path(), 3);
    fs::write(folder.path().join("bad.jsonl"), "{\"id\": \"1\", \"abstract\": \"x\"}\n{\"id\": cut\n")
        .unwrap();
    for _ in 0..2 {
        let ran =
            run(folder.path(), &["extract", "bad.jsonl", "in0.jsonl.gz", "--out-dir", "run", "--resume"]);
        assert_eq!(ran.code, Some(3), "{}", ran.stderr);
    }
    let rejected = fs::read_to_string(folder.path().join("run/bad.rejected.jsonl")).unwrap();
    let rejected: Value = serde_json::from_str(&rejected).unwrap();
    assert_eq!(rejected["record"], 2);
    fs::write(folder.path().join("bad.jsonl"), "{\"id\": \"1\", \"abstract\": \"x\"}\n").unwrap();
    let ran = resume(folder.path(), "run");
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(!folder.path().join("run/bad.rejected.jsonl").exists());
}

#[test]
fn every_citation_is_listed_with_or_without_triples() {
    let folder = TempDir::new().unwrap();
    let plain = "<PubmedArticle><MedlineCitation><PMID Version=\"2\">7</PMID><Article><ArticleTitle>Roads\
                 </ArticleTitle></Article></MedlineCitation></PubmedArticle>";
    let deleted = "<DeleteCitation><PMID Version=\"1\">5</PMID></DeleteCitation>";
    let xml = pubmed(&[11]).replace("</PubmedArticleSet>", &format!("{plain}{deleted}</PubmedArticleSet>"));
    let xml = xml.replace("IL-2 was given.", "IL-2 is approved for melanoma.");
    fs::write(folder.path().join("a.xml"), xml).unwrap();
    let ran = run(folder.path(), &["extract", "a.xml", "--out-dir", "run"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let file = fs::File::open(folder.path().join("run/a.citations.csv.gz")).unwrap();
    let listed = std::io::read_to_string(GzDecoder::new(file)).unwrap();
    assert_eq!(listed, "document,version,deleted,triples\r\n11,1,false,1\r\n7,2,false,0\r\n5,1,true,0\r\n");
}

/// A moment of a run, told by what is in its folder.
type Moment = (&'static str, fn(&Path) -> bool);

const MOMENTS: [Moment; 4] = [
    ("the manifest is there", |out| out.join("run.json").exists()),
    ("a part is begun", |out| has_bytes(out, ".in")),
    ("a part is complete", |out| names(out).iter().any(|name| name.ends_with(".csv"))),
    ("four parts are complete", |out| names(out).iter().filter(|name| name.ends_with(".csv")).count() >= 4),
];

#[test]
fn a_killed_run_that_is_gone_on_with_leaves_what_one_leaves_that_was_never_killed() {
    let folder = TempDir::new().unwrap();
    write_inputs(folder.path(), 4000);
    let whole = undisturbed(folder.path());
    let out = folder.path().join("run");
    let mut killed = 0;
    for (what, is_so) in MOMENTS {
        let mut child = command(folder.path(), &["extract", "in?.jsonl.gz", "--out-dir", "run", "--resume"])
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        wait_until(what, || out.exists() && is_so(&out) || child.try_wait().unwrap().is_some());
        // Fails if the run was quicker.
        let _ = child.kill();
        killed += usize::from(!child.wait().unwrap().success());
    }
    assert!(killed >= 2, "only {killed} runs were killed: the inputs are too small");
    let ran = resume(folder.path(), "run");
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert_eq!(contents(&out), whole);
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_a_run_that_can_be_gone_on_with() {
    let folder = TempDir::new().unwrap();
    write_inputs(folder.path(), 4000);
    let child = command(folder.path(), &["extract", "in?.jsonl.gz", "--out-dir", "run"])
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let out = folder.path().join("run");
    wait_until("a part is begun", || out.exists() && has_bytes(&out, ".in"));
    interrupt(&child);
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(130), "{stderr}");
    assert!(stderr.contains("go on with cytosift extract --out-dir run --resume"), "{stderr}");
    assert!(!names(&out).iter().any(|name| name.ends_with(".tmp")), "{:?}", names(&out));
    assert_eq!(manifest(&out)["status"], "interrupted");
    assert_eq!(resume(folder.path(), "run").code, Some(0));
    assert_eq!(contents(&out), undisturbed(folder.path()));
}

#[test]
fn a_full_disk_ends_a_run_that_can_be_gone_on_with() {
    let folder = TempDir::new().unwrap();
    write_inputs(folder.path(), 2000);
    let Some(disk) = SmallDisk::mount(&folder.path().join("disk")) else {
        eprintln!("skipped: this user may not mount a small file system");
        return;
    };
    let out: PathBuf = disk.path().join("run");
    let ran = run(folder.path(), &["extract", "in?.jsonl.gz", "--out-dir", "disk/run"]);
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    assert!(ran.stderr.contains("No space left on device"), "{}", ran.stderr);
    let left = names(&out);
    assert!(!left.iter().any(|name| name.ends_with(".tmp")), "{left:?}");
    assert!(left.contains(&"run.json".to_owned()), "{left:?}");
    disk.grow();
    let ran = resume(folder.path(), "disk/run");
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert_eq!(contents(&out), undisturbed(folder.path()));
}

#[test]
fn programs_can_follow_a_run() {
    let folder = TempDir::new().unwrap();
    write_inputs(folder.path(), 300);
    fs::write(folder.path().join("bad.jsonl"), "{\"id\": cut\n").unwrap();
    let args = [
        "extract",
        "in?.jsonl.gz",
        "bad.jsonl",
        "--out-dir",
        "run",
        "--log",
        "json",
        "--metrics",
        "run.prom",
    ];
    let ran = run(folder.path(), &args);
    assert_eq!(ran.code, Some(3), "{}", ran.stderr);
    let lines: Vec<Value> = ran.stderr.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let event =
        |name: &str| lines.iter().find(|line| line["event"] == name).unwrap_or_else(|| panic!("{name}"));
    assert_eq!(event("rejected")["rejected"]["record"], 1);
    assert!(event("steps")["steps"]["parse"].as_f64().unwrap() > 0.0);
    assert!(event("ended")["message"].as_str().unwrap().starts_with("7 of 7 inputs, 1800 documents"));
    assert!(lines.iter().all(|line| line["time"].as_str().unwrap().ends_with('Z')));
    let metrics = fs::read_to_string(folder.path().join("run.prom")).unwrap();
    for expected in ["running 0", "documents_total 1800", "rejected_total 1", "files_finished_total 7"] {
        assert!(metrics.contains(&format!("\ncytosift_{expected}\n")), "{expected}: {metrics}");
    }
    let ran = run(folder.path(), &["extract", "in0.jsonl.gz", "--out-dir", "run", "--log", "json"]);
    let last: Value = serde_json::from_str(ran.stderr.lines().last().unwrap()).unwrap();
    assert_eq!((ran.code, last["event"].as_str()), (Some(1), Some("failed")));
}
