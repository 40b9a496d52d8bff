"""bailiffd with the key selftest: it attacks its own host, and serves only if every wall holds."""

import glob
import os
import signal
import subprocess
import unittest

from bailiffd import (BAILIFFD, DEADLINE_S, SERVING, DaemonTest, is_alive, need_root,
                      wait_until)

TRAITOR = """#!/bin/sh
case $1 in
crime_namespaces) echo "unshare user: succeeded";;
canary) echo "$2 sings, 0 bytes read, pid $$, clean";;
esac
"""
# Its own end comes late enough for the test to be seen while it runs.
SLEEPER = "#!/bin/sh\nexec sleep 3600\n"


class Configuration(DaemonTest):

    def check(self, value):
        path = self.config(f"selftest: {value}")
        return subprocess.run([BAILIFFD, "--check-config", path], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=DEADLINE_S, check=False)

    def test_walls_have_names(self):
        for value in ("none", "all", "namespaces", "CPU time"):
            self.assertEqual(self.check(value).returncode, 0, value)
        result = self.check("some")
        self.assertEqual(result.returncode, 78)
        self.assertIn("selftest: must be all, none, or a wall", result.stderr)


@need_root()
class Start(DaemonTest):

    def setUp(self):
        super().setUp()
        self.daemons = []

    def launch(self, path, **popen):
        self.daemons.append(super().launch(path, **popen))
        return self.daemons[-1]

    def baits(self):
        return [bait for daemon in self.daemons
                for bait in glob.glob(f"/tmp/bailiff-selftest-{daemon.process.pid}-*")]

    def program(self, text):
        return {**os.environ, "BAILIFF_SELFTEST": self.write("program", text, 0o755)}

    def children(self, daemon):
        with open(f"/proc/{daemon.pid}/task/{daemon.pid}/children", encoding="ascii") as file:
            return [int(pid) for pid in file.read().split()]

    def expect_nothing_left(self):
        self.assertEqual(self.baits(), [])

    def test_serves_where_a_wall_holds(self):
        daemon = self.start("selftest: namespaces",
                            env={**os.environ, "NOTIFY_SOCKET": self.notify_socket()})
        self.assertTrue(daemon.has_logged('msg="every wall held" attacks=3 broke=0'), daemon.lines)
        wait_until(lambda: any("READY=1" in text for text in self.notified), "READY=1")
        self.assertRegex(self.notified[0], r"^EXTEND_TIMEOUT_USEC=\d+\nSTATUS=attacking this host$")
        self.assertEqual(self.health(self.channel()), SERVING)
        self.expect_nothing_left()
        self.stop(daemon)

    def test_does_not_serve_where_a_wall_is_broken(self):
        daemon = self.launch(self.config("selftest: namespaces"), env=self.program(TRAITOR))
        self.assertEqual(daemon.finish(), 1)
        self.assertTrue(daemon.has_logged('level=error msg="a wall does not hold" wall=namespaces '
                                          '.*policy=default.*unshare user: succeeded'),
                        daemon.lines)
        self.assertTrue(daemon.has_logged("attacks=3 broke=3"), daemon.lines)
        self.assertTrue(daemon.has_logged("not safe to run programs here"), daemon.lines)
        self.assertFalse(daemon.has_logged("msg=serving"), daemon.lines)
        self.assertFalse(os.path.exists(self.socket))
        self.expect_nothing_left()

    def test_does_not_serve_where_nothing_could_be_tried(self):
        daemon = self.launch(self.config("selftest: all"),
                             env={**os.environ, "BAILIFF_SELFTEST": "/none"})
        self.assertEqual(daemon.finish(), 1)
        self.assertTrue(daemon.has_logged("cannot try the walls: /none"), daemon.lines)
        self.expect_nothing_left()

    def test_a_signal_ends_it_while_it_tries(self):
        daemon = self.launch(self.config("selftest: all"), env=self.program(SLEEPER))
        wait_until(lambda: daemon.has_logged("attacking this host") and self.children(daemon),
                   "the attacks' beginning")
        daemon.process.send_signal(signal.SIGTERM)
        self.assertIn(daemon.finish(), (1, -signal.SIGTERM), daemon.lines)
        self.assertFalse(daemon.has_logged("msg=serving"), daemon.lines)

    def test_killed_it_takes_its_warden_with_it(self):
        daemon = self.launch(self.config("selftest: all"), env=self.program(SLEEPER))
        wait_until(lambda: daemon.has_logged("attacking this host") and self.children(daemon),
                   "the attacks' beginning")
        warden = self.children(daemon)[0]
        daemon.process.kill()
        self.assertEqual(daemon.finish(), -signal.SIGKILL, daemon.lines)
        wait_until(lambda: not is_alive(warden), "the warden's end")

    def tearDown(self):  # of those that were killed
        for bait in self.baits():
            os.unlink(os.path.join(bait, "secret"))
            os.rmdir(bait)


if __name__ == "__main__":
    unittest.main()
