//! Log: what is said on standard error, as text for people or as one JSON object a line for programs.

use std::time::SystemTime;

use clap::ValueEnum;
use serde_json::{Map, Value, json};

/// The forms of the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum LogForm {
    /// Lines for people, and a bar on a terminal.
    #[default]
    Text,
    /// One JSON object a line: `time`, `event`, `message` and what belongs to the event.
    Json,
}

impl LogForm {
    /// Returns a line; `fields` are for programs only.
    pub(super) fn line(self, event: &str, message: &str, fields: Value) -> String {
        match self {
            LogForm::Text => format!("cytosift: {message}"),
            LogForm::Json => {
                let time = humantime::format_rfc3339_millis(SystemTime::now()).to_string();
                let mut line = Map::new();
                line.insert("time".into(), time.into());
                line.insert("event".into(), event.into());
                line.insert("message".into(), message.into());
                if let Value::Object(fields) = fields {
                    line.extend(fields);
                }
                Value::Object(line).to_string()
            }
        }
    }

    /// Says why the program failed.
    pub(super) fn fail(self, error: &anyhow::Error) {
        eprintln!("{}", self.line("failed", &format!("{error:#}"), json!({})));
    }
}
