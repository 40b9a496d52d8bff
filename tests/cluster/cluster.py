"""A cluster on this machine: three nats-servers, three workers each with its feeder, submissions that
flow, and deaths in the middle. At the end the ledger: every job has one result, and it is its own.

    cluster.py [--jobs N] [--table]

--table: shows a live table (make demo-cluster). Exit status 0: the ledger is right.
"""

import argparse
import json
import os
import random
import signal
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "e2e", "queue"))
from scene import Nats, Scene, free_ports, wait_until  # noqa: E402

NODES, WORKERS = 3, 3


class Cluster(Scene):
    jobs, table = 5000, False

    def setUp(self):
        import tempfile
        self.folder = tempfile.TemporaryDirectory(prefix="bailiff-cluster-")
        self.addCleanup(self.folder.cleanup)
        self.started = []
        self.addCleanup(self.stop_all)
        ports = free_ports(2 * NODES)
        self.ports, self.routes = ports[:NODES], ports[NODES:]
        self.servers = [self.start_node(i) for i in range(NODES)]
        self.nats = None
        wait_until(self.reaches_cluster, "the cluster has a leader")
        self.port = self.ports[0]
        wait_until(self.init_queue, "the queue is made")
        self.workers, self.feeders = {}, {}
        for i in range(WORKERS):
            self.start_pair(f"w{i}")
        self.stage, self.events = "start", []
        self.submitted = 0

    # ---- the machines

    def start_node(self, i):
        path = os.path.join(self.folder.name, f"n{i}.conf")
        routes = ", ".join(f'"nats://127.0.0.1:{port}"' for port in self.routes)
        with open(path, "w", encoding="ascii") as file:
            file.write(f"server_name: n{i}\nlisten: 127.0.0.1:{self.ports[i]}\n"
                       f"jetstream {{\n  store_dir: {self.folder.name}/n{i}\n}}\n"
                       f"cluster {{\n  name: c\n  listen: 127.0.0.1:{self.routes[i]}\n"
                       f"  routes: [{routes}]\n}}\n")
        return self.start("nats-server", "-c", path, log=f"n{i}.log")

    def init_queue(self):
        import subprocess
        done = subprocess.run(
            [os.path.join(os.path.dirname(os.environ["BAILIFF"]), "bailiff"), "queue", "init",
             "--replicas=3"], capture_output=True, check=False,
            env={**os.environ, "BAILIFF_QUEUE": f"nats://127.0.0.1:{self.ports[0]}"})
        return done.returncode == 0

    def start_pair(self, name):
        self.workers[name] = self.start_worker(name, slots=4)
        self.feeders[name] = self.start_feeder(
            name, [f"nats://127.0.0.1:{port}" for port in self.ports], ack_wait="12s", tries=8)

    def reaches_cluster(self):
        try:
            nats = self.any_node()
            answer = nats.ask_json("INFO")
            nats.close()
            return "error" not in answer
        except (OSError, ValueError, AssertionError):
            return False

    def any_node(self):
        """A connection to some node that answers; a stopped one takes connections and is silent."""
        for port in random.sample(self.ports, NODES):
            try:
                return Nats(port, 3)
            except OSError:
                continue
        raise ConnectionError("no node answers")

    def asking(self, question):
        """question(nats), asked of one node after the other until one answers."""
        def attempt():
            try:
                if self.nats is None:
                    self.nats = self.any_node()
                return [question(self.nats)]
            except (OSError, ValueError, KeyError):
                self.nats = None
                return None
        return wait_until(attempt, "some node answers", 120)[0]

    # ---- deaths

    def leader(self, consumer=None):
        what = f"CONSUMER.INFO.JOBS.{consumer}" if consumer else "STREAM.INFO.JOBS"
        name = self.asking(lambda nats: nats.ask_json(what)["cluster"]["leader"])
        return int(name[1:])

    def note(self, text):
        self.stage = text
        self.events.append((time.monotonic(), self.submitted, text))
        if not self.table:
            print(f"  after {self.submitted} submissions: {text}", flush=True)

    def kill_node(self, i, why):
        self.note(f"kill -9 n{i} ({why})")
        self.servers[i].kill()
        self.servers[i].wait()
        return lambda: self.servers.__setitem__(i, self.start_node(i))

    def stop_node(self, i, why):
        self.note(f"SIGSTOP n{i} ({why})")
        self.servers[i].send_signal(signal.SIGSTOP)
        return lambda: self.servers[i].send_signal(signal.SIGCONT)

    def kill_worker(self, name):
        self.note(f"kill -9 worker {name}")
        self.workers[name].kill()
        self.workers[name].wait()
        return lambda: self.workers.__setitem__(name, self.start_worker(name, slots=4))

    def kill_feeder(self, name):
        self.note(f"kill -9 feeder {name}")
        self.feeders[name].kill()
        self.feeders[name].wait()
        return lambda: self.feeders.__setitem__(name, self.start_feeder(
            name, [f"nats://127.0.0.1:{port}" for port in self.ports], ack_wait="12s", tries=8))

    def deaths(self):
        return [
            lambda: [self.kill_node(self.leader(), "stream leader")],
            lambda: [self.kill_worker("w0")],
            lambda: [self.kill_node(self.leader("t0_normal"), "consumer leader")],
            lambda: [self.kill_feeder("w1")],
            lambda: [self.stop_node(self.leader(), "stream leader")],
            lambda: [self.kill_node(self.leader("t1_normal"), "consumer leader"),
                     self.kill_worker("w2"), self.kill_feeder("w0")],
        ]

    # ---- the jobs

    def submit_one(self, i):
        """Until a stream has stored it: an id that is stored twice is one job."""
        self.asking(lambda nats: self.submit(f"j{i}", f"t{i % 3}", nats=nats)["stream"])
        self.submitted += 1

    def submit_range(self, begin, end):
        for i in range(begin, end):
            self.submit_one(i)

    def count(self, stream):
        return self.asking(lambda nats: nats.count_of(stream))

    def await_progress(self, target):
        """The cluster goes on after a death: results come."""
        wait_until(lambda: self.count("RESULTS") >= target, f"{target} results", 120)

    def show(self):
        from sys import stdout
        while not self.over.wait(0.5):
            rows = []
            for i, server in enumerate(self.servers):
                rows.append((f"n{i}", "gone" if server.poll() is not None else "up"))
            for name in self.workers:
                rows.append((f"worker {name}",
                             "gone" if self.workers[name].poll() is not None else "up"))
                rows.append((f"feeder {name}",
                             "gone" if self.feeders[name].poll() is not None else "up"))
                rows.append((f"  jobs of {name}", str(len(self.ran(name)))))
            try:
                done = self.display.count_of("RESULTS")
            except (OSError, ValueError, KeyError, AttributeError):
                done = "?"
                try:
                    self.display = self.any_node()
                except OSError:
                    pass
            stdout.write("\x1b[H\x1b[J" + "".join(f"{a:<16} {b}\n" for a, b in rows)
                         + f"\nsubmitted {self.submitted} of {self.jobs}, results {done}\n"
                         + f"now: {self.stage}\n")
            stdout.flush()

    def all_acknowledged(self):
        def pending(nats):
            infos = [nats.ask_json(f"CONSUMER.INFO.JOBS.t{i}_normal") for i in range(3)]
            return sum(info["num_pending"] + info["num_ack_pending"] for info in infos)
        return self.asking(pending) == 0

    def sweep(self):
        """Jobs that a server which died or hung has kept, though they are acknowledged: again where
        another server leads meanwhile. True: there are none any more."""
        self.port = self.ports[0]
        print(self.queue("sweep").strip(), flush=True)
        return self.count("JOBS") == 0

    # ---- the ledger

    def result_of(self, nats, i):
        from bailiff.v1 import result_pb2
        found = nats.last("RESULTS", f"results.t{i % 3}.j{i}")
        return found and result_pb2.JobResult.FromString(found[1])

    def check_ledger(self):
        counts = {name: self.count(name) for name in ("JOBS", "RESULTS", "DEAD")}
        wrong = [i for i in range(self.jobs)
                 if (result := self.asking(lambda nats, i=i: self.result_of(nats, i))) is None
                 or result.job_id != f"j{i}"]
        runs = sum(len(self.ran(name)) for name in self.workers)
        print(f"{self.jobs} jobs: {counts['RESULTS']} results on as many subjects, "
              f"{len(wrong)} missing or wrong, {counts['JOBS']} left, {counts['DEAD']} dead; "
              f"{runs} runs ({runs - self.jobs} more than jobs)", flush=True)
        self.assertEqual(counts, {"JOBS": 0, "RESULTS": self.jobs, "DEAD": 0}, json.dumps(counts))
        self.assertEqual(wrong, [])
        self.assertGreaterEqual(runs, self.jobs)

    def test_cluster__has_every_job_once_whatever_dies(self):
        self.over, self.display = threading.Event(), None
        if self.table:
            shower = threading.Thread(target=self.show, daemon=True)
            shower.start()
        begin = time.monotonic()
        deaths = self.deaths()
        part = self.jobs // (len(deaths) + 1)
        self.submit_range(0, part)
        for n, death in enumerate(deaths, 1):
            self.await_progress(self.submitted // 2)
            revivals = death()
            self.submit_range(n * part, (n + 1) * part)
            self.await_progress(self.submitted * 9 // 10)
            for revive in revivals:
                revive()
            self.note("all is up again")
        self.submit_range((len(deaths) + 1) * part, self.jobs)
        wait_until(lambda: self.count("RESULTS") == self.jobs, "all results", 180)
        wait_until(self.all_acknowledged, "all is acknowledged", 60)
        wait_until(self.sweep, "nothing is left behind", 60)
        took = time.monotonic() - begin
        self.over.set()
        if self.table:
            shower.join()
        print(f"{took:.1f} s")
        self.check_ledger()


def main():
    import unittest
    parser = argparse.ArgumentParser()
    parser.add_argument("--jobs", type=int, default=5000)
    parser.add_argument("--table", action="store_true")
    options = parser.parse_args()
    Cluster.jobs, Cluster.table = options.jobs, options.table
    suite = unittest.defaultTestLoader.loadTestsFromTestCase(Cluster)
    result = unittest.TextTestRunner(verbosity=1).run(suite)
    return 0 if result.wasSuccessful() else 1


if __name__ == "__main__":
    os.environ.setdefault("BAILIFF", os.path.join(HERE, "..", "..", "build", "bin", "bailiff"))
    sys.exit(main())
