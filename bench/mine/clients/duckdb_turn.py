"""DuckDB: a file into a table of what is needed, then what follows what, then the ways cases went."""

import duckdb

from turn import THEN, print_turn, timed, told

EDGES = """
SELECT activity, next, count(*), sum(wait_ms), quantile_disc(wait_ms, 0.5), quantile_disc(wait_ms, 0.95)
FROM (
  SELECT activity, lead(activity) OVER of_case AS next, epoch_ms(lead(begun) OVER of_case) - epoch_ms(time) AS wait_ms
  FROM event
  WINDOW of_case AS (PARTITION BY case_id ORDER BY time)
)
WHERE next IS NOT NULL
GROUP BY activity, next
"""

VARIANTS = f"""
SELECT path, count(*)
FROM (SELECT string_agg(activity, '{THEN}' ORDER BY time) AS path FROM event GROUP BY case_id)
GROUP BY path
"""


def mined(options):
    """What is asked of a log."""
    base = duckdb.connect()
    base.execute(f"CREATE TABLE event AS {read(options)}")
    return base.execute(EDGES).fetchall(), base.execute(VARIANTS).fetchall()


def read(options):
    """The columns that are needed."""
    if options.measure == "parquet":
        columns = '"case:concept:name" AS case_id, "concept:name" AS activity, "time:timestamp" AS time, time AS begun'
        return f"SELECT {columns} FROM read_parquet('{options.file}')"
    begun = "start_timestamp" if options.file.endswith(".starts.csv") else "timestamp"
    return f"SELECT case_id, activity, timestamp AS time, {begun} AS begun FROM read_csv('{options.file}')"


options = told()
(edges, variants), spent = timed(lambda: mined(options))
found = {
    "events": sum(len(path.split(THEN)) * cases for path, cases in variants),
    "cases": sum(cases for _, cases in variants),
    "edges": [[source, target, count, int(total), p95] for source, target, count, total, _, p95 in edges],
    "variants": variants,
}
print_turn(options, "duckdb", duckdb.__version__, spent, found)
