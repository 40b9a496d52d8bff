"""What must hold, as rows: a sentence, where its figure stands, the bound, and which side is good."""

AT_MOST, AT_LEAST = "≤", "≥"

PROMISES = [
    ("warm start, median, × plain spawn", "spawn.warm.ratio_p50", AT_MOST, 1.0),
    ("warm start, p99, × plain spawn's p99", "spawn.warm.ratio_p99", AT_MOST, 2.0),
    ("warm start of a static program, median", "spawn.warm_static.ratio_p50", AT_MOST, 1.0),
    ("warm start of a static program, p99", "spawn.warm_static.ratio_p99", AT_MOST, 2.0),
    ("cold start, median, × plain spawn", "spawn.cold.ratio_p50", AT_MOST, 2.5),
    ("runs per second, two at once, × plain spawn's", "throughput.ratio_at_2", AT_LEAST, 0.30),
    ("the same, × clones with every namespace", "throughput.ratio_naked_at_2", AT_LEAST, 0.9),
    ("computing inside, × bare", "overhead.compute", AT_MOST, 1.005),
    ("system calls inside, × bare", "overhead.syscalls", AT_MOST, 1.05),
    ("page faults inside, × bare", "overhead.faults", AT_MOST, 1.03),
    ("beyond a CPU time limit, p99 of the worst way, ms", "overshoot_worst.cpu_p99_ms", AT_MOST, 5),
    ("beyond a wall time limit, p99, ms", "overshoot_worst.wall_p99_ms", AT_MOST, 5),
    ("a program's wall time while others' sandboxes are made, one CPU left, median, × alone",
     "refill.own_core.ratio_p50", AT_MOST, 1.01),
    ("an empty program over gRPC, median, × plain spawn", "serve.empty.ratio_p50", AT_MOST, 1.5),
    ("a testcase's result at the client, p99, ms after its end", "serve.submission.told_p99_ms",
     AT_MOST, 20),
    ("compile and 100 testcases, × the programs' own wall time",
     "serve.submission.whole_by_programs", AT_MOST, 1.15),
    ("worker's memory with all jobs queued, MiB", "serve.queue.worker_peak_mib", AT_MOST, 200),
    ("others' p99 while a client is hostile, × in peace, the worst kind", "siege.worst_p99",
     AT_MOST, 2),
    ("from a kill -9 under load to the next job that passes, the longest, ms", "revive.worst_ms",
     AT_MOST, 1000),
]


def figure(results, path):
    """The number at a dotted path; KeyError where it is missing."""
    for key in path.split("."):
        results = results[key]
    return results


def holds(value, side, bound):
    return value <= bound if side == AT_MOST else value >= bound


def check(results):
    """(sentence, value, side, bound, holds) for each promise."""
    rows = []
    for sentence, path, side, bound in PROMISES:
        value = figure(results, path)
        rows.append((sentence, value, side, bound, holds(value, side, bound)))
    return rows
