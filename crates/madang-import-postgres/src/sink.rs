//! The sink: one connection, one transaction a batch.

use std::future::Future;
use std::time::Duration;

use async_trait::async_trait;
use madang_import::failpoint::failpoint;
use madang_import::{
    Batch, Checkpoint, Field, Promise, RunKey, Schema, Sink, SinkError, SinkErrorKind, SinkNote,
    Written,
};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, Row as _};

use crate::destination::{Destination, IfMissing, quoted};
use crate::encode::Pieces;
use crate::fault;
use crate::table::{self, PassedOver, Plan};

/// The most that a batch or a question may take. A batch is a few megabytes: a server that needs longer hangs, or waits for a lock that nobody gives back.
const ANSWER_SECONDS_MAX: u64 = 300;

/// The points at which a test kills the process.
pub const POSTGRES_FAILPOINTS: &[&str] = &[
    "import-postgres/before-commit",
    "import-postgres/after-commit",
];

/// How much of a batch is handed to the driver at once, which copies it: about what the system keeps for the server to read.
const PIECE_BYTES: usize = 128 * 1024;

/// Writes into a table.
pub struct PostgresSink {
    destination: Destination,
    open: Option<Open>,
    /// What a dry run asks of rows.
    asked: Option<Plan>,
    notes: Vec<SinkNote>,
    /// Used again for each piece of each batch.
    piece: Vec<u8>,
}

struct Open {
    connection: PgConnection,
    run: RunKey,
    plan: Plan,
    /// The run's checkpoint as this process wrote or found it.
    kept: Option<String>,
    /// Single rows that were denied one after another, none taken between.
    denied: u32,
}

/// So many rows denied one after another are no fault of theirs: the right to the table is missing, though the catalog says otherwise.
const DENIED_MAX: u32 = 64;

/// Stands in a checkpoint once the run has put rows into the table of this number.
fn wrote_into(id: i64) -> String {
    format!("table {id}")
}

impl PostgresSink {
    /// A sink that is not connected yet.
    pub fn new(destination: Destination) -> Self {
        Self {
            destination,
            open: None,
            asked: None,
            notes: Vec::new(),
            piece: Vec::new(),
        }
    }

    async fn connect(&self) -> Result<PgConnection, SinkError> {
        let connecting = PgConnection::connect_with(&self.destination.server);
        let mut connection = in_time(async { connecting.await.map_err(fault::of_reading) }).await?;
        // What was written is told as written; a session's default may be another.
        connection
            .execute("SET synchronous_commit = on")
            .await
            .map_err(fault::of_reading)?;
        Ok(connection)
    }

    async fn connect_and_plan(
        &self,
        schema: &Schema,
        if_missing: IfMissing,
    ) -> Result<(PgConnection, Plan), SinkError> {
        let mut connection = self.connect().await?;
        if let Some(plan) = table::plan(&mut connection, &self.destination, schema).await? {
            return Ok((connection, plan));
        }
        if table::is_other_relation(&mut connection, &self.destination).await? {
            let destination = &self.destination;
            return Err(fault::setup(
                format!(
                    "{destination} is a view or something else that is no table: name the table behind it"
                ),
                format!("{destination}: 뷰처럼 표가 아닌 것이에요. 그 뒤의 표를 써 주세요"),
            ));
        }
        let create = table::create(&self.destination, schema);
        if if_missing == IfMissing::Refuse {
            let destination = &self.destination;
            return Err(fault::setup(
                format!(
                    "{destination} does not exist; let it be made with --create, or make it yourself: {create}"
                ),
                format!(
                    "{destination}: 없는 표예요. --create로 만들거나 직접 만들어 주세요: {create}"
                ),
            ));
        }
        table::make(&mut connection, create).await?;
        let plan = table::plan(&mut connection, &self.destination, schema).await?;
        let gone = || {
            fault::setup(
                "the table that was just made is gone".to_owned(),
                "방금 만든 테이블이 사라졌어요".to_owned(),
            )
        };
        Ok((connection, plan.ok_or_else(gone)?))
    }

    /// How far the run has come, as it stands in the table that is written together with its rows.
    async fn kept(
        &self,
        connection: &mut PgConnection,
        run: &RunKey,
    ) -> Result<Option<String>, SinkError> {
        let runs = self.destination.runs_quoted();
        let make = format!(
            "CREATE TABLE IF NOT EXISTS {runs} (run text PRIMARY KEY, checkpoint text NOT NULL, at timestamptz NOT NULL DEFAULT now())"
        );
        table::make(connection, make).await?;
        let kept = sqlx::query(AssertSqlSafe(format!(
            "SELECT checkpoint FROM {runs} WHERE run = $1"
        )))
        .bind(&run.0)
        .fetch_optional(connection)
        .await
        .map_err(fault::of_reading)?;
        kept.map(|row| row.try_get(0))
            .transpose()
            .map_err(fault::of_reading)
    }

    async fn is_empty(&self, connection: &mut PgConnection) -> Result<bool, SinkError> {
        let table = self.destination.quoted();
        let asked = AssertSqlSafe(format!("SELECT NOT EXISTS (SELECT FROM {table})"));
        let is_empty = sqlx::query_scalar(asked).fetch_one(connection).await;
        is_empty.map_err(|error| match fault::of_reading(error) {
            error if error.kind == SinkErrorKind::Setup => self.must_be_read(&error),
            error => error,
        })
    }

    /// Adding rows needs no right to read, and looking whether they are there still does.
    fn must_be_read(&self, error: &SinkError) -> SinkError {
        let grant = format!(
            "GRANT SELECT ON {} TO {}",
            self.destination.quoted(),
            quoted(self.destination.server.get_username())
        );
        let SinkError {
            message,
            message_ko,
            ..
        } = error;
        fault::setup(
            format!(
                "whether {} still has the rows of this import could not be looked at ({message}); with this right it goes on: {grant}",
                self.destination
            ),
            format!(
                "{}에 이 가져오기의 행이 그대로 있는지 볼 수 없어요({message_ko}). 이 권한을 주면 이어 가요: {grant}",
                self.destination
            ),
        )
    }

    /// Another table, with rows, stands where this run wrote: whether it has the run's rows only a person knows, who restored it or made it anew.
    fn restored(&self, run: &RunKey, then: &str, now: &str) -> SinkError {
        let emptied = SinkError::emptied(&self.name());
        let statement = format!(
            "UPDATE {} SET checkpoint = replace(checkpoint, '\"{then}\"', '\"{now}\"') WHERE run = '{}';",
            self.destination.runs_quoted(),
            // A key is hexadecimal digits, and whoever makes another cannot end the text.
            run.0.replace('\'', "''")
        );
        SinkError {
            message: format!(
                "{}, which writes its rows a second time where they are. If it was restored from a dump together with madang_import, its rows are there: say so with {statement} and then --resume",
                emptied.message
            ),
            message_ko: format!(
                "{}. 덤프에서 madang_import와 함께 되살린 표라면 --again은 같은 행을 두 번 넣으니, 대신 이 문장을 실행하고 --resume로 이어 가세요: {statement}",
                emptied.message_ko
            ),
            ..emptied
        }
    }

    /// What a row that was denied says of the table.
    fn judged(
        &mut self,
        rows: usize,
        written: Result<Written, SinkError>,
    ) -> Result<Written, SinkError> {
        let Some(open) = &mut self.open else {
            return written;
        };
        match written {
            Err(error) if error.kind == fault::DENIED => {
                open.denied += u32::from(rows == 1);
                match open.plan.about.denies_rows && open.denied < DENIED_MAX {
                    true => Err(error),
                    false => Err(fault::denied_for_all(error)),
                }
            }
            Ok(written) if written.rows > 0 => {
                open.denied = 0;
                Ok(written)
            }
            other => other,
        }
    }

    fn checkpoint(&self, kept: &str) -> Result<Checkpoint, SinkError> {
        let runs = self.destination.runs_quoted();
        serde_json::from_str(kept).map_err(|error| {
            fault::setup(
                format!("the checkpoint of this run in {runs} cannot be read ({error}); remove its row to begin anew"),
                format!("{runs}에 있는 이 실행의 기록을 읽을 수 없어요({error}). 그 행을 지우면 처음부터 시작해요"),
            )
        })
    }

    async fn write_at(
        &mut self,
        batch: &Batch,
        checkpoint: &mut Checkpoint,
    ) -> Result<Written, SinkError> {
        let Some(open) = self.open.as_mut() else {
            return Err(fault::setup(
                "the sink is not open".to_owned(),
                "저장할 곳이 열려 있지 않아요".to_owned(),
            ));
        };
        let pieces = pieces(&open.plan, batch, &self.destination)?;
        let mut moved_on = serde_json::to_string(checkpoint).unwrap_or_default();
        let runs = self.destination.runs_quoted();
        let rows = batch.len() as u64;
        let mut transaction = open.connection.begin().await.map_err(fault::of_writing)?;
        // First of all: whoever imports the same at the same time waits here, and then finds that the checkpoint has moved.
        let kept = open.kept.as_deref();
        let moved = keep(&mut transaction, &runs, &open.run, kept, &moved_on);
        if !moved.await.map_err(fault::of_writing)? {
            return Err(SinkError::imported_elsewhere(&runs));
        }
        let (mut changed, mut passed_over) = (0, 0);
        if !batch.is_empty() {
            changed = copy(&mut transaction, &open.plan.copy, pieces, &mut self.piece)
                .await
                .map_err(fault::of_writing)?;
            if let Some(stage) = &open.plan.stage {
                if let Some(hold) = &stage.hold {
                    let held = transaction.execute(AssertSqlSafe(hold.clone()));
                    held.await.map_err(|error| {
                        fault::in_cast_column(fault::of_writing(error), &open.plan.cast, batch)
                    })?;
                }
                if let Some(PassedOver::Met { reset, .. }) = &stage.passed_over {
                    let reset = transaction.execute(AssertSqlSafe(reset.clone()));
                    reset.await.map_err(fault::of_writing)?;
                }
                let applied = transaction.execute(AssertSqlSafe(stage.apply.clone()));
                let applied = applied.await.map_err(|error| {
                    fault::in_cast_column(fault::of_writing(error), &open.plan.cast, batch)
                })?;
                changed = applied.rows_affected();
            }
            passed_over = rows.saturating_sub(changed);
            if let Some(stage) = open
                .plan
                .stage
                .as_ref()
                .filter(|_| !batch.schema.key.is_empty())
            {
                passed_over = match &stage.passed_over {
                    Some(PassedOver::Met { wanted, .. }) if passed_over > 0 => {
                        let wanted = count(&mut transaction, wanted).await?;
                        wanted.saturating_sub(changed)
                    }
                    Some(PassedOver::Missing(missing)) if passed_over > 0 => {
                        count(&mut transaction, missing).await?
                    }
                    _ => 0,
                };
            }
        }
        let words = wrote_into(open.plan.about.id);
        if changed > 0 && checkpoint.sink != words {
            checkpoint.sink = words;
            let again = serde_json::to_string(checkpoint).unwrap_or_default();
            let kept = keep(&mut transaction, &runs, &open.run, Some(&moved_on), &again);
            kept.await.map_err(fault::of_writing)?;
            moved_on = again;
        }
        failpoint(POSTGRES_FAILPOINTS[0]);
        // From here on nobody knows, unless the server answers.
        transaction.commit().await.map_err(fault::of_writing)?;
        failpoint(POSTGRES_FAILPOINTS[1]);
        open.kept = Some(moved_on);
        let rows = rows - passed_over;
        Ok(Written {
            rows,
            unchanged: rows.saturating_sub(changed),
            passed_over,
        })
    }
}

#[async_trait]
impl Sink for PostgresSink {
    fn name(&self) -> String {
        self.destination.to_string()
    }

    fn promise(&self) -> Promise {
        Promise::ExactlyOnce
    }

    fn knows_default(&self, schema: &Schema, _field: &Field) -> bool {
        !schema.key.is_empty()
    }

    async fn fits(&mut self, schema: &Schema) -> Result<(), SinkError> {
        let mut connection = self.connect().await?;
        match table::plan(&mut connection, &self.destination, schema).await? {
            Some(plan) => {
                self.notes.clone_from(&plan.notes);
                self.asked = Some(plan);
                Ok(())
            }
            None if self.destination.if_missing == IfMissing::Create => Ok(()),
            None => self
                .connect_and_plan(schema, IfMissing::Refuse)
                .await
                .map(drop),
        }
    }

    async fn would_take(&mut self, batch: &Batch) -> Result<(), SinkError> {
        match &self.asked {
            Some(plan) => pieces(plan, batch, &self.destination).map(drop),
            None => Ok(()),
        }
    }

    fn notes(&self) -> Vec<SinkNote> {
        self.notes.clone()
    }

    async fn open(
        &mut self,
        run: &RunKey,
        schema: &Schema,
        _kept: Option<&Checkpoint>,
    ) -> Result<Option<Checkpoint>, SinkError> {
        self.open = None;
        let (mut connection, plan) = self
            .connect_and_plan(schema, self.destination.if_missing)
            .await?;
        self.notes.clone_from(&plan.notes);
        let kept = self.kept(&mut connection, run).await?;
        let checkpoint = kept.as_deref().map(|kept| self.checkpoint(kept));
        let checkpoint = checkpoint.transpose()?;
        if let Some(checkpoint) = checkpoint.as_ref().filter(|kept| !kept.sink.is_empty()) {
            let now = wrote_into(plan.about.id);
            if self.is_empty(&mut connection).await? {
                return Err(SinkError::emptied(&self.name()));
            }
            if checkpoint.sink != now {
                return Err(self.restored(run, &checkpoint.sink, &now));
            }
        }
        if let Some(stage) = &plan.stage {
            connection
                .execute(AssertSqlSafe(stage.create.clone()))
                .await
                .map_err(fault::of_reading)?;
        }
        self.open = Some(Open {
            connection,
            run: run.clone(),
            plan,
            kept,
            denied: 0,
        });
        Ok(checkpoint)
    }

    async fn write(
        &mut self,
        batch: &Batch,
        checkpoint: &mut Checkpoint,
    ) -> Result<Written, SinkError> {
        let written = in_time(self.write_at(batch, checkpoint)).await;
        self.judged(batch.len(), written)
    }

    async fn finish(&mut self, _checkpoint: &mut Checkpoint) -> Result<(), SinkError> {
        if let Some(open) = self.open.take() {
            // All is committed; a server that does not answer the farewell has lost nothing.
            if let Err(error) = open.connection.close().await {
                tracing::debug!(%error, "the connection to PostgreSQL did not close in order");
            }
        }
        Ok(())
    }
}

/// The rows of a batch as they are sent, once each of them is known to fit.
fn pieces<'a>(
    plan: &'a Plan,
    batch: &'a Batch,
    destination: &Destination,
) -> Result<Pieces<'a>, SinkError> {
    Pieces::new(batch, &plan.forms, plan.stage.is_some()).map_err(|unfit| {
        let column = &batch.schema.fields[unfit.column].name;
        fault::does_not_fit(&unfit, column, destination)
    })
}

/// Moves the checkpoint on from where this process knows it to stand, and from nowhere else. False when it does not stand there.
async fn keep(
    connection: &mut PgConnection,
    runs: &str,
    run: &RunKey,
    before: Option<&str>,
    moved_on: &str,
) -> Result<bool, sqlx::Error> {
    let moved = match before {
        None => {
            let statement = format!(
                "INSERT INTO {runs} (run, checkpoint) VALUES ($1, $2) ON CONFLICT (run) DO NOTHING"
            );
            sqlx::query(AssertSqlSafe(statement))
                .bind(&run.0)
                .bind(moved_on)
                .execute(connection)
                .await?
        }
        Some(before) => {
            let statement = format!(
                "UPDATE {runs} SET checkpoint = $2, at = now() WHERE run = $1 AND checkpoint = $3"
            );
            sqlx::query(AssertSqlSafe(statement))
                .bind(&run.0)
                .bind(moved_on)
                .bind(before)
                .execute(connection)
                .await?
        }
    };
    Ok(moved.rows_affected() == 1)
}

async fn count(connection: &mut PgConnection, statement: &str) -> Result<u64, SinkError> {
    let statement = AssertSqlSafe(statement.to_owned());
    let count: i64 = sqlx::query_scalar(statement)
        .fetch_one(connection)
        .await
        .map_err(fault::of_writing)?;
    Ok(u64::try_from(count).unwrap_or_default())
}

async fn copy(
    connection: &mut PgConnection,
    statement: &str,
    mut pieces: Pieces<'_>,
    piece: &mut Vec<u8>,
) -> Result<u64, sqlx::Error> {
    let mut copy = connection.copy_in_raw(statement).await?;
    while pieces.next_into(piece, PIECE_BYTES) {
        copy.send(&piece[..]).await?;
    }
    copy.finish().await
}

async fn in_time<Answer>(
    asking: impl Future<Output = Result<Answer, SinkError>>,
) -> Result<Answer, SinkError> {
    let patience = Duration::from_secs(ANSWER_SECONDS_MAX);
    tokio::time::timeout(patience, asking)
        .await
        .unwrap_or_else(|_| Err(fault::too_slow(ANSWER_SECONDS_MAX)))
}
