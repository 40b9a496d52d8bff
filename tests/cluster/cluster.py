"""A cluster on this machine, submissions that flow, and deaths in the middle. At the end the ledger:
every job has one result, and it is right.

    cluster.py [--jobs N] [--deaths all|demo|together] [--table]

--table: shows a live table (make demo-cluster). Needs root, as workers do. Exit status 0: the ledger
is right.
"""

import argparse
import base64
import json
import os
import re
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
from machines import LANES, PATIENCE_S, Machines, wait_until  # noqa: E402
from table import Table  # noqa: E402


class Cluster(Machines):
    jobs, which, has_table = 5000, "all", False

    def set_up_scene(self):
        self.began = self.now()
        self.events, self.submitted = [], 0
        super().set_up_scene()

    def note(self, text):
        self.events.append((self.now() - self.began, self.submitted, text))
        if not self.has_table or not sys.stdout.isatty():
            print(f"  after {self.submitted} submissions: {text}", flush=True)

    # ---- deaths, each a function that returns how they are undone

    def deaths(self):
        stream = [lambda: [self.kill_node(self.leader(), "stream leader")]]
        worker = [lambda: [self.kill_worker("w0")]]
        consumer = [lambda: [self.kill_node(self.leader("t0_normal"), "consumer leader")]]
        feeder = [lambda: [self.kill_feeder("w1")]]
        hung = [lambda: [self.stop_node(self.leader(), "stream leader")]]
        together = [lambda: [self.kill_node(self.leader_of_both(), "stream and consumer leader"),
                             self.kill_worker("w2"), self.kill_feeder("w0")]]
        return {"all": stream + worker + consumer + feeder + hung + together,
                "demo": stream + worker, "together": together}[self.which]

    # ---- the jobs

    def job(self, id_, tenant="t", **fields):
        """It computes something that is its own: j7 reads 7 and writes 7 * 7 + 1."""
        from bailiff.v1 import job_pb2
        job = job_pb2.Job(id=id_, tenant=tenant, **fields)
        step = job.steps.add(name="run")
        command = step.commands.add(argv=["/bin/sh", "-c", "read x; echo $((x * x + 1))"])
        command.stdout.return_bytes = 64
        step.cases.add(name="one").input.inline = f"{id_[1:]}\n".encode()
        return job

    def submit_range(self, begin, end):
        """Each until a stream has stored it: an id that is stored twice is one job."""
        for i in range(begin, end):
            self.asking(lambda nats, i=i: self.submit(f"j{i}", f"t{i % LANES}", nats=nats)["stream"])
            self.submitted += 1

    def await_progress(self, target):
        """The cluster goes on after a death: results come."""
        wait_until(lambda: self.count("RESULTS") >= target, f"{target} results", PATIENCE_S)

    def live_and_die(self):
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
        self.await_progress(self.jobs)

    # ---- the end of it

    def lanes(self):
        return [f"CONSUMER.INFO.JOBS.t{i}_normal" for i in range(LANES)]

    def all_acknowledged(self):
        infos = self.asking(lambda nats: [nats.ask_json(lane) for lane in self.lanes()])
        return all(info["num_pending"] + info["num_ack_pending"] == 0 for info in infos)

    def show_queue(self):
        """What the servers think of it, for whoever has to find out why it stands still."""
        for what in ["STREAM.INFO.JOBS"] + self.lanes():
            print(json.dumps(self.asking(lambda nats, what=what: nats.ask_json(what))), flush=True)

    def deliveries(self):
        return self.asking(lambda nats: sum(
            nats.ask_json(lane)["delivered"]["consumer_seq"] for lane in self.lanes()))

    def swept(self):
        """How many jobs the feeders have removed that a server which died or hung had kept."""
        return sum(int(count) for count in re.findall("removed=([0-9]+)", self.all_logs()))

    def is_right(self, i):
        """As the stream's leader has it: any replica would answer sooner, and may be behind."""
        from bailiff.v1 import result_pb2
        subject = f"results.t{i % LANES}.j{i}"
        found = self.asking(lambda nats: nats.ask_json(
            "STREAM.MSG.GET.RESULTS", {"last_by_subj": subject})).get("message")
        if not found:
            return False
        result = result_pb2.JobResult.FromString(base64.b64decode(found["data"]))
        return (result.job_id == f"j{i}" and result.done.outcome == result_pb2.OUTCOME_PASSED and
                result.cases[0].commands[0].stdout.data == f"{i * i + 1}\n".encode())

    def check_ledger(self):
        counts = {name: self.count(name) for name in ("JOBS", "RESULTS", "DEAD")}
        subjects = self.asking(lambda nats: nats.subjects("RESULTS", "results.>"))
        wrong = [i for i in range(self.jobs) if not self.is_right(i)]
        print(f"{self.jobs} jobs: {counts['RESULTS']} results on {len(subjects)} subjects, "
              f"{len(wrong)} missing or wrong, {counts['JOBS']} left, {counts['DEAD']} dead; "
              f"{self.deliveries()} deliveries, {self.swept()} swept", flush=True)
        self.assertEqual(counts, {"JOBS": 0, "RESULTS": self.jobs, "DEAD": 0}, json.dumps(counts))
        self.assertEqual(len(subjects), self.jobs)
        self.assertEqual(wrong, [])

    def test_cluster__has_every_job_once_whatever_dies(self):
        table = Table(self) if self.has_table else None
        self.live_and_die()
        try:
            wait_until(self.all_acknowledged, "all is acknowledged", PATIENCE_S)
            wait_until(lambda: self.count("JOBS") == 0, "the feeders have swept", PATIENCE_S)
        except AssertionError:
            self.show_queue()
            raise
        if table:
            table.finish()
        print(f"{self.now() - self.began:.1f} s")
        self.check_ledger()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--jobs", type=int, default=5000)
    parser.add_argument("--deaths", choices=("all", "demo", "together"), default="all")
    parser.add_argument("--table", action="store_true")
    options = parser.parse_args()
    if os.geteuid() != 0:
        print("cluster.py: needs root, as workers do", file=sys.stderr)
        return 1
    Cluster.jobs, Cluster.which, Cluster.has_table = options.jobs, options.deaths, options.table
    suite = unittest.defaultTestLoader.loadTestsFromTestCase(Cluster)
    result = unittest.TextTestRunner(verbosity=1).run(suite)
    return 0 if result.wasSuccessful() else 1


if __name__ == "__main__":
    os.environ.setdefault("BAILIFF", os.path.join(HERE, "..", "..", "build", "bin", "bailiff"))
    sys.exit(main())
