//! What went wrong, as `application/problem+json` (RFC 9457), in English and Korean, with what to do.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use madang_model::Refusal;
use serde::Serialize;
use utoipa::ToSchema;

use crate::DeskError;
use crate::import::ImportRefused;
use crate::terminal::TerminalAway;
use crate::upstream::{NetworkRefused, UpstreamRefused};
use crate::view::import::RowRefusedView;
use crate::view::plugin::FieldError;
use madang_outbox::DecideError;
use madang_till::TillError;

/// An error on its way to the caller; boxed, because every handler's result carries room for it.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem(Box<ProblemView>);

/// An error as the caller sees it.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemView {
    /// Always `about:blank`: `code` says what it is.
    #[serde(rename = "type")]
    pub kind: String,
    /// The status in words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What it is, as `sold-out`; stays the same when the words change.
    pub code: String,
    /// What happened, in English.
    pub detail: String,
    /// What happened, in Korean.
    pub detail_ko: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// What is wrong with which field, for forms.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FieldError>,
    /// Which rows of a batch cannot be taken, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rows: Vec<RowRefusedView>,
}

impl Problem {
    /// A problem with its status, code and both forms of its sentence.
    pub fn new(
        status: StatusCode,
        code: impl Into<String>,
        detail: impl Into<String>,
        detail_ko: impl Into<String>,
    ) -> Self {
        Self(Box::new(ProblemView {
            kind: "about:blank".into(),
            title: status.canonical_reason().unwrap_or("Error").into(),
            status: status.as_u16(),
            code: code.into(),
            detail: detail.into(),
            detail_ko: detail_ko.into(),
            hint: None,
            fields: Vec::new(),
            rows: Vec::new(),
        }))
    }

    /// What it is, as `sold-out`.
    pub fn code(&self) -> &str {
        &self.0.code
    }

    /// The same with what to do about it.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status =
            StatusCode::from_u16(self.0.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(self.0)).into_response();
        response.headers_mut().insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        response
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let code = code(&refusal);
        let detail = refusal.to_string();
        let mut problem = Self::new(status(&refusal), code, detail, refusal.korean());
        if let Refusal::RowsRefused { rows } = refusal {
            problem.0.rows = rows.into_iter().map(RowRefusedView::of).collect();
        }
        problem
    }
}

impl From<TillError> for Problem {
    fn from(error: TillError) -> Self {
        match error {
            TillError::Refused(refusal) => refusal.into(),
            unavailable => unavailable_till(&unavailable),
        }
    }
}

impl From<DeskError> for Problem {
    fn from(error: DeskError) -> Self {
        let detail = error.to_string();
        let not_found =
            |code, detail_ko| Self::new(StatusCode::NOT_FOUND, code, &detail, detail_ko);
        match error {
            DeskError::NoSuchPlugin(_) => not_found("no-such-plugin", "그런 플러그인이 없어요"),
            DeskError::NoSuchToast(_) => not_found("no-such-toast", "이미 닫힌 알림이에요"),
            DeskError::NoSuchButton(_) => not_found("no-such-button", "설정에 그런 버튼이 없어요"),
            DeskError::Fields(fields) => {
                let mut problem = Self::new(
                    StatusCode::UNPROCESSABLE_ENTITY,
                    "bad-settings",
                    detail,
                    "값을 확인해 주세요",
                );
                problem.0.fields = fields;
                problem
            }
            DeskError::NotNow {
                message,
                message_ko,
            } => Self::new(StatusCode::CONFLICT, "not-now", message, message_ko),
        }
    }
}

impl From<DecideError> for Problem {
    fn from(error: DecideError) -> Self {
        match error {
            DecideError::NotAside { .. } => Self::new(
                StatusCode::NOT_FOUND,
                "not-aside",
                error.to_string(),
                "그런 메시지가 따로 놓여 있지 않아요",
            )
            .with_hint(
                "`madang outbox` lists those that do; it may have been decided about already",
            ),
            DecideError::NotServed { .. } => Self::new(
                StatusCode::NOT_FOUND,
                "not-served",
                error.to_string(),
                "그런 곳에는 보내고 있지 않아요",
            )
            .with_hint("`madang outbox` lists the destinations by their names"),
            DecideError::Read(error) => TillError::from(error).into(),
            DecideError::Write(error) => TillError::from(error).into(),
        }
    }
}

impl From<TerminalAway> for Problem {
    fn from(away: TerminalAway) -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "terminal-away",
            away.to_string(),
            format!("카드 단말기({})가 답하지 않아요", away.0),
        )
        .with_hint("start it again with `madang terminal`; cash can be taken meanwhile")
    }
}

impl From<UpstreamRefused> for Problem {
    fn from(refused: UpstreamRefused) -> Self {
        let detail = refused.to_string();
        match refused {
            UpstreamRefused::BadOrigin { .. } => bad_origin(detail),
            UpstreamRefused::NoneKnown => Self::new(
                StatusCode::NOT_FOUND,
                "no-such-upstream",
                detail,
                "아직 부른 적이 없는 서버예요",
            )
            .with_hint(
                "GET /api/upstreams lists those that were, and what was decided about others",
            ),
            UpstreamRefused::NoSuchCaller { ref caller, .. } => Self::new(
                StatusCode::NOT_FOUND,
                "no-such-caller",
                detail,
                format!("“{caller}”(이)라는 플러그인이나 웹훅이 없어요"),
            ),
            UpstreamRefused::NotKept(_) => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "not-kept",
                detail,
                "결정을 저장하지 못했어요. 디스크를 확인하고 다시 해 주세요",
            ),
        }
    }
}

impl From<NetworkRefused> for Problem {
    fn from(refused: NetworkRefused) -> Self {
        let detail = refused.to_string();
        match refused {
            NetworkRefused::NoSwitch => Self::new(
                StatusCode::NOT_FOUND,
                "no-network-switch",
                detail,
                "이 포스에는 네트워크 스위치가 없어요",
            )
            .with_hint("`madang dev` has one"),
            NetworkRefused::BadOrigin { .. } => bad_origin(detail),
            NetworkRefused::BadPlan(_) => Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "bad-network-plan",
                detail,
                "네트워크 스위치를 이렇게는 돌릴 수 없어요",
            ),
        }
    }
}

impl From<ImportRefused> for Problem {
    fn from(refused: ImportRefused) -> Self {
        use ImportRefused as R;
        let detail = refused.to_string();
        let problem = |status, code, detail_ko: &str| Self::new(status, code, &detail, detail_ko);
        match refused {
            R::TooLarge { bytes_max } => {
                let megabytes = bytes_max / (1024 * 1024);
                let detail_ko = format!("파일이 {megabytes} MiB보다 커요");
                problem(StatusCode::PAYLOAD_TOO_LARGE, "file-too-large", &detail_ko).with_hint(
                    "pack it with gzip or zip, divide it, or use `madang import`, which reads files of any size",
                )
            }
            R::Empty => problem(UNFIT, "file-empty", "빈 파일이에요"),
            R::NoRoom { .. } => problem(
                StatusCode::INSUFFICIENT_STORAGE,
                "no-room",
                "저장 공간이 모자라 파일을 받을 수 없어요",
            ),
            R::BrokeOff => problem(
                StatusCode::BAD_REQUEST,
                "file-broke-off",
                "파일을 받다가 끊겼어요",
            ),
            R::Uploading => problem(StatusCode::CONFLICT, "uploading", "다른 파일을 받고 있어요"),
            R::NoSuchUpload(_) => problem(
                StatusCode::NOT_FOUND,
                "no-such-upload",
                "그 파일이 이제 없어요. 다시 올려 주세요",
            ),
            R::NoSuchRun(_) => problem(
                StatusCode::NOT_FOUND,
                "no-such-import",
                "그런 가져오기가 없거나 거절된 줄이 없어요",
            ),
            R::UnknownKind(_) => problem(
                UNFIT,
                "no-such-kind",
                "포스에는 메뉴와 재고만 가져올 수 있어요",
            )
            .with_hint("the kinds are menu and stock"),
            R::BadMapping { message_ko, .. } => problem(UNFIT, "bad-mapping", &message_ko),
            R::Unreadable { message_ko, .. } => problem(UNFIT, "unreadable-file", &message_ko),
            R::UnderWay => problem(
                StatusCode::CONFLICT,
                "import-under-way",
                "지금 하고 있는 확인이나 가져오기가 있어요",
            ),
            R::NothingUnderWay => problem(
                StatusCode::CONFLICT,
                "no-import-under-way",
                "지금 하고 있는 확인이나 가져오기가 없어요",
            ),
            R::ImportedBefore { .. } => problem(
                StatusCode::CONFLICT,
                "imported-before",
                "이미 가져온 파일이에요",
            )
            .with_hint("send if_known \"again\" to import it once more"),
            R::BegunBefore { .. } => problem(
                StatusCode::CONFLICT,
                "begun-before",
                "가져오다 멈춘 파일이에요",
            )
            .with_hint("send if_known \"go_on\" to go on with it, \"again\" to begin anew"),
            R::Storage { .. } => {
                tracing::error!(
                    problem = detail,
                    "what imports keep could not be read or written"
                );
                problem(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "import-storage",
                    "가져오기 기록을 읽거나 쓸 수 없어요. 저장 공간을 확인해 주세요",
                )
            }
        }
    }
}

/// The request is understood, and what it brings cannot be taken.
const UNFIT: StatusCode = StatusCode::UNPROCESSABLE_ENTITY;

fn bad_origin(detail: String) -> Problem {
    Problem::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "bad-origin",
        detail,
        "서버 주소는 https://api.example.com 처럼 적어 주세요",
    )
}

fn unavailable_till(error: &TillError) -> Problem {
    tracing::error!(
        error = error as &dyn std::error::Error,
        "the till could not do it"
    );
    Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "till-unavailable",
        error.to_string(),
        "지금은 저장할 수 없어요. 저장 공간과 로그를 확인해 주세요",
    )
    .with_hint("see the log of madang; send the same request with the same Idempotency-Key again when it is mended")
}

/// The word that a refusal carries in the journal and on the wire.
fn code(refusal: &Refusal) -> String {
    let value = serde_json::to_value(refusal).unwrap_or_default();
    value["code"].as_str().unwrap_or("refused").to_owned()
}

fn status(refusal: &Refusal) -> StatusCode {
    use Refusal as R;
    match refusal {
        R::NoSuchOrder { .. }
        | R::NoSuchPayment { .. }
        | R::NoSuchItem { .. }
        | R::NoItemCalled { .. }
        | R::NoSuchBarcode { .. }
        | R::NoSuchTable { .. }
        | R::NoSuchLine { .. }
        | R::NoSuchHeldCart { .. }
        | R::NoSuchDiscount { .. } => StatusCode::NOT_FOUND,
        R::BadQuantity { .. }
        | R::TooFewChoices { .. }
        | R::TooManyChoices { .. }
        | R::NoSuchChoice { .. }
        | R::AmountNotPositive { .. }
        | R::BadAmount
        | R::PartTooLarge { .. }
        | R::TooLong { .. }
        | R::TooMany { .. }
        | R::TipsNotTaken
        | R::RowsRefused { .. }
        | R::KeyUsedForSomethingElse
        | R::NotValid { .. } => StatusCode::UNPROCESSABLE_ENTITY,
        // The rest depend on how things stand now: the same request may be right later.
        _ => StatusCode::CONFLICT,
    }
}
