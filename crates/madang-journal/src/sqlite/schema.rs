use rusqlite::Connection;

/// "mada" in ASCII: tools like `file` tell our database from others by it.
pub(super) const APPLICATION_ID: i32 = 0x6d61_6461;

/// The version of the tables, kept in the database itself and changed with the data.
pub(super) const TABLES_VERSION: i32 = 1;

/// Makes the tables in one transaction, unless they are there.
pub(super) fn make(store: &mut Connection) -> rusqlite::Result<()> {
    if tables_version(store)? == TABLES_VERSION {
        return Ok(());
    }
    let transaction = store.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    transaction.execute_batch(TABLES)?;
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", TABLES_VERSION)?;
    transaction.commit()
}

/// Zero: nothing was ever made in the file.
pub(super) fn tables_version(store: &Connection) -> rusqlite::Result<i32> {
    store.pragma_query_value(None, "user_version", |row| row.get(0))
}

/// Whether any shop was ever written to.
pub(super) fn has_shops(store: &Connection) -> rusqlite::Result<bool> {
    store.query_row("SELECT EXISTS (SELECT 1 FROM shop)", [], |row| row.get(0))
}

/// Shops and streams have numbers here, so that an event's two index entries stay short.
const TABLES: &str = "
CREATE TABLE shop (
    number INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    head INTEGER NOT NULL
) STRICT;

CREATE TABLE stream (
    number INTEGER PRIMARY KEY,
    shop INTEGER NOT NULL REFERENCES shop,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    UNIQUE (shop, kind, id)
) STRICT;

CREATE TABLE event (
    shop INTEGER NOT NULL,
    position INTEGER NOT NULL,
    stream INTEGER NOT NULL REFERENCES stream,
    version INTEGER NOT NULL,
    kind TEXT NOT NULL,
    type_version INTEGER NOT NULL,
    at INTEGER NOT NULL,
    business_date TEXT NOT NULL,
    actor TEXT NOT NULL,
    operation TEXT,
    caused_by INTEGER,
    body TEXT NOT NULL,
    UNIQUE (shop, position),
    UNIQUE (stream, version)
) STRICT;

CREATE TABLE operation (
    shop INTEGER NOT NULL REFERENCES shop,
    key TEXT NOT NULL,
    fingerprint_version INTEGER NOT NULL,
    fingerprint BLOB NOT NULL,
    command TEXT NOT NULL,
    phase TEXT NOT NULL,
    phase_data TEXT NOT NULL,
    answer TEXT,
    started_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    is_final INTEGER NOT NULL,
    UNIQUE (shop, key)
) STRICT;
CREATE INDEX operation_open ON operation (shop, started_at) WHERE is_final = 0;

CREATE TABLE outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    shop INTEGER NOT NULL REFERENCES shop,
    destination TEXT NOT NULL,
    grp TEXT NOT NULL,
    key TEXT NOT NULL,
    body TEXT NOT NULL,
    next_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    last_error TEXT,
    aside_at INTEGER
) STRICT;
CREATE INDEX outbox_order ON outbox (shop, destination, grp, id);

CREATE TABLE cursor (
    shop INTEGER NOT NULL REFERENCES shop,
    name TEXT NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (shop, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE value (
    scope TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    UNIQUE (scope, key)
) STRICT;

CREATE TABLE value_scope (
    scope TEXT PRIMARY KEY,
    bytes INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE view (
    shop INTEGER NOT NULL REFERENCES shop,
    view TEXT NOT NULL,
    key TEXT NOT NULL,
    grp TEXT NOT NULL,
    at INTEGER NOT NULL,
    body TEXT NOT NULL,
    UNIQUE (shop, view, key)
) STRICT;
CREATE INDEX view_at ON view (shop, view, at, key);
CREATE INDEX view_group ON view (shop, view, grp, at, key);

CREATE TABLE view_state (
    shop INTEGER NOT NULL REFERENCES shop,
    view TEXT NOT NULL,
    version INTEGER NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (shop, view)
) STRICT, WITHOUT ROWID;

CREATE TABLE personal (
    id TEXT PRIMARY KEY,
    purpose TEXT NOT NULL,
    keep_until INTEGER NOT NULL,
    text TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX personal_keep_until ON personal (keep_until);
";
