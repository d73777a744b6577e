//! Rows arrive whole, once, and as they were.

use madang_import::{Checkpoint, Kind, OwnedValue, Sink as _, SinkErrorKind, Value, Written};
use madang_import_postgres::IfMissing;
use madang_import_postgres::test_server::Server;

use crate::{batch, run, schema, sink};

#[tokio::test]
async fn every_kind_of_value_arrives_as_it_was() {
    let Some(server) = Server::start() else {
        return;
    };
    let kinds = schema(
        &[
            ("text", Kind::Text, false),
            ("small", Kind::Integer, false),
            ("usual", Kind::Integer, false),
            ("big", Kind::Money, false),
            ("whole", Kind::Integer, false),
            ("rate", Kind::Decimal { scale: 3 }, false),
            ("is", Kind::Boolean, false),
            ("day", Kind::Date, false),
            ("moment", Kind::Timestamp, false),
            ("id", Kind::Text, false),
            ("ratio", Kind::Decimal { scale: 2 }, false),
        ],
        &[],
    );
    server.sql("CREATE TABLE kinds (id uuid, text varchar(20), small smallint, usual integer, big bigint, whole numeric, rate numeric(18,3), \"is\" boolean, day date, moment timestamptz, ratio double precision)");
    let mut sink = sink(&server, "kinds", IfMissing::Refuse);
    sink.open(&run("a"), &kinds, None)
        .await
        .expect("the table fits");
    let rows = batch(
        &kinds,
        &[
            &[
                Value::Text("아메리카노 \"L\"\t\\."),
                Value::Integer(-32_768),
                Value::Integer(2_147_483_647),
                Value::Integer(4_500),
                Value::Integer(100_000_000),
                Value::Integer(-12_345_678),
                Value::Boolean(true),
                Value::Date(20_779),
                Value::Integer(1_795_327_500_123_456),
                Value::Text("0b0e7a4c-3c5e-4a52-8f9c-0d6f3c3f2a11"),
                Value::Integer(-150),
            ],
            &[
                Value::Text(""),
                Value::Integer(0),
                Value::Integer(0),
                Value::Integer(i64::MIN),
                Value::Integer(i64::MAX),
                Value::Integer(5),
                Value::Boolean(false),
                Value::Date(-1),
                Value::Integer(-1),
                Value::Absent,
                Value::Integer(0),
            ],
            &[Value::Absent; 11],
        ],
    );
    let written = sink
        .write(&rows, &mut Checkpoint::default())
        .await
        .expect("they are written");
    assert_eq!(
        written,
        Written {
            rows: 3,
            unchanged: 0,
            passed_over: 0,
        }
    );
    server.sql("SET TimeZone = 'UTC'");
    let there = server.sql("SET TimeZone = 'UTC'; SELECT text, small, usual, big, whole, rate, \"is\", day, moment, id, ratio FROM kinds");
    assert_eq!(
        there.lines().collect::<Vec<_>>(),
        [
            "아메리카노 \"L\"\t\\.|-32768|2147483647|4500|100000000|-12345.678|t|2026-11-22|2026-11-22 06:05:00.123456+00|0b0e7a4c-3c5e-4a52-8f9c-0d6f3c3f2a11|-1.5",
            "|0|0|-9223372036854775808|9223372036854775807|0.005|f|1969-12-31|1969-12-31 23:59:59.999999+00||0",
            "||||||||||",
        ]
    );
}

#[tokio::test]
async fn numbers_with_decimals_arrive_to_the_last_digit() {
    let Some(server) = Server::start() else {
        return;
    };
    server.sql("CREATE TABLE numbers (n numeric)");
    for (scale, number, expected) in [
        (0, 0, "0"),
        (0, 10_000, "10000"),
        (0, 9_999, "9999"),
        (0, 100_000_001, "100000001"),
        (1, -5, "-0.5"),
        (2, 100, "1.00"),
        (4, 1, "0.0001"),
        (5, 1, "0.00001"),
        (5, 123_456, "1.23456"),
        (18, i64::MAX, "9.223372036854775807"),
        (18, i64::MIN, "-9.223372036854775808"),
        (3, 10_000_000, "10000.000"),
    ] {
        let one = schema(&[("n", Kind::Decimal { scale }, true)], &[]);
        let mut sink = sink(&server, "numbers", IfMissing::Refuse);
        sink.open(&run(&format!("{number} {scale}")), &one, None)
            .await
            .expect("the table fits");
        sink.write(
            &batch(&one, &[&[Value::Integer(number)]]),
            &mut Checkpoint::default(),
        )
        .await
        .expect("it is written");
        assert_eq!(
            server.sql("DELETE FROM numbers RETURNING n"),
            expected,
            "{number} with {scale} decimals"
        );
    }
}

#[tokio::test]
async fn what_a_column_would_round_is_refused_before_it_is_sent() {
    let Some(server) = Server::start() else {
        return;
    };
    let decimal = |scale| Kind::Decimal { scale };
    for (declared, kind, taken, rounded, told) in [
        (
            "numeric(10,2)",
            decimal(4),
            12_300,
            12_345,
            "column n keeps 2 decimals and would round 1.2345; let it keep more, as with: ALTER TABLE \"public\".\"n\" ALTER COLUMN \"n\" TYPE numeric",
        ),
        (
            "numeric(10,-3)",
            Kind::Money,
            5_000,
            4_500,
            "column n keeps -3 decimals and would round 4500; let it keep more, as with: ALTER TABLE \"public\".\"n\" ALTER COLUMN \"n\" TYPE numeric",
        ),
        (
            "numeric(10)",
            decimal(18),
            0,
            1,
            "column n keeps 0 decimals and would round 0.000000000000000001; let it keep more, as with: ALTER TABLE \"public\".\"n\" ALTER COLUMN \"n\" TYPE numeric",
        ),
        (
            "double precision",
            decimal(2),
            123_456_789_012_345,
            1_234_567_890_123_456,
            "column n keeps 15 digits and would round 12345678901234.56; let it keep more, as with: ALTER TABLE \"public\".\"n\" ALTER COLUMN \"n\" TYPE numeric",
        ),
        (
            "timestamptz(0)",
            Kind::Timestamp,
            7_000_000,
            7_700_000,
            "column n keeps 0 decimals of a second and would round this one; let it keep more, as with: ALTER TABLE \"public\".\"n\" ALTER COLUMN \"n\" TYPE timestamptz",
        ),
    ] {
        server.sql(&format!(
            "DROP TABLE IF EXISTS n; CREATE TABLE n (n {declared})"
        ));
        let one = schema(&[("n", kind, true)], &[]);
        let rows = |number| batch(&one, &[&[Value::Integer(number)]]);
        let mut sink = sink(&server, "n", IfMissing::Refuse);
        sink.fits(&one).await.expect("the table fits");
        sink.would_take(&rows(taken))
            .await
            .expect("a dry run takes it");
        sink.would_take(&rows(rounded))
            .await
            .expect_err("a dry run refuses it");
        sink.open(&run(declared), &one, None)
            .await
            .expect("the table fits");
        let mut checkpoint = Checkpoint::default();
        sink.write(&rows(taken), &mut checkpoint)
            .await
            .expect("it is kept whole");
        let error = sink
            .write(&rows(rounded), &mut checkpoint)
            .await
            .expect_err("it would be rounded");
        assert_eq!(
            error.kind,
            SinkErrorKind::Rows {
                code: "out_of_range"
            },
            "{declared}"
        );
        assert_eq!(
            (error.column.as_deref(), error.message.as_str()),
            (Some("n"), told)
        );
        assert_eq!(server.sql("SELECT count(*) FROM n"), "1", "{declared}");
    }
}

#[tokio::test]
async fn a_mapping_of_more_decimals_than_the_column_is_told_at_the_start() {
    let Some(server) = Server::start() else {
        return;
    };
    server.sql("CREATE TABLE n (n numeric(10,2))");
    for (scale, expected) in [
        (2, None),
        (
            4,
            Some(
                "column n keeps 2 decimals, and the mapping lets 4 through: rows that have more are refused. To keep them: ALTER TABLE \"public\".\"n\" ALTER COLUMN \"n\" TYPE numeric(12, 4)",
            ),
        ),
    ] {
        let one = schema(&[("n", Kind::Decimal { scale }, true)], &[]);
        let mut asked = sink(&server, "n", IfMissing::Refuse);
        asked.fits(&one).await.expect("the table fits");
        let mut opened = sink(&server, "n", IfMissing::Refuse);
        opened
            .open(&run("n"), &one, None)
            .await
            .expect("the table fits");
        for sink in [asked, opened] {
            let notes: Vec<String> = sink.notes().into_iter().map(|note| note.message).collect();
            assert_eq!(notes.first().map(String::as_str), expected, "{scale}");
        }
    }
}

#[tokio::test]
async fn an_upsert_changes_what_differs_and_counts_what_does_not() {
    let Some(server) = Server::start() else {
        return;
    };
    let menu = schema(
        &[
            ("code", Kind::Text, true),
            ("title", Kind::Text, true),
            ("price", Kind::Money, false),
        ],
        &[0],
    );
    let mut sink = sink(&server, "menu", IfMissing::Create);
    sink.open(&run("a"), &menu, None)
        .await
        .expect("the table is made");
    let rows = |rows: &[(&'static str, &'static str, i64)]| {
        let rows: Vec<[Value<'_>; 3]> = rows
            .iter()
            .map(|(code, title, price)| {
                [
                    Value::Text(code),
                    Value::Text(title),
                    Value::Integer(*price),
                ]
            })
            .collect();
        let rows: Vec<&[Value<'_>]> = rows.iter().map(|row| row.as_slice()).collect();
        batch(&menu, &rows)
    };
    let mut checkpoint = Checkpoint::default();
    let first = sink
        .write(
            &rows(&[
                ("A", "아메리카노", 4_500),
                ("L", "라떼", 5_000),
                ("A", "아메리카노", 4_700),
            ]),
            &mut checkpoint,
        )
        .await
        .expect("written");
    assert_eq!(
        first,
        Written {
            rows: 3,
            unchanged: 1,
            passed_over: 0,
        },
        "of two rows with one key the last one stands"
    );
    let second = sink
        .write(
            &rows(&[
                ("A", "아메리카노", 4_700),
                ("L", "라떼", 5_200),
                ("M", "모카", 5_500),
            ]),
            &mut checkpoint,
        )
        .await
        .expect("written");
    assert_eq!(
        second,
        Written {
            rows: 3,
            unchanged: 1,
            passed_over: 0,
        }
    );
    assert_eq!(
        server
            .sql("SELECT * FROM menu ORDER BY code")
            .lines()
            .collect::<Vec<_>>(),
        ["A|아메리카노|4700", "L|라떼|5200", "M|모카|5500"]
    );
}

#[tokio::test]
async fn a_row_that_the_table_refuses_refuses_the_batch_and_says_why() {
    let Some(server) = Server::start() else {
        return;
    };
    server.sql("CREATE TABLE category (id bigint PRIMARY KEY); INSERT INTO category VALUES (1)");
    server.sql("CREATE TABLE menu (code text UNIQUE, price integer NOT NULL CHECK (price >= 0), category bigint REFERENCES category, title varchar(3), kind text)");
    let menu = schema(
        &[
            ("code", Kind::Text, false),
            ("price", Kind::Money, false),
            ("category", Kind::Integer, false),
            ("title", Kind::Text, false),
        ],
        &[],
    );
    let mut sink = sink(&server, "menu", IfMissing::Refuse);
    sink.open(&run("a"), &menu, None)
        .await
        .expect("the table fits");
    let good = [
        Value::Text("A"),
        Value::Integer(4_500),
        Value::Integer(1),
        Value::Text("커피"),
    ];
    for (bad, code) in [
        (
            [
                Value::Text("A"),
                Value::Integer(1),
                Value::Integer(1),
                Value::Absent,
            ],
            "duplicate_key",
        ),
        (
            [
                Value::Text("B"),
                Value::Absent,
                Value::Integer(1),
                Value::Absent,
            ],
            "required",
        ),
        (
            [
                Value::Text("B"),
                Value::Integer(-1),
                Value::Integer(1),
                Value::Absent,
            ],
            "refused_by_sink",
        ),
        (
            [
                Value::Text("B"),
                Value::Integer(1),
                Value::Integer(2),
                Value::Absent,
            ],
            "unknown_reference",
        ),
        (
            [
                Value::Text("B"),
                Value::Integer(1),
                Value::Integer(1),
                Value::Text("아메리카노"),
            ],
            "too_long",
        ),
        (
            [
                Value::Text("B"),
                Value::Integer(3_000_000_000),
                Value::Integer(1),
                Value::Absent,
            ],
            "out_of_range",
        ),
        (
            [
                Value::Text("B\0"),
                Value::Integer(1),
                Value::Integer(1),
                Value::Absent,
            ],
            "refused_by_sink",
        ),
    ] {
        let error = sink
            .write(&batch(&menu, &[&good, &bad]), &mut Checkpoint::default())
            .await
            .expect_err(code);
        assert_eq!(error.kind, SinkErrorKind::Rows { code }, "{error}");
        assert_eq!(
            server.sql("SELECT count(*) FROM menu"),
            "0",
            "nothing of it is there"
        );
    }
    sink.write(&batch(&menu, &[&good]), &mut Checkpoint::default())
        .await
        .expect("the sink is whole after all that");
    assert_eq!(server.sql("SELECT * FROM menu"), "A|4500|1|커피|");
}

#[tokio::test]
async fn rows_and_checkpoint_are_one_and_are_there_after_a_restart() {
    let Some(server) = Server::start() else {
        return;
    };
    let sales = schema(&[("n", Kind::Integer, true)], &[]);
    let mut sink = sink(&server, "sales", IfMissing::Create);
    assert_eq!(
        sink.open(&run("a"), &sales, None)
            .await
            .expect("the table is made"),
        None
    );
    let rows = batch(&sales, &[&[Value::Integer(1)], &[Value::Integer(2)]]);
    let mut first = Checkpoint {
        byte: 10,
        rows_written: 2,
        ..Checkpoint::default()
    };
    sink.write(&rows, &mut first).await.expect("written");

    server.crash();
    let mut second = Checkpoint {
        byte: 20,
        rows_written: 4,
        ..Checkpoint::default()
    };
    let error = sink
        .write(&rows, &mut second)
        .await
        .expect_err("nobody is there");
    assert_eq!(error.kind, SinkErrorKind::Unknown, "{error}");
    let error = sink
        .open(&run("a"), &sales, None)
        .await
        .expect_err("nobody is there");
    assert_eq!(
        error.kind,
        SinkErrorKind::Transient { retry_after: None },
        "{error}"
    );

    server.resume();
    let kept = sink
        .open(&run("a"), &sales, None)
        .await
        .expect("it is there again");
    assert_eq!(kept, Some(first), "what was not committed is not passed");
    assert_eq!(
        sink.open(&run("b"), &sales, None)
            .await
            .expect("it is there"),
        None,
        "another run begins at the beginning"
    );
    sink.open(&run("a"), &sales, None)
        .await
        .expect("it is there");
    sink.write(&rows, &mut second).await.expect("written");
    // A batch of refused rows alone moves the checkpoint on.
    let mut third = Checkpoint {
        byte: 30,
        rows_refused: 1,
        ..second
    };
    sink.write(&batch(&sales, &[]), &mut third)
        .await
        .expect("written");
    sink.finish(&mut third).await.expect("finished");
    assert_eq!(server.sql("SELECT count(*), sum(n) FROM sales"), "4|6");
    assert_eq!(
        sink.open(&run("a"), &sales, None)
            .await
            .expect("it is there"),
        Some(third)
    );
}

#[tokio::test]
async fn a_table_that_wants_values_keeps_them_or_gets_its_own_where_nothing_is_said() {
    let Some(server) = Server::start() else {
        return;
    };
    server.sql("CREATE TABLE items (id uuid UNIQUE, price integer NOT NULL DEFAULT 1, state text NOT NULL, day text DEFAULT 'never')");
    let ids = [
        "0b0e7a4c-3c5e-4a52-8f9c-0d6f3c3f2a11",
        "0b0e7a4c-3c5e-4a52-8f9c-0d6f3c3f2a12",
    ];
    server.sql(&format!(
        "INSERT INTO items VALUES ('{}', 4500, 'sold_out', 'monday')",
        ids[0]
    ));
    let mut items = (*schema(
        &[
            ("id", Kind::Text, true),
            ("price", Kind::Money, false),
            ("state", Kind::Text, false),
            ("day", Kind::Text, false),
        ],
        &[0],
    ))
    .clone();
    for key_may_repeat in [false, true] {
        items.key_may_repeat = key_may_repeat;
        let items = std::sync::Arc::new(items.clone());
        let mut sink = sink(&server, "items", IfMissing::Refuse);
        let name = format!("repeat {key_may_repeat}");
        sink.open(&run(&name), &items, None).await.expect("it fits");
        let absent = Value::Absent;
        let rows: [&[Value<'_>]; 2] = [
            &[Value::Text(ids[0]), absent, absent, absent],
            &[Value::Text(ids[1]), absent, Value::Text("hidden"), absent],
        ];
        sink.write(&batch(&items, &rows), &mut Checkpoint::default())
            .await
            .expect("they are written");
        assert_eq!(
            server.sql("SELECT price, state, coalesce(day, '-') FROM items ORDER BY id"),
            "4500|sold_out|monday\n1|hidden|-"
        );
    }
}

#[tokio::test]
async fn a_row_that_the_table_refuses_names_its_column() {
    let Some(server) = Server::start() else {
        return;
    };
    server.sql("CREATE TABLE items (id uuid UNIQUE, memo varchar(5), small smallint, rate numeric(4,2), note text NOT NULL DEFAULT '')");
    let fields = [
        ("id", Kind::Text, true),
        ("memo", Kind::Text, false),
        ("small", Kind::Integer, false),
        ("rate", Kind::Decimal { scale: 2 }, false),
        ("note", Kind::Text, false),
    ];
    // Straight into the table, and through the temporary one.
    for key in [&[][..], &[0]] {
        let items = schema(&fields, key);
        let mut sink = sink(&server, "items", IfMissing::Refuse);
        sink.open(&run(&format!("{key:?}")), &items, None)
            .await
            .expect("it fits");
        let good = [
            Value::Text("0b0e7a4c-3c5e-4a52-8f9c-0d6f3c3f2a11"),
            Value::Text("다섯글자요   "),
            Value::Integer(1),
            Value::Integer(150),
            Value::Text("가"),
        ];
        let with = |position: usize, value| {
            let mut row = good;
            row[position] = value;
            row
        };
        for (bad, column, message) in [
            (
                with(1, Value::Text("아메리카노L")),
                "memo",
                "column memo takes 5 characters, and this has 6; shorten it, or widen the column: ALTER TABLE \"public\".\"items\" ALTER COLUMN \"memo\" TYPE varchar(6)",
            ),
            (
                with(2, Value::Integer(70_000)),
                "small",
                "70000 is too large for column small",
            ),
            (
                with(3, Value::Integer(123_456)),
                "rate",
                "column rate: PostgreSQL: numeric field overflow (A field with precision 4, scale 2 must round to an absolute value less than 10^2.)",
            ),
            (
                with(0, Value::Text("X1")),
                "id",
                "column id: PostgreSQL: invalid input syntax for type uuid: \"X1\"",
            ),
        ] {
            let rows = batch(&items, &[&bad]);
            let error = sink.write(&rows, &mut Checkpoint::default()).await;
            let error = error.expect_err(column);
            assert!(matches!(error.kind, SinkErrorKind::Rows { .. }), "{error}");
            assert_eq!(error.column.as_deref(), Some(column), "{error}");
            assert!(error.message.starts_with(message), "{error}");
            assert!(error.message_ko.contains(column), "{}", error.message_ko);
        }
        let rows = batch(&items, &[&good]);
        let written = sink.write(&rows, &mut Checkpoint::default()).await;
        written.expect("spaces at the end are no characters too many");
        server.sql("DELETE FROM items");
    }
}

#[tokio::test]
async fn a_row_that_the_tables_own_rules_refuse_is_found_by_halving() {
    let Some(server) = Server::start() else {
        return;
    };
    let raise = |how: &str| {
        format!(
            "CREATE TABLE t (n bigint); CREATE FUNCTION boom() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF new.n = 2 THEN RAISE EXCEPTION {how}; END IF; RETURN new; END $$;
             CREATE TRIGGER boom BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION boom()"
        )
    };
    server.sql("CREATE ROLE clerk LOGIN; GRANT ALL ON SCHEMA public TO clerk");
    for made in [
        raise("'nope %', new.n"),
        raise("'nope' USING ERRCODE = 'P0002'"),
        raise("'nope' USING ERRCODE = '45000'"),
        raise("'nope' USING ERRCODE = 'SHOP1'"),
        raise("insufficient_privilege"),
        "CREATE TABLE t (n bigint); ALTER TABLE t ENABLE ROW LEVEL SECURITY; ALTER TABLE t FORCE ROW LEVEL SECURITY; ALTER TABLE t OWNER TO clerk; CREATE POLICY p ON t USING (true) WITH CHECK (n <> 2)".to_owned(),
    ] {
        server.sql("DROP TABLE IF EXISTS t; DROP TABLE IF EXISTS madang_import; DROP FUNCTION IF EXISTS boom; REASSIGN OWNED BY clerk TO postgres");
        server.sql(&format!("{made}; GRANT ALL ON t TO clerk"));
        let clerk = server.address().replace("postgres@", "clerk@");
        let one = schema(&[("n", Kind::Integer, true)], &[]);
        let mut sink = madang_import_postgres::PostgresSink::new(format!("{clerk}#t").parse().expect("a destination"));
        sink.open(&run("a"), &one, None).await.expect("the table fits");
        let mut checkpoint = Checkpoint::default();
        let rows = |numbers: &[i64]| {
            let rows: Vec<[Value<'_>; 1]> = numbers.iter().map(|number| [Value::Integer(*number)]).collect();
            batch(&one, &rows.iter().map(|row| &row[..]).collect::<Vec<_>>())
        };
        for numbers in [&[1, 2, 3][..], &[2]] {
            let error = sink.write(&rows(numbers), &mut checkpoint).await.expect_err("it is refused");
            assert!(matches!(error.kind, SinkErrorKind::Rows { .. }), "{made}: {error}");
        }
        sink.write(&rows(&[1, 3]), &mut checkpoint).await.expect("the others are taken");
        assert_eq!(server.sql("SELECT string_agg(n::text, ',' ORDER BY n) FROM t"), "1,3", "{made}");
    }
}

#[tokio::test]
async fn a_right_that_is_taken_away_meanwhile_is_the_tables() {
    let Some(server) = Server::start() else {
        return;
    };
    server.sql("CREATE ROLE clerk LOGIN; CREATE TABLE t (n bigint); GRANT ALL ON SCHEMA public TO clerk; GRANT ALL ON t TO clerk");
    let clerk = server.address().replace("postgres@", "clerk@");
    let one = schema(&[("n", Kind::Integer, true)], &[]);
    let mut sink = madang_import_postgres::PostgresSink::new(
        format!("{clerk}#t").parse().expect("a destination"),
    );
    sink.open(&run("a"), &one, None)
        .await
        .expect("the table fits");
    server.sql("REVOKE ALL ON t FROM clerk");
    let row = batch(&one, &[&[Value::Integer(1)]]);
    let error = sink
        .write(&row, &mut Checkpoint::default())
        .await
        .expect_err("it may not");
    assert_eq!(error.kind, SinkErrorKind::Setup, "{error}");
}

#[tokio::test]
async fn a_table_that_was_emptied_or_made_anew_does_not_go_on() {
    let Some(server) = Server::start() else {
        return;
    };
    let one = schema(&[("n", Kind::Integer, true)], &[]);
    for (meanwhile, expected) in [
        ("VACUUM FULL t", true),
        ("DELETE FROM t", false),
        ("TRUNCATE t", false),
        (
            "DROP TABLE t; CREATE TABLE t (n bigint); INSERT INTO t VALUES (1)",
            false,
        ),
    ] {
        server.sql("DROP TABLE IF EXISTS t");
        server.sql("CREATE TABLE t (n bigint)");
        let key = run(meanwhile);
        let mut sink = sink(&server, "t", IfMissing::Refuse);
        sink.open(&key, &one, None).await.expect("the table fits");
        let mut checkpoint = Checkpoint::default();
        for rows in [
            batch(&one, &[&[Value::Integer(1)], &[Value::Integer(2)]]),
            batch(&one, &[]),
        ] {
            sink.write(&rows, &mut checkpoint).await.expect("written");
        }
        let kept = sink
            .open(&key, &one, None)
            .await
            .expect("the rows are there");
        assert_eq!(kept, Some(checkpoint));
        meanwhile.split("; ").for_each(|sql| drop(server.sql(sql)));
        let opened = sink.open(&key, &one, None).await;
        assert_eq!(opened.is_ok(), expected, "{meanwhile}");
        if let Err(error) = opened {
            assert_eq!(error.kind, SinkErrorKind::Setup);
            assert!(error.message.contains("was emptied or replaced"), "{error}");
        }
    }
}

#[tokio::test]
async fn a_table_that_was_restored_goes_on_once_somebody_says_that_it_was() {
    let Some(server) = Server::start() else {
        return;
    };
    let one = schema(&[("n", Kind::Integer, true)], &[]);
    server.sql("CREATE TABLE t (n bigint)");
    let (key, mut checkpoint) = (run("restored"), Checkpoint::default());
    let mut sink = sink(&server, "t", IfMissing::Refuse);
    sink.open(&key, &one, None).await.expect("the table fits");
    let rows = batch(&one, &[&[Value::Integer(1)]]);
    sink.write(&rows, &mut checkpoint).await.expect("written");
    server.sql("CREATE TABLE copy AS TABLE t");
    server.sql("DROP TABLE t");
    server.sql("ALTER TABLE copy RENAME TO t");
    let error = sink.open(&key, &one, None).await;
    let error = error.expect_err("it is another table").message;
    assert!(error.contains("restored"), "{error}");
    let (_, statement) = error.split_once("UPDATE").expect("a statement");
    let (statement, _) = statement.split_once(';').expect("its end");
    server.sql(&format!("UPDATE{statement}"));
    let kept = sink.open(&key, &one, None).await.expect("as it was");
    assert_eq!(
        kept.map(|kept| kept.rows_written),
        Some(checkpoint.rows_written)
    );
}

#[tokio::test]
async fn rows_that_a_trigger_passes_over_are_told() {
    let Some(server) = Server::start() else {
        return;
    };
    server.sql(
        "CREATE FUNCTION odd() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF new.n % 2 = 1 THEN RETURN NULL; END IF; RETURN new; END $$;
         CREATE TABLE t (n bigint UNIQUE); CREATE TRIGGER odd BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION odd()",
    );
    for (key, round, expected) in [(&[][..], "a", (2, 0, 2)), (&[0], "b", (2, 2, 2))] {
        let one = schema(&[("n", Kind::Integer, true)], key);
        let mut sink = sink(&server, "t", IfMissing::Refuse);
        sink.open(&run(round), &one, None)
            .await
            .expect("the table fits");
        let rows: Vec<[Value<'_>; 1]> = (1..=4).map(|number| [Value::Integer(number)]).collect();
        let rows = batch(&one, &rows.iter().map(|row| &row[..]).collect::<Vec<_>>());
        let written = sink
            .write(&rows, &mut Checkpoint::default())
            .await
            .expect("written");
        assert_eq!(
            (written.rows, written.unchanged, written.passed_over),
            expected,
            "{key:?}"
        );
    }
}

#[tokio::test]
async fn rows_whose_change_the_tables_own_rules_pass_over_are_told() {
    let Some(server) = Server::start() else {
        return;
    };
    server.sql(
        "CREATE FUNCTION pass() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF new.n = 3 THEN RETURN NULL; END IF; RETURN new; END $$;
         CREATE FUNCTION large() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN new.code := upper(new.code); RETURN new; END $$;
         CREATE FUNCTION twice() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN new.n := new.n * 2; RETURN new; END $$",
    );
    let pair = schema(
        &[("code", Kind::Text, true), ("n", Kind::Integer, false)],
        &[0],
    );
    let said = [("a", 1), ("b", 2), ("c", 3), ("c", 3), ("d", 4)];
    let said = said.map(|(code, number)| [Value::Text(code), Value::Integer(number)]);
    let rows = batch(&pair, &said.iter().map(|row| &row[..]).collect::<Vec<_>>());
    for (rules, first, second) in [
        // Of two rows with one key the first counts as not changing anything.
        ("SELECT", (5, 2, 0), (5, 5, 0)),
        (
            "CREATE TRIGGER pass BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION pass()",
            (4, 2, 1),
            (4, 4, 1),
        ),
        (
            "CREATE TRIGGER pass BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION pass()",
            (4, 2, 1),
            (4, 4, 1),
        ),
        (
            "CREATE RULE pass AS ON INSERT TO t WHERE new.n = 3 DO INSTEAD NOTHING",
            (4, 2, 1),
            (4, 4, 1),
        ),
        (
            "DROP TABLE t; CREATE TABLE t (code text UNIQUE, n bigint) PARTITION BY LIST (code); CREATE TABLE t_all PARTITION OF t DEFAULT;
             INSERT INTO t VALUES ('b', 2), ('c', 9); CREATE TRIGGER pass BEFORE UPDATE ON t_all FOR EACH ROW EXECUTE FUNCTION pass()",
            (4, 2, 1),
            (4, 4, 1),
        ),
        (
            "CREATE TRIGGER twice BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION twice()",
            (5, 1, 0),
            (5, 5, 0),
        ),
        (
            "CREATE TRIGGER large BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION large()",
            (5, 1, 0),
            (5, 5, 0),
        ),
    ] {
        server.sql("DROP TABLE IF EXISTS t");
        server.sql("CREATE TABLE t (code text UNIQUE, n bigint)");
        server.sql("INSERT INTO t VALUES ('b', 2), ('c', 9)");
        server.sql(rules);
        let mut sink = sink(&server, "t", IfMissing::Refuse);
        let runs = [("1", first), ("2", second)];
        for (round, expected) in runs {
            sink.open(&run(&format!("{rules} {round}")), &pair, None)
                .await
                .expect("the table fits");
            let written = sink.write(&rows, &mut Checkpoint::default()).await;
            let written = written.expect("written");
            assert_eq!(
                (written.rows, written.unchanged, written.passed_over),
                expected,
                "{rules}, time {round}"
            );
        }
    }
}

#[tokio::test]
async fn a_key_that_is_blind_to_letters_is_told_and_its_last_row_stays() {
    let Some(server) = Server::start() else {
        return;
    };
    server.sql("CREATE COLLATION blind (provider = icu, locale = 'und-u-ks-level2', deterministic = false); CREATE TABLE t (code text COLLATE blind UNIQUE, n bigint)");
    let pair = schema(
        &[("code", Kind::Text, true), ("n", Kind::Integer, false)],
        &[0],
    );
    let mut sink = sink(&server, "t", IfMissing::Refuse);
    sink.open(&run("a"), &pair, None)
        .await
        .expect("the table fits");
    assert!(
        sink.notes()[0]
            .message
            .starts_with("the key code is compared without regard"),
        "{:?}",
        sink.notes()
    );
    let rows =
        [("abc", 1), ("ABC", 2)].map(|(code, number)| [Value::Text(code), Value::Integer(number)]);
    let rows = batch(&pair, &rows.iter().map(|row| &row[..]).collect::<Vec<_>>());
    sink.write(&rows, &mut Checkpoint::default())
        .await
        .expect("written");
    assert_eq!(server.sql("SELECT code, n FROM t"), "ABC|2");
}

#[tokio::test]
async fn a_table_made_here_holds_every_decimal_that_a_mapping_does() {
    let Some(server) = Server::start() else {
        return;
    };
    for (scale, whole) in [
        (0, "9223372036854775807"),
        (2, "92233720368547758.07"),
        (18, "9.223372036854775807"),
    ] {
        let table = format!("decimals_{scale}");
        let one = schema(&[("n", Kind::Decimal { scale }, true)], &[]);
        let mut sink = sink(&server, &table, IfMissing::Create);
        sink.open(&run(&table), &one, None)
            .await
            .expect("the table is made");
        let rows = batch(
            &one,
            &[
                &[Value::Integer(i64::MAX)],
                &[Value::Integer(-i64::MAX)],
                &[Value::Integer(10_i64.pow(u32::from(scale)))],
            ],
        );
        sink.write(&rows, &mut Checkpoint::default())
            .await
            .expect("all are kept whole");
        assert_eq!(
            server.sql(&format!(
                "SELECT n FROM {table} WHERE n > 1 OR n < 0 ORDER BY n"
            )),
            format!("-{whole}\n{whole}")
        );
        assert_eq!(
            server.sql(&format!("SELECT count(*) FROM {table} WHERE n = 1")),
            "1"
        );
    }
}

/// 2026-11-22T06:05:00.123456Z, a quarter past three in the afternoon but ten minutes in Seoul.
const MOMENT: i64 = 1_795_327_500_123_456;

#[tokio::test]
async fn a_moment_stands_in_a_column_without_a_zone_as_clocks_of_the_mapping_show_it() {
    let Some(server) = Server::start() else {
        return;
    };
    server.sql("ALTER DATABASE postgres SET timezone = 'Europe/Berlin'");
    for (key, key_may_repeat) in [(vec![], false), (vec![0], false), (vec![0], true)] {
        let mut sales = (*schema(
            &[("n", Kind::Integer, true), ("at", Kind::Timestamp, false)],
            &key,
        ))
        .clone();
        sales.key_may_repeat = key_may_repeat;
        let sales = std::sync::Arc::new(sales);
        server.sql(
            "DROP TABLE IF EXISTS sales; CREATE TABLE sales (n bigint UNIQUE, at timestamp, was timestamp NOT NULL DEFAULT '2020-01-01')",
        );
        let mut sink = sink(&server, "sales", IfMissing::Refuse);
        let name = format!("{key:?} {key_may_repeat}");
        sink.open(&run(&name), &sales, None).await.expect("it fits");
        assert_eq!(
            sink.notes()[0].message,
            "without a time zone in the table: at; moments stand there as clocks show them in Asia/Seoul, the mapping's timezone"
        );
        let rows = batch(
            &sales,
            &[
                &[Value::Integer(1), Value::Integer(MOMENT)],
                &[Value::Integer(2), Value::Absent],
            ],
        );
        let mut checkpoint = Checkpoint::default();
        let written = sink.write(&rows, &mut checkpoint).await;
        assert_eq!(written.expect("they are written").rows, 2, "{name}");
        let there = || server.sql("SELECT n, at FROM sales ORDER BY n");
        let expected = "1|2026-11-22 15:05:00.123456\n2|";
        assert_eq!(there(), expected, "{name}");
        if key.is_empty() {
            continue;
        }
        let again = sink.write(&rows, &mut checkpoint).await;
        assert_eq!(again.expect("they are there").unchanged, 2, "{name}");
        let empty = batch(&sales, &[&[Value::Integer(1), Value::Absent]]);
        let kept = sink.write(&empty, &mut checkpoint).await;
        assert_eq!(kept.expect("it stays").unchanged, 1, "{name}");
        assert_eq!(there(), expected, "{name}");
    }
}

#[tokio::test]
async fn a_default_and_a_key_without_a_zone_are_clock_times_as_well() {
    let Some(server) = Server::start() else {
        return;
    };
    server.sql("ALTER DATABASE postgres SET timezone = 'Europe/Berlin'; CREATE TABLE items (n bigint UNIQUE, at timestamp NOT NULL)");
    let mut items = (*schema(
        &[("n", Kind::Integer, true), ("at", Kind::Timestamp, true)],
        &[0],
    ))
    .clone();
    let mut fields = items.fields.to_vec();
    fields[1].default = Some(OwnedValue::Integer(MOMENT));
    items.fields = fields.into();
    let items = std::sync::Arc::new(items);
    let mut to_items = sink(&server, "items", IfMissing::Refuse);
    (to_items.open(&run("a"), &items, None).await).expect("it fits");
    let empty = batch(&items, &[&[Value::Integer(1), Value::Absent]]);
    let written = to_items.write(&empty, &mut Checkpoint::default()).await;
    written.expect("it is new");
    assert_eq!(
        server.sql("SELECT at FROM items"),
        "2026-11-22 15:05:00.123456"
    );

    // Clocks went back between these: both are half past one in New York.
    const FIRST: i64 = 1_793_511_000_000_000;
    const SECOND: i64 = FIRST + 3_600_000_000;
    for key_may_repeat in [false, true] {
        server
            .sql("DROP TABLE IF EXISTS hours; CREATE TABLE hours (at timestamp UNIQUE, n bigint)");
        let mut hours = (*schema(
            &[("at", Kind::Timestamp, true), ("n", Kind::Integer, false)],
            &[0],
        ))
        .clone();
        hours.timezone = "America/New_York".to_owned();
        hours.key_may_repeat = key_may_repeat;
        let hours = std::sync::Arc::new(hours);
        let mut sink = sink(&server, "hours", IfMissing::Refuse);
        let name = format!("{key_may_repeat}");
        sink.open(&run(&name), &hours, None).await.expect("it fits");
        let rows = batch(
            &hours,
            &[
                &[Value::Integer(FIRST), Value::Integer(1)],
                &[Value::Integer(SECOND), Value::Integer(2)],
            ],
        );
        let written = sink.write(&rows, &mut Checkpoint::default()).await;
        written.expect("the last one stays");
        assert_eq!(
            server.sql("SELECT at, n FROM hours"),
            "2026-11-01 01:30:00|2"
        );
    }
}

#[tokio::test]
async fn what_a_column_without_a_zone_cannot_hold_is_refused() {
    let Some(server) = Server::start() else {
        return;
    };
    server.sql("CREATE TABLE sales (at timestamp(3))");
    let mut sales = (*schema(&[("at", Kind::Timestamp, false)], &[])).clone();
    let of = |sales: &madang_import::Schema| std::sync::Arc::new(sales.clone());
    let mut to_sales = sink(&server, "sales", IfMissing::Refuse);
    let schema = of(&sales);
    (to_sales.open(&run("a"), &schema, None).await).expect("it fits");
    let rows = batch(&schema, &[&[Value::Integer(MOMENT)]]);
    let error = to_sales.write(&rows, &mut Checkpoint::default()).await;
    let error = error.expect_err("it would be rounded");
    assert_eq!(
        error.message,
        "column at keeps 3 decimals of a second and would round this one; let it keep more, as with: ALTER TABLE \"public\".\"sales\" ALTER COLUMN \"at\" TYPE timestamp"
    );

    sales.timezone = "Sea/Atlantis".to_owned();
    let mut to_sales = sink(&server, "sales", IfMissing::Refuse);
    let error = to_sales
        .fits(&of(&sales))
        .await
        .expect_err("nobody knows it");
    assert_eq!(error.kind, SinkErrorKind::Setup, "{error}");
    assert_eq!(
        error.message,
        "this PostgreSQL does not know the mapping's timezone Sea/Atlantis, by whose clocks it is to fill at: name another one, or let the column be timestamptz"
    );
}

#[tokio::test]
async fn who_may_only_insert_is_told_what_going_on_needs() {
    let Some(server) = Server::start() else {
        return;
    };
    server.sql("CREATE ROLE clerk LOGIN; CREATE TABLE t (n bigint); GRANT INSERT ON t TO clerk; GRANT CREATE ON SCHEMA public TO clerk");
    let one = schema(&[("n", Kind::Integer, true)], &[]);
    let clerk = server.address().replace("postgres@", "clerk@");
    let to_t = || {
        let destination = format!("{clerk}#t").parse().expect("it is a destination");
        madang_import_postgres::PostgresSink::new(destination)
    };
    let mut sink = to_t();
    (sink.open(&run("a"), &one, None).await).expect("it may insert");
    let row = batch(&one, &[&[Value::Integer(1)]]);
    let written = sink.write(&row, &mut Checkpoint::default()).await;
    written.expect("it is written");
    let error = to_t().open(&run("a"), &one, None).await;
    let error = error.expect_err("it may not look");
    assert_eq!(error.kind, SinkErrorKind::Setup, "{error}");
    let (_, mend) = error.message.rsplit_once(": ").unwrap_or_default();
    assert_eq!(mend, "GRANT SELECT ON \"public\".\"t\" TO \"clerk\"");
}

#[tokio::test]
async fn no_text_is_cut_to_what_its_column_holds() {
    let Some(server) = Server::start() else {
        return;
    };
    server.sql(
        "CREATE DOMAIN short AS varchar(3); CREATE DOMAIN shorter AS short CHECK (value <> 'x')",
    );
    for (kind, key, text, expected) in [
        ("short", vec![], "00123", "too_long"),
        ("short", vec![0], "00123", "too_long"),
        ("shorter", vec![0], "00123", "too_long"),
        ("shorter", vec![0], "x", "refused_by_sink"),
        ("shorter", vec![0], "012", "012"),
        ("varchar(3)[]", vec![], "{00123}", "too_long"),
        ("bit(3)", vec![0], "10101", "refused_by_sink"),
        ("bit(3)", vec![0], "101", "101"),
        ("bit varying(3)", vec![], "10101", "too_long"),
        (
            "name",
            vec![],
            "00123",
            "column code of table public.t of PostgreSQL is name, which cuts a text without a word; let it be text: ALTER TABLE \"public\".\"t\" ALTER COLUMN \"code\" TYPE text",
        ),
        (
            "\"char\"",
            vec![0],
            "00123",
            "column code of table public.t of PostgreSQL is \"char\", which cuts a text without a word; let it be text: ALTER TABLE \"public\".\"t\" ALTER COLUMN \"code\" TYPE text",
        ),
    ] {
        server.sql(&format!(
            "DROP TABLE IF EXISTS t, madang_import; CREATE TABLE t (code {kind} UNIQUE)"
        ));
        let one = schema(&[("code", Kind::Text, true)], &key);
        let mut sink = sink(&server, "t", IfMissing::Refuse);
        let opened = sink.open(&run("a"), &one, None).await;
        let told = match opened {
            Err(error) => {
                let (_, at) = sink
                    .name()
                    .rsplit_once(" at ")
                    .map(|(name, at)| (name.to_owned(), at.to_owned()))
                    .unwrap_or_default();
                error.message.replace(&format!(" at {at}"), "")
            }
            Ok(_) => {
                let row = batch(&one, &[&[Value::Text(text)]]);
                match sink
                    .write(&row, &mut Checkpoint::default())
                    .await
                    .map_err(|error| error.kind)
                {
                    Ok(_) => server.sql("SELECT code FROM t"),
                    Err(SinkErrorKind::Rows { code }) => code.to_owned(),
                    Err(other) => format!("{other:?}"),
                }
            }
        };
        assert_eq!(told, expected, "{kind} {key:?} {text}");
    }
}
