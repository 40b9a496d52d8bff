"""Measures, simulates, and leaves cluster.json and cluster.md in bench/results (docs/cluster.md quotes
them).

    report.py BAILIFF [--quick] [--measured FILE] [--results FOLDER]

--measured: what measure.py printed before; nothing is measured then."""

import argparse
import json
import os
import subprocess
import sys

import simulate

HERE = os.path.dirname(os.path.abspath(__file__))
CELLS = ((1000, 1), (10000, 1), (10000, 2), (10000, 5), (10000, 10))
MIB, GIB = 1 << 20, 1 << 30
MINUTES = (1, 10, 60, 1440, 2880)
STORES = (("a contest: 12 problems of 20 MiB, all alike", 20 * MIB, 12, 0.0, 10),
          ("an archive: 5,000 problems of 20 MiB, by Zipf", 20 * MIB, 5000, 1.0, 10),
          ("the same, with stores of 100 GiB", 20 * MIB, 5000, 1.0, 100))


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("bailiff")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--measured")
    parser.add_argument("--results", default=os.path.join(HERE, "..", "results"))
    return parser.parse_args()


def measured_costs(options):
    if options.measured:
        with open(options.measured, encoding="utf-8") as file:
            return json.load(file)
    words = [sys.executable, "-B", os.path.join(HERE, "measure.py"), options.bailiff]
    done = subprocess.run(words + (["--quick"] if options.quick else []), check=True,
                          stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)
    return json.loads(done.stdout)


def row(*cells):
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def costs_table(costs):
    yield row("of a job of 20 KiB, its result of 10 KiB", "1 replica", "3 replicas")
    yield row("---", "---:", "---:")
    one, three = costs["replicas_1"]["job"], costs["replicas_3"]["job"]
    for what, key, unit, scale in (
            ("messages of clients", "client_messages", "", 1),
            ("messages between servers", "route_messages", "", 1),
            ("bytes of clients", "client_bytes", " KiB", 1024),
            ("bytes between servers", "route_bytes", " KiB", 1024),
            ("written to disk, each server", "disk_bytes_of_a_server", " KiB", 1024),
            ("CPU of the server that leads all", "leader_cpu_us", " µs", 1),
            ("CPU of another one", "follower_cpu_us", " µs", 1)):
        yield row(what, *(f"{cost[key] / scale:.{0 if scale > 1 or unit else 1}f}{unit}"
                          for cost in (one, three)))
    alone = [costs[name]["one_at_a_time"] for name in ("replicas_1", "replicas_3")]
    yield row("one at a time, submitted to heard: p50 / p99",
              *(f"{times['p50_ms']:.1f} / {times['p99_ms']:.1f} ms" for times in alone))
    idle = costs["replicas_3"]["idle_feeder"]
    yield ""
    yield (f"An idle feeder ({costs['tenants']} tenants, `look: {costs['look_s']}s`): "
           f"{idle['messages_s']:.1f} messages and {idle['cpu_us_s']:.0f} µs of the servers' CPU a "
           f"second. A worker fetches {costs['fetch']['bytes_s'] / MIB:.0f} MiB/s (over loopback, "
           "with its SHA-256, and gives it to a program).")


def cells_table(costs, quick):
    yield row("workers", "cells", "jobs/s of a cell: offered, done", "leader's cores in use",
              "submitted to begun: p50, p99", "messages/s: clients, servers",
              "MiB/s: clients, servers, disk of each")
    yield row(*["---:"] * 7)
    for workers, cells in CELLS[:3 if quick else None]:
        of_cell = workers // cells
        cell = simulate.simulate_cell(costs, of_cell, simulate.LOAD, 8 if quick else 30)
        flow = simulate.traffic(costs, cell["done_s"], of_cell)
        behind = f" (falls behind: {cell['behind']:,} wait)" if cell["behind"] > 1000 else ""
        yield row(f"{workers:,}", cells, f"{cell['offered_s']:,.0f}, {cell['done_s']:,.0f}{behind}",
                  f"{cell['leader'] * simulate.CORES:.1f} of {simulate.CORES}",
                  f"{cell['waited_p50_ms']:,.1f}, {cell['waited_p99_ms']:,.1f} ms",
                  f"{flow['client_messages_s']:,.0f}, {flow['route_messages_s']:,.0f}",
                  ", ".join(f"{flow[key] / MIB:,.0f}" for key in
                            ("client_bytes_s", "route_bytes_s", "disk_bytes_s")))


def stores_table(costs):
    yield row("10,000 workers, stores of 10 GiB", "fetched in the 1st minute", "in the first 10",
              "in the first hour", "on the 2nd day", "of each worker's time")
    yield row("---", "---:", "---:", "---:", "---:", "---:")
    for what, size, files, spread, store_gib in STORES:
        first, ten, hour, day, later = simulate.store_traffic(size, files, store_gib * GIB, spread,
                                                              MINUTES)
        rate = (later - day) / (1440 * 60)
        yield row(what, *(f"{10000 * amount / GIB:,.0f} GiB" for amount in (first, ten, hour)),
                  f"{10000 * rate / GIB:,.1f} GiB/s",
                  f"{100 * rate / costs['fetch']['bytes_s']:.1f} %")


def main():
    options = arguments()
    costs = measured_costs(options)
    parts = (costs_table(costs), cells_table(costs, options.quick), stores_table(costs))
    text = "\n\n".join("\n".join(part) for part in parts) + "\n"
    os.makedirs(options.results, exist_ok=True)
    for name, what in (("cluster.json", json.dumps(costs, indent=2) + "\n"), ("cluster.md", text)):
        with open(os.path.join(options.results, name), "w", encoding="utf-8") as file:
            file.write(what)
    print(text, end="")


if __name__ == "__main__":
    main()
