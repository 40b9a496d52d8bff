"""kill -9 of bailiffd, or of its warden, while it starts and while it drains: nothing is left, and the
next one serves. (While it serves: tests/e2e/site/test_site_kills.py, by bailiffd as well.)"""

import os
import random
import signal
import sys
import time
import unittest

import grpc

from bailiffd import ROOT, Bailiffd, DaemonTest, need_root, wait_until

if ROOT:
    sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "site"))
    from place import Place
    from mounts import mounts  # where served looks
    from served import Client, descendants, result, shell

ROUNDS = 12
SEED = int(os.environ.get("BAILIFF_SEED", "31"))


@need_root()
class Kills(DaemonTest):

    def setUp(self):
        super().setUp()
        self.place = Place()
        self.addCleanup(self.place.remove)
        self.mounts = mounts(self.folder)

    def launch_there(self):
        daemon = Bailiffd("--config", self.config(), wrapper=self.place.enter())
        self.addCleanup(self.kill, daemon)
        return daemon

    def serving(self):
        daemon = self.launch_there()
        daemon.await_line(r"msg=serving\b")
        client = Client("unix:" + self.socket)
        self.addCleanup(client.close)
        return daemon, client

    def victim(self, daemon, number):
        """The worker, or whatever of its children is there: the warden comes late."""
        below = descendants(daemon.pid) if number % 2 else []
        return below[0] if below else daemon.pid

    def assert_gone(self, daemon):
        daemon.finish()
        wait_until(lambda: not self.place.processes(), "the end of all processes")
        self.assertEqual(mounts(self.folder), self.mounts)

    def assert_next_serves(self):
        """And clears away what no one was left to clear away."""
        daemon, client = self.serving()
        self.assertEqual(client.run(shell("exit 0")).done.outcome, result.OUTCOME_PASSED)
        self.stop(daemon)
        self.assert_gone(daemon)
        self.assertEqual(self.place.groups(), [])

    def test_while_it_starts(self):
        began = time.monotonic()
        daemon, _ = self.serving()
        takes = time.monotonic() - began
        self.stop(daemon)
        for number in range(ROUNDS):
            seed = SEED + number
            with self.subTest(seed=seed):
                daemon = self.launch_there()
                time.sleep(random.Random(seed).random() * takes)  # the moment is what is tried
                os.kill(self.victim(daemon, number), signal.SIGKILL)
                if not number % 2:
                    self.assert_gone(daemon)
                else:  # without a warden it ends by itself; the fetcher's or a helper's end is none of its
                    daemon.process.kill()
                    self.assert_gone(daemon)
        self.assert_next_serves()

    def test_while_it_drains(self):
        for number in range(4):
            with self.subTest(number=number):
                daemon, client = self.serving()
                call = client.watch(shell("exec sleep 1000"))
                while next(call).WhichOneof("what") != "started":
                    pass
                waits = client.watch(shell("exec sleep 1000"))
                next(waits)
                daemon.process.send_signal(signal.SIGTERM)
                daemon.await_line("msg=draining")
                os.kill(self.victim(daemon, number), signal.SIGKILL)
                for one in (call, waits):
                    try:
                        events = list(one)
                        self.assertEqual(events[-1].done.outcome, result.OUTCOME_ERROR, events)
                    except grpc.RpcError as ended:
                        self.assertEqual(ended.code(), grpc.StatusCode.UNAVAILABLE)
                self.assert_gone(daemon)
        self.assert_next_serves()


if __name__ == "__main__":
    unittest.main()
