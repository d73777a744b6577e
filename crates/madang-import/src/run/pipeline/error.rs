//! What ends a run before its end.

use crate::check::MappingError;
use crate::read::{ReadError, ReadErrorKind};
use crate::run::check_stage::CheckStageError;
use crate::run::report::Outcome;
use crate::run::write::WriteError;
use crate::sink::SinkErrorKind;

/// What ended a run.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// An input could not be read.
    #[error("the import could not be read")]
    Read(#[source] ReadError),
    /// The inputs do not fit the mapping.
    #[error("the columns do not fit the mapping")]
    Mapping(#[source] Box<MappingError>),
    /// The rows could not be checked.
    #[error("the import could not be checked")]
    Check(#[source] CheckStageError),
    /// The rows could not be written.
    #[error("the import could not be written")]
    Write(#[source] WriteError),
    /// The same was begun before, and nobody said to go on.
    #[error("this import was begun before: {rows_written} rows are at the sink")]
    BegunBefore {
        /// Rows that are at the sink.
        rows_written: u64,
    },
    /// A fault of our own.
    #[error("the {stage} stage of the import broke down")]
    Panicked {
        /// Which.
        stage: &'static str,
    },
}

impl RunError {
    /// How the run ended by it.
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::Read(ReadError {
                kind: ReadErrorKind::Broken,
                ..
            }) => Outcome::SourceGone,
            Self::Write(WriteError::Stopped) => Outcome::Stopped,
            Self::Write(WriteError::LimitReached { .. }) => Outcome::Limit,
            Self::Write(WriteError::GaveUp { .. }) => Outcome::SinkGone,
            Self::Write(WriteError::Sink { source, .. }) => match source.kind {
                SinkErrorKind::Setup => Outcome::ToMend,
                _ => Outcome::SinkGone,
            },
            _ => Outcome::ToMend,
        }
    }

    /// With everything under it, in English.
    pub(super) fn in_words(&self) -> String {
        let mut text = self.to_string();
        let mut source = std::error::Error::source(self);
        while let Some(next) = source {
            text.push_str(": ");
            text.push_str(&next.to_string());
            source = next.source();
        }
        text
    }

    /// What ended the run, in Korean and without names of files and sinks: for the page of a shop.
    pub fn korean(&self) -> String {
        match self {
            Self::Read(error) | Self::Check(CheckStageError::Read(error)) => error.korean(),
            Self::Mapping(error) | Self::Check(CheckStageError::Mapping(error)) => error.korean(),
            Self::Check(CheckStageError::Check(_)) => {
                "임시 파일을 쓸 수 없어요. 디스크에 자리가 있는지 확인해 주세요".to_owned()
            }
            Self::Write(WriteError::Sink { source, .. } | WriteError::GaveUp { source, .. }) => {
                source.message_ko.clone()
            }
            Self::Write(WriteError::Elsewhere { .. }) => {
                "같은 파일을 다른 곳에서 가져오고 있어요".to_owned()
            }
            Self::Write(WriteError::State(error)) => match error.full_folder() {
                Some(_) => "디스크가 가득 차서 진행 기록을 저장할 수 없어요. 자리를 만든 뒤 이어서 가져와 주세요",
                None => "진행 기록을 저장할 수 없어요",
            }
            .to_owned(),
            Self::Write(WriteError::LimitReached { refused, rows, .. }) => {
                format!("{rows}줄 가운데 {refused}줄을 거절해서 멈췄어요")
            }
            Self::Write(WriteError::Stopped) => "요청대로 멈췄어요".to_owned(),
            Self::BegunBefore { rows_written } => {
                format!("전에 시작한 가져오기예요. {rows_written}줄이 이미 있어요")
            }
            Self::Panicked { .. } => "가져오기가 고장 났어요".to_owned(),
        }
    }
}
