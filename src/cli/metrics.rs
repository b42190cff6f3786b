//! Metrics: the counters of a run as a file in Prometheus' text form, for its node exporter or anything that reads lines.

use std::fmt::Write;
use std::path::Path;

use crate::Result;
use crate::report::Counts;
use crate::writers::Output;

/// The counters at one moment.
#[derive(Debug, Default)]
pub(super) struct Snapshot {
    /// What was counted.
    pub(super) counts: Counts,
    /// Bytes read, before decompression, and those there are, if known.
    pub(super) bytes: (u64, Option<u64>),
    /// Files finished, and those there are.
    pub(super) files: (u64, usize),
    /// Seconds since the start.
    pub(super) seconds: f64,
    /// Whether the run goes on.
    pub(super) running: bool,
}

impl Snapshot {
    /// Estimates the seconds that are left, from the bytes.
    pub(super) fn seconds_left(&self) -> Option<f64> {
        let (read, total) = (self.bytes.0 as f64, self.bytes.1? as f64);
        (read > 0.0).then(|| (total - read).max(0.0) / read * self.seconds)
    }

    /// Writes the file; there is a whole one at any moment.
    pub(super) fn write(&self, path: &Path) -> Result<()> {
        let mut output = Output::create(path, b"")?;
        output.write(self.to_prometheus().as_bytes())?;
        output.finish()
    }

    /// Renders the file (<https://prometheus.io/docs/instrumenting/exposition_formats/>).
    fn to_prometheus(&self) -> String {
        let counts = &self.counts;
        let mut out = String::new();
        let mut put = |name: &str, kind: &str, help: &str, values: &[(String, f64)]| {
            // Writing to a string cannot fail.
            let _ = writeln!(out, "# HELP cytosift_{name} {help}\n# TYPE cytosift_{name} {kind}");
            for (label, value) in values {
                let _ = writeln!(out, "cytosift_{name}{label} {value}");
            }
        };
        let one = |value: f64| vec![(String::new(), value)];
        put("running", "gauge", "1 while the run goes on.", &one(f64::from(u8::from(self.running))));
        put("seconds", "gauge", "Seconds since the start.", &one(self.seconds));
        if let Some(left) = self.seconds_left() {
            put("seconds_left", "gauge", "Estimate of the seconds that are left.", &one(left));
        }
        put("files", "gauge", "Input files.", &one(self.files.1 as f64));
        put("files_finished_total", "counter", "Input files finished.", &one(self.files.0 as f64));
        if let Some(total) = self.bytes.1 {
            put("bytes", "gauge", "Bytes of the input files.", &one(total as f64));
        }
        put("bytes_read_total", "counter", "Bytes read of them.", &one(self.bytes.0 as f64));
        put("records_total", "counter", "Records read.", &one(counts.records as f64));
        put("documents_total", "counter", "Documents processed.", &one(counts.documents as f64));
        put("triples_total", "counter", "Triples written.", &one(counts.triples as f64));
        put("rejected_total", "counter", "Records and files rejected.", &one(counts.rejected as f64));
        let steps: Vec<(String, f64)> =
            counts.seconds.iter().map(|(step, seconds)| (format!("{{step=\"{step}\"}}"), *seconds)).collect();
        put("step_seconds_total", "counter", "Working time by step, summed over threads.", &steps);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_is_in_the_text_form_of_prometheus() {
        let mut counts = Counts { documents: 1200, ..Counts::default() };
        counts.seconds.insert("parse".into(), 1.5);
        let snapshot =
            Snapshot { counts, bytes: (250, Some(1000)), files: (1, 4), seconds: 10.0, running: true };
        let text = snapshot.to_prometheus();
        for expected in [
            "# HELP cytosift_documents_total Documents processed.\n# TYPE cytosift_documents_total counter\n\
             cytosift_documents_total 1200\n",
            "cytosift_running 1\n",
            "cytosift_seconds_left 30\n",
            "cytosift_files_finished_total 1\n",
            "cytosift_step_seconds_total{step=\"parse\"} 1.5\n",
        ] {
            assert!(text.contains(expected), "{expected} is not in\n{text}");
        }
    }
}
