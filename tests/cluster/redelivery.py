"""How long a job waits whose worker died: until another one begins it, measured, and held to the
promise of ack_wait + 5 s.

    redelivery.py

One nats-server, two machines whose workers run nothing (tests/support/queue/worker.py)."""

import os
import signal
import sys
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "e2e", "queue"))
from scene import Scene, wait_until  # noqa: E402

SLACK_S = 5


class Redelivery(Scene):
    def time_of(self, ack_wait_s, death):
        """From the death of the job's machine until it runs on the other one."""
        keys = {"ack_wait": f"{ack_wait_s}s"}
        worker, feeder = self.start_worker("a"), self.start_feeder("a", **keys)
        self.submit("job", do="hold")
        wait_until(lambda: self.ran("a") == ["job"], "it runs")
        self.start_worker("b")
        self.start_feeder("b", **keys)
        wait_until(lambda: "the worker is there" in self.log("b-feeder.log"), "there is another")
        begin = time.monotonic()
        death(worker, feeder)
        wait_until(lambda: self.ran("b") == ["job"], "it runs elsewhere")
        took = time.monotonic() - begin
        open(self.runs("b") + ".job", "w", encoding="ascii").close()
        self.result("job")
        return took

    def check(self, what, ack_wait_s, death):
        took = self.time_of(ack_wait_s, death)
        print(f"{what}, ack_wait {ack_wait_s} s: runs elsewhere after {took:.2f} s", flush=True)
        self.assertLessEqual(took, ack_wait_s + SLACK_S)

    def kill_both(self, worker, feeder):
        for process in (worker, feeder):
            process.kill()

    def test_machine__dead_has_its_job_run_in_time(self):
        self.check("machine killed", 5, self.kill_both)

    def test_machine__dead_has_its_job_run_in_time_by_default(self):
        self.check("machine killed", 30, self.kill_both)

    def test_feeder__dead_has_its_job_run_in_time(self):
        self.check("feeder killed", 5, lambda worker, feeder: feeder.kill())

    def test_feeder__hung_has_its_job_run_in_time(self):
        self.check("feeder stopped", 5, lambda worker, feeder: feeder.send_signal(signal.SIGSTOP))

    def test_worker__dead_has_its_job_run_in_time(self):
        self.check("worker killed", 5, lambda worker, feeder: worker.kill())


if __name__ == "__main__":
    unittest.main(verbosity=0)
