"""The same jobs over gRPC directly and through the queue, one worker, turn about; how fast each was.

    throughput.py BAILIFF [--rounds N] [--jobs N] [--replicas 1|3]

Each round gives the worker --jobs jobs of /bin/true at once, in either way (in shuffled order), and
counts the time until the last result has been heard. Prints a line for each round, and the medians."""

import argparse
import os
import random
import statistics
import time


class Direct:
    """A client of the worker's own socket."""

    def __init__(self, rig, worker):
        self.rig, self.call = rig, worker.call()

    def run(self, prefix, count):
        from bailiff.v1 import result_pb2
        jobs = [self.rig.job(f"{prefix}{i}", "t0") for i in range(count)]
        begin = time.perf_counter()
        for answer in [self.call.future(job, timeout=PATIENCE_S) for job in jobs]:
            assert answer.result().done.outcome == result_pb2.OUTCOME_PASSED
        return time.perf_counter() - begin


class Queued:
    """Submits without waiting between two jobs, as somebody who has many does."""

    def __init__(self, rig):
        self.rig, self.heard = rig, rig.listen("results.t0.*")

    def run(self, prefix, count):
        from bailiff.v1 import result_pb2
        jobs = [(f"{prefix}{i}", self.rig.job(f"{prefix}{i}", "t0").SerializeToString())
                for i in range(count)]
        begin = time.perf_counter()
        self.rig.nats.publish_all([("jobs.t0.normal", job, {"Nats-Msg-Id": f"t0.{id_}"})
                                   for id_, job in jobs])
        for _ in range(count):
            result = result_pb2.JobResult.FromString(self.heard.hear())
            assert result.done.outcome == result_pb2.OUTCOME_PASSED
        return time.perf_counter() - begin


def measure(rig, worker, rounds, count):
    ways = {"direct": Direct(rig, worker), "queued": Queued(rig)}
    rates = {name: [] for name in ways}
    for name, way in ways.items():
        way.run(f"{name}-warm-", count)
    for number in range(rounds):
        for name in random.sample(sorted(ways), len(ways)):
            took = ways[name].run(f"{name}-{number}-", count)
            rates[name].append(count / took)
        print(f"round {number}: " + ", ".join(f"{name} {rates[name][-1]:.0f} jobs/s"
                                              for name in ways), flush=True)
    return rates


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bailiff")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--jobs", type=int, default=400)
    parser.add_argument("--replicas", type=int, choices=(1, 3), default=1)
    options = parser.parse_args()
    os.environ["BAILIFF"] = os.path.abspath(options.bailiff)
    global PATIENCE_S
    from rig import PATIENCE_S, Rig
    from served_worker import Worker
    Rig.nodes = options.replicas
    Rig.setUpClass()
    rig = Rig()
    worker = None
    try:
        rig.setUp()
        worker = Worker()
        os.symlink(worker.socket, f"{rig.folder.name}/w.sock")
        rig.start_feeder("w", rig.addresses(), look="2s", ack_wait="30s", log="info")
        rates = measure(rig, worker, options.rounds, options.jobs)
    finally:
        if worker:
            worker.end()
        rig.doCleanups()
        Rig.tearDownClass()
    direct, queued = (statistics.median(rates[name]) for name in ("direct", "queued"))
    pairs = statistics.median(q / d for q, d in zip(rates["queued"], rates["direct"]))
    print(f"{options.rounds} rounds of {options.jobs} jobs, {options.replicas} replicas: direct "
          f"{direct:.0f} jobs/s, through the queue {queued:.0f} (medians): {queued / direct:.2f}; "
          f"the median of the rounds' ratios {pairs:.2f}")


if __name__ == "__main__":
    main()
