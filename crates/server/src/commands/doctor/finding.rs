//! What a check says.

use serde::Serialize;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Level {
    /// As it should be.
    Ok,
    /// It works, but not for everybody or not for long.
    Warning,
    /// It does not work.
    Problem,
}

/// What a check says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Finding {
    /// A name for programs, in `snake_case`; it stays the same from version to version.
    pub(crate) id: &'static str,
    /// How bad it is.
    pub(crate) level: Level,
    /// What was found.
    pub(crate) text: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) remedy: Option<String>,
}

impl Finding {
    pub(super) fn ok(id: &'static str, text: impl Into<String>) -> Self {
        Self {
            id,
            level: Level::Ok,
            text: text.into(),
            remedy: None,
        }
    }

    pub(super) fn warning(
        id: &'static str,
        text: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            id,
            level: Level::Warning,
            text: text.into(),
            remedy: Some(remedy.into()),
        }
    }

    pub(super) fn problem(
        id: &'static str,
        text: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            id,
            level: Level::Problem,
            text: text.into(),
            remedy: Some(remedy.into()),
        }
    }

    /// The finding as a line for people.
    pub(super) fn line(&self) -> String {
        let level = match self.level {
            Level::Ok => "ok",
            Level::Warning => "warning",
            Level::Problem => "problem",
        };
        let remedy = self.remedy.as_deref().map(|remedy| format!(". {remedy}"));
        let line = format!(
            "{level:7}  {:28}  {}{}",
            self.id,
            self.text,
            remedy.unwrap_or_default()
        );
        line.replace('\n', "; ")
    }
}
