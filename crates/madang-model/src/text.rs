//! Words that a shop shows, in Korean and, where the shop wrote it, in English.

use serde::{Deserialize, Serialize};

/// A text in Korean with an optional English form. Written in the shop's file as `"아메리카노"` or `{ ko = "…", en = "…" }`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "Written")]
pub struct Text {
    /// The Korean form; always there.
    pub ko: String,
    /// The English form, when the shop wrote one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub en: Option<String>,
}

impl Text {
    /// A text with both forms.
    pub fn new(ko: impl Into<String>, en: impl Into<String>) -> Self {
        Self {
            ko: ko.into(),
            en: Some(en.into()),
        }
    }

    /// A text that is only known in one form.
    pub fn plain(ko: impl Into<String>) -> Self {
        Self {
            ko: ko.into(),
            en: None,
        }
    }

    /// This text and `next`, a sentence each.
    #[must_use]
    pub fn followed_by(&self, next: &Self) -> Self {
        let joined = |first: &str, next: &str| format!("{}. {next}", first.trim_end_matches('.'));
        Self::new(
            joined(&self.ko, &next.ko),
            joined(self.english(), next.english()),
        )
    }

    /// The English form, or the Korean one when there is no other.
    pub fn english(&self) -> &str {
        self.en.as_deref().unwrap_or(&self.ko)
    }
}

impl From<&str> for Text {
    fn from(ko: &str) -> Self {
        Self::plain(ko)
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Plain(String),
    Both { ko: String, en: Option<String> },
}

impl From<Written> for Text {
    fn from(written: Written) -> Self {
        match written {
            Written::Plain(ko) => Self { ko, en: None },
            Written::Both { ko, en } => Self { ko, en },
        }
    }
}
