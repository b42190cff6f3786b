//! Vocabulary: the tokenizer of a checkpoint, from `tokenizer.json` or from the older files of its family.

use std::path::Path;

use serde_json::{Map, Value, json};

use super::text;

/// Returns the tokenizer as `tokenizer.json` has it, and the files it was made of.
pub(super) fn read(folder: &Path) -> Result<(Vec<u8>, Vec<&'static str>), String> {
    let has = |name: &str| folder.join(name).is_file();
    if has("tokenizer.json") {
        return Ok((text(folder, "tokenizer.json")?.into_bytes(), vec!["tokenizer.json"]));
    }
    if has("vocab.txt") {
        let mut files = vec!["vocab.txt"];
        let settings = match has("tokenizer_config.json") {
            true => {
                files.push("tokenizer_config.json");
                let of = serde_json::from_str(&text(folder, "tokenizer_config.json")?);
                of.map_err(|e| format!("tokenizer_config.json: {e}"))?
            }
            false => Value::Null,
        };
        return Ok((word_pieces(&text(folder, "vocab.txt")?, &settings)?.to_string().into_bytes(), files));
    }
    if has("vocab.json") && has("merges.txt") {
        let vocabulary = serde_json::from_str(&text(folder, "vocab.json")?);
        let vocabulary = vocabulary.map_err(|e| format!("vocab.json: {e}"))?;
        let made = byte_pairs(vocabulary, &text(folder, "merges.txt")?)?;
        return Ok((made.to_string().into_bytes(), vec!["vocab.json", "merges.txt"]));
    }
    Err("no tokenizer: tokenizer.json, vocab.txt or vocab.json with merges.txt is missing".into())
}

/// Makes the tokenizer of BERT and ELECTRA; as with transformers, case is folded unless the settings say otherwise.
fn word_pieces(vocabulary: &str, settings: &Value) -> Result<Value, String> {
    let pieces: Map<String, Value> =
        vocabulary.lines().enumerate().map(|(n, piece)| (piece.trim_end().to_owned(), n.into())).collect();
    let ends = ["[SEP]", "[CLS]"].map(|name| pieces.get(name).map(|id| json!([name, id])));
    let [Some(sep), Some(cls)] = ends else {
        return Err("vocab.txt: [CLS] or [SEP] is missing".into());
    };
    let lowercase = settings.get("do_lower_case").and_then(Value::as_bool).unwrap_or(true);
    let accents = settings.get("strip_accents").cloned().unwrap_or_default();
    Ok(json!({
        "version": "1.0",
        "added_tokens": [],
        "normalizer": {
            "type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": accents,
            "lowercase": lowercase,
        },
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {"type": "BertProcessing", "sep": sep, "cls": cls},
        "model": {
            "type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100, "vocab": pieces,
        },
    }))
}

/// Makes the tokenizer of RoBERTa and of the first DeBERTa.
fn byte_pairs(pieces: Map<String, Value>, merges: &str) -> Result<Value, String> {
    let id = |name: &str| pieces.get(name).map(|id| json!([name, id]));
    let around = id("</s>").zip(id("<s>")).or_else(|| id("[SEP]").zip(id("[CLS]")));
    let Some((sep, cls)) = around else {
        return Err("vocab.json: the pieces that begin and end a text are missing".into());
    };
    let merges: Vec<&str> =
        merges.lines().filter(|line| !line.is_empty() && !line.starts_with("#version")).collect();
    Ok(json!({
        "version": "1.0",
        "added_tokens": [],
        "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true},
        "post_processor": {
            "type": "RobertaProcessing", "sep": sep, "cls": cls, "trim_offsets": true, "add_prefix_space": false,
        },
        "model": {"type": "BPE", "vocab": pieces, "merges": merges},
    }))
}
