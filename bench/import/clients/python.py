"""The import as one writes it in Python: `python python.py FILE FOLDER-OF-SOCKET`. The same checks as ours; what a cell must be is in ../sale.toml."""

import csv
import re
import sys
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation

import psycopg

# Korea has had one offset since 1988.
SEOUL = timezone(timedelta(hours=9))
WHOLE = re.compile(r"-?[0-9]{1,18}", re.ASCII).fullmatch
YES_AND_NO = {"Y": True, "y": True, "예": True, "true": True, "1": True}
YES_AND_NO |= {"N": False, "n": False, "아니오": False, "false": False, "0": False}


def whole(least, most):
    def read(cell):
        if WHOLE(cell) is None or not least <= (number := int(cell)) <= most:
            raise ValueError(cell)
        return number

    return read


def text(most):
    def read(cell):
        if len(cell) > most or "\0" in cell:
            raise ValueError(cell)
        return cell

    return read


def decimal(cell):
    number = Decimal(cell)
    if not number.is_finite() or number.as_tuple().exponent < -2:
        raise ValueError(cell)
    return number


def moment(cell):
    return datetime.fromisoformat(cell).replace(tzinfo=SEOUL)


def required(read):
    def read_required(cell):
        if cell == "":
            raise ValueError("nothing stands there")
        return read(cell)

    return read_required


def optional(read):
    return lambda cell: None if cell == "" else read(cell)


COLUMNS = [
    required(whole(1, 2**63 - 1)),
    required(text(20)),
    required(text(100)),
    required(whole(0, 2**63 - 1)),
    required(whole(0, 1000)),
    required(decimal),
    required(YES_AND_NO.__getitem__),
    required(date.fromisoformat),
    required(moment),
    optional(text(200)),
]
TYPES = ["int8", "varchar", "varchar", "int8", "int4", "numeric", "bool", "date", "timestamptz", "varchar"]


def main(file, host):
    taken = refused = 0
    with open(file, newline="", encoding="utf-8") as lines, psycopg.connect(host=host, user="postgres", dbname="postgres") as connection:
        rows = csv.reader(lines)
        next(rows)
        with connection.cursor().copy("COPY sale FROM STDIN (FORMAT BINARY)") as copy:
            copy.set_types(TYPES)
            for cells in rows:
                try:
                    row = [read(cell.strip()) for read, cell in zip(COLUMNS, cells, strict=True)]
                except (ValueError, KeyError, InvalidOperation):
                    refused += 1
                    continue
                copy.write_row(row)
                taken += 1
    print(f"{taken} rows taken, {refused} refused", file=sys.stderr)


if __name__ == "__main__":
    main(*sys.argv[1:])
