"""pm4py: a file as its manual reads it, then the map with its waits in one pass, then the variants; or a model of a log that is in memory."""

import pandas
import pm4py
from pm4py.algo.discovery.dfg.adapters.pandas.df_statistics import get_dfg_graph
from pm4py.objects.process_tree.obj import Operator

from turn import THEN, print_turn, timed, told

OPERATORS = {Operator.SEQUENCE: "→", Operator.XOR: "×", Operator.PARALLEL: "∧", Operator.LOOP: "↻"}


def read(options):
    """The log as a data frame."""
    if options.measure == "xes":
        return pm4py.read_xes(options.file)
    frame = pandas.read_csv(options.file)
    columns = {"case_id": "case_id", "activity_key": "activity", "timestamp_key": "timestamp"}
    if has_starts(options):
        columns["start_timestamp_key"] = "start_timestamp"
    return pm4py.format_dataframe(frame, **columns)


def has_starts(options):
    """Whether the file tells when work began."""
    return options.file.endswith(".starts.csv")


def p95(waits):
    """By nearest rank, as the others count."""
    return waits.quantile(0.95, interpolation="higher")


def mined(options):
    """What is asked of a log."""
    frame = read(options)
    start = "start_timestamp" if has_starts(options) else "time:timestamp"
    counts, waits = get_dfg_graph(frame, measure="both", start_timestamp_key=start, perf_aggregation_key=["sum", "median", p95])
    return frame, counts, waits, pm4py.get_variants(frame)


def found_in(frame, counts, waits, variants):
    """As all tell it."""

    def milliseconds(name, edge):
        return round(waits[name][edge] * 1000)

    edges = [[*edge, int(count), milliseconds("sum", edge), milliseconds("p95", edge)] for edge, count in counts.items()]
    return {
        "events": len(frame),
        "cases": int(frame["case:concept:name"].nunique()),
        "edges": edges,
        "variants": [[THEN.join(variant), int(cases)] for variant, cases in variants.items()],
    }


def lists(tree):
    """A tree as lists: the operator, then the parts; an activity is its name and silence null."""
    if tree.operator is None:
        return tree.label
    return [OPERATORS.get(tree.operator, str(tree.operator)), *map(lists, tree.children)]


def model(frame, noise):
    """The inductive miner's tree."""
    return pm4py.discover_process_tree_inductive(frame, noise_threshold=noise)


NOISE = {"inductive": 0.0, "inductive-noise": 0.2}

options = told()
if options.measure in NOISE:
    log = read(options)
    tree, spent = timed(lambda: model(log, NOISE[options.measure]))
    found = {"tree": lists(tree)}
else:
    result, spent = timed(lambda: mined(options))
    found = found_in(*result)
print_turn(options, "pm4py", pm4py.__version__, spent, found)
