//! Files that are imported by hand, before a desk that keeps what it is told.

use std::sync::{Mutex, MutexGuard};

use async_trait::async_trait;
use axum::body::{Body, Bytes};
use futures::{StreamExt, TryStreamExt};
use jiff::Timestamp;
use madang_server::import::Pieces;
use madang_server::view::import_file::{
    IfKnown, ImportJob, ImportJobKind, ImportPace, ImportWork, MappingChoice, PastImport,
    ProposalView, ProposeMapping, RunImport, UploadView,
};
use madang_server::{BODY_BYTES_MAX, ImportDesk, ImportRefused};
use serde_json::{Value, json};

use crate::site::Site;

/// A desk without files: one is there, `u1`, and what is begun stays under way until it is stopped.
#[derive(Default)]
pub struct TestImports(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    brought: Vec<u64>,
    job: Option<ImportJob>,
}

const BYTES_MAX: u64 = 4 * BODY_BYTES_MAX as u64;

impl TestImports {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().expect("no test panics while it holds this")
    }

    fn begin(&self, what: ImportJobKind, asked: RunImport) -> Result<ImportJob, ImportRefused> {
        let mut kept = self.kept();
        if kept.job.is_some() {
            return Err(ImportRefused::UnderWay);
        }
        let mapping = match asked.mapping {
            MappingChoice::Kind(kind) if kind == "menu" => kind,
            MappingChoice::Kind(kind) => return Err(ImportRefused::UnknownKind(kind)),
            MappingChoice::Own(_) => {
                return Err(ImportRefused::BadMapping {
                    message: "it is no TOML".into(),
                    message_ko: "TOML 형식이 아니에요".into(),
                });
            }
        };
        if asked.if_known == IfKnown::Refuse && what == ImportJobKind::Import {
            return Err(ImportRefused::ImportedBefore { run: "r1".into() });
        }
        let job = ImportJob {
            number: 1,
            what,
            upload: upload(&asked.upload)?,
            mapping,
            progress: ImportPace {
                elapsed_ms: 10,
                rows_read: 5,
                rows_written: 4,
                rows_refused: 1,
                bytes_read: 90,
                rows_per_second: 500,
                per_mille: Some(250),
                left_ms: Some(30),
                slowest_stage: Some("write".into()),
            },
            report: None,
        };
        kept.job = Some(job.clone());
        Ok(job)
    }
}

fn upload(id: &str) -> Result<UploadView, ImportRefused> {
    match id {
        "u1" => Ok(UploadView {
            id: id.into(),
            name: "메뉴.csv".into(),
            bytes: 360,
        }),
        _ => Err(ImportRefused::NoSuchUpload(id.into())),
    }
}

#[async_trait]
impl ImportDesk for TestImports {
    async fn upload(
        &self,
        name: &str,
        bytes: Option<u64>,
        mut body: Pieces,
    ) -> Result<UploadView, ImportRefused> {
        if bytes.is_some_and(|bytes| bytes > BYTES_MAX) {
            return Err(ImportRefused::TooLarge {
                bytes_max: BYTES_MAX,
            });
        }
        let mut count = 0;
        while let Some(piece) = body.try_next().await.map_err(|_| ImportRefused::BrokeOff)? {
            count += piece.len() as u64;
        }
        if count == 0 {
            return Err(ImportRefused::Empty);
        }
        self.kept().brought.push(count);
        Ok(UploadView {
            id: "u1".into(),
            name: name.into(),
            bytes: count,
        })
    }

    async fn propose(&self, asked: ProposeMapping) -> Result<ProposalView, ImportRefused> {
        upload(&asked.upload)?;
        Err(ImportRefused::Unreadable {
            message: "it is empty: a header line was expected".into(),
            message_ko: "빈 파일이에요. 첫 줄에 열 이름이 있어야 해요".into(),
        })
    }

    async fn check(&self, asked: RunImport) -> Result<ImportJob, ImportRefused> {
        self.begin(ImportJobKind::Check, asked)
    }

    async fn start(&self, asked: RunImport) -> Result<ImportJob, ImportRefused> {
        self.begin(ImportJobKind::Import, asked)
    }

    fn stop(&self) -> Result<ImportJob, ImportRefused> {
        let job = self.kept().job.take();
        job.ok_or(ImportRefused::NothingUnderWay)
    }

    fn work(&self) -> ImportWork {
        ImportWork {
            upload_bytes_max: BYTES_MAX,
            job: self.kept().job.clone(),
        }
    }

    async fn history(&self) -> Result<Vec<PastImport>, ImportRefused> {
        Ok(vec![PastImport {
            run: "r1".into(),
            files: vec!["메뉴.csv".into()],
            mapping: "menu".into(),
            started_at: Timestamp::UNIX_EPOCH,
            outcome: None,
            rows_written: 4,
            rows_refused: 1,
            has_refused_file: true,
            is_under_way: false,
        }])
    }

    async fn refused_rows(&self, run: &str) -> Result<Pieces, ImportRefused> {
        match run {
            "r1" => {
                let pieces = ["\u{feff}메뉴,값\r\n", "커피,공짜\r\n"];
                Ok(futures::stream::iter(pieces.map(|text| Ok(Bytes::from(text)))).boxed())
            }
            "disk" => Err(ImportRefused::Storage {
                message: "no such device".into(),
            }),
            _ => Err(ImportRefused::NoSuchRun(run.into())),
        }
    }
}

#[tokio::test]
async fn a_file_comes_in_pieces_and_may_be_larger_than_any_other_body() {
    let site = Site::open().await;
    let path = "/api/import/uploads?name=%EB%A9%94%EB%89%B4.csv";
    let pieces = (0..8).map(|_| Ok::<_, std::io::Error>(vec![b'a'; BODY_BYTES_MAX / 4]));
    let body = Body::from_stream(futures::stream::iter(pieces));
    let brought = site.ask("POST", path).text(body).send().await.ok();
    let bytes = 2 * BODY_BYTES_MAX;
    assert_eq!(
        brought,
        json!({ "id": "u1", "name": "메뉴.csv", "bytes": bytes })
    );

    let broken = [Ok(vec![b'a']), Err(std::io::Error::other("cut off"))];
    let broken = Body::from_stream(futures::stream::iter(broken));
    let rows = [
        (path, broken, (400, "file-broke-off")),
        (path, Body::empty(), (422, "file-empty")),
        ("/api/import/uploads", Body::from("a"), (400, "bad-query")),
        (
            "/api/import/uploads?name=a&more=b",
            Body::from("a"),
            (400, "bad-query"),
        ),
    ];
    for (path, body, expected) in rows {
        let answered = site.ask("POST", path).text(body).send().await;
        assert_eq!(answered.refusal(), expected, "{path}");
    }
    let large = site
        .ask("POST", path)
        .header("content-length", (BYTES_MAX + 1).to_string())
        .text("a")
        .send()
        .await;
    assert_eq!(large.refusal(), (413, "file-too-large"));
    assert_eq!(large.body["detail_ko"], "파일이 1 MiB보다 커요");
    let stranger = site
        .stranger("POST", path)
        .header("host", crate::site::HOST)
        .text("a")
        .send()
        .await;
    assert_eq!(stranger.refusal(), (401, "token-missing"));
    assert_eq!(site.imports.kept().brought, [bytes as u64]);
}

#[tokio::test]
async fn one_check_or_import_goes_on_at_a_time() {
    let site = Site::open().await;
    let work = site.get("/api/import/work").await.ok();
    assert_eq!(work, json!({ "upload_bytes_max": BYTES_MAX, "job": null }));
    let menu = json!({ "upload": "u1", "mapping": { "kind": "menu" } });
    let again = json!({ "upload": "u1", "mapping": { "kind": "menu" }, "if_known": "again" });
    let stop = || site.post("/api/import/stop", "k", json!({}));
    assert_eq!(stop().await.refusal(), (409, "no-import-under-way"));
    let known = site.post("/api/import/start", "k", menu.clone()).await;
    assert_eq!(known.refusal(), (409, "imported-before"));

    let begun = site.post("/api/import/check", "k", menu.clone()).await.ok();
    assert_eq!(begun["what"], "check");
    assert_eq!(begun["report"], Value::Null);
    let work = site.get("/api/import/work").await.ok();
    assert_eq!(work["job"], begun);
    let second = site.post("/api/import/start", "k", again.clone()).await;
    assert_eq!(second.refusal(), (409, "import-under-way"));
    stop().await.ok();
    let begun = site.post("/api/import/start", "k", again).await.ok();
    assert_eq!(begun["what"], "import");
}

#[tokio::test]
async fn what_cannot_be_is_told_in_words() {
    let site = Site::open().await;
    let run = |upload: &str, mapping: Value| json!({ "upload": upload, "mapping": mapping });
    let menu = || json!({ "kind": "menu" });
    let rows = [
        ("check", run("u9", menu()), (404, "no-such-upload")),
        (
            "check",
            run("u1", json!({ "kind": "settlement" })),
            (422, "no-such-kind"),
        ),
        (
            "check",
            run("u1", json!({ "own": "name =" })),
            (422, "bad-mapping"),
        ),
        (
            "check",
            run("u1", json!({ "file": "/etc/passwd" })),
            (400, "bad-json"),
        ),
        ("check", run("u1", json!("menu")), (400, "bad-json")),
        ("check", json!({ "upload": "u1" }), (400, "bad-json")),
        (
            "start",
            json!({ "upload": "u1", "mapping": menu(), "if_known": "perhaps" }),
            (400, "bad-json"),
        ),
        (
            "proposal",
            json!({ "upload": "u9" }),
            (404, "no-such-upload"),
        ),
        (
            "proposal",
            json!({ "upload": "u1" }),
            (422, "unreadable-file"),
        ),
        ("proposal", json!({ "upload": 1 }), (400, "bad-json")),
    ];
    for (address, body, expected) in rows {
        let path = format!("/api/import/{address}");
        let answered = site.post(&path, "k", body.clone()).await;
        assert_eq!(answered.refusal(), expected, "{address} {body}");
    }
}

#[tokio::test]
async fn refused_rows_are_a_file() {
    let site = Site::open().await;
    let history = site.get("/api/import/history").await.ok();
    assert_eq!(history[0]["run"], "r1");
    let file = site.get("/api/import/history/r1/refused.csv").await;
    assert_eq!(file.headers["content-type"], "text/csv; charset=utf-8");
    assert_eq!(
        file.headers["content-disposition"],
        "attachment; filename=\"refused.csv\""
    );
    assert_eq!(file.text, "\u{feff}메뉴,값\r\n커피,공짜\r\n");
    let none = site.get("/api/import/history/r2/refused.csv").await;
    assert_eq!(none.refusal(), (404, "no-such-import"));
    let disk = site.get("/api/import/history/disk/refused.csv").await;
    assert_eq!(disk.refusal(), (503, "import-storage"));
}
