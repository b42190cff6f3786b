//! Facts: what was run, on what and where, in words.

use crate::evaluate::results::Run;

/// Returns the name of what was evaluated: `BC5CDR devel`.
pub(super) fn title(run: &Run) -> String {
    format!("{} {}", run.corpus, run.split).trim().to_owned()
}

/// Returns the program and its version: `cytosift 0.1.0, commit 0123abc`.
pub fn program(run: &Run) -> String {
    let commit = if run.commit.is_empty() { String::new() } else { format!(", commit {}", run.commit) };
    format!("cytosift {}{commit}", run.version)
}

/// Returns the machine: `linux x86_64, AMD EPYC, 2 cores, 24 GiB memory`.
pub fn machine(run: &Run) -> String {
    let machine = &run.machine;
    let memory = match machine.memory_bytes {
        0 => String::new(),
        bytes => format!("{} GiB memory", bytes.div_ceil(1 << 30)),
    };
    let parts =
        [machine.system.clone(), machine.processor.clone(), format!("{} cores", machine.cores), memory];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
}

/// Returns what to know of a run, as pairs of name and value.
pub(super) fn facts(run: &Run) -> Vec<(&'static str, String)> {
    let (size, resampling) = (run.size, run.resampling);
    let mut facts = vec![(
        "Gold",
        format!(
            "{} documents, {} tokens, {} mentions, {} relations",
            size.documents, size.tokens, size.mentions, size.relations
        ),
    )];
    for file in &run.gold {
        let sum: String = file.sha256.chars().take(12).collect();
        let sum = if sum.is_empty() { sum } else { format!(" (SHA-256 {sum}…)") };
        facts.push(("File", format!("{}{sum}", file.path)));
    }
    let resampled = format!(
        "{} bootstrap samples, {} rounds of randomisation, seed {}",
        resampling.bootstrap_samples, resampling.randomisation_rounds, resampling.seed
    );
    facts.push(("Label map", run.map.clone()));
    facts.push(("Program", program(run)));
    facts.push(("Machine", machine(run)));
    facts.push(("Resampling", resampled));
    facts.push(("Date", run.date.clone()));
    facts.retain(|(_, value)| !value.is_empty());
    facts
}
