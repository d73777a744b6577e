"""One turn of a peer in Python: what it is told, what it cost, and what it found."""

import argparse
import json
import time

THEN = " → "


def told():
    """What the command line says."""
    parser = argparse.ArgumentParser()
    for name in ["measure", "count", "seed", "file"]:
        parser.add_argument(f"--{name}", required=name != "seed")
    return parser.parse_args()


def timed(does):
    """What it gives, the seconds it took, and what all threads computed meanwhile."""
    begin, processor_begin = time.perf_counter(), time.process_time()
    result = does()
    return result, {"seconds": time.perf_counter() - begin, "processor_seconds": time.process_time() - processor_begin}


def print_turn(options, peer, version, spent, found):
    """The one JSON object, on a line of its own."""
    values = {**spent, "memory_bytes_max": memory_bytes_max()}
    turn = {"contract": 1, "peer": peer, "version": version, "measure": options.measure, "count": int(options.count)}
    print(json.dumps({**turn, "values": values, "found": found}, ensure_ascii=False))


def memory_bytes_max():
    """What this process held at most, as Linux tells it."""
    with open("/proc/self/status", encoding="utf-8") as status:
        line = next(line for line in status if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024
