"""tests/e2e/ends.py: a test that is ended by a signal cleans up, and is the last."""
import os
import signal
import subprocess
import sys
import tempfile
import unittest

E2E = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e")

# Its one process outlives it, if it is not ended.
PROGRAM = """
import os, shutil, subprocess, sys, tempfile, time, unittest
sys.path.insert(0, sys.argv.pop())
import ends

ends.folder("shared-")

class Some(unittest.TestCase):
    def setUp(self):
        self.addCleanup(shutil.rmtree, tempfile.mkdtemp(prefix="own-"))
        process = subprocess.Popen(["sleep", "1000"], stdin=subprocess.DEVNULL)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)

    def test_1_is_ended(self):
        print("begun", flush=True)
        time.sleep(1000)

    def test_2_never_begins(self):
        print("begun again", flush=True)

unittest.main()
"""


class Ends(unittest.TestCase):
    def run_program(self, number, folder):
        """Ended by a signal: (its exit status, what it printed)."""
        with subprocess.Popen([sys.executable, "-B", "-c", PROGRAM, E2E],
                              env={**os.environ, "TMPDIR": folder}, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as program:
            said = program.stdout.readline()
            self.assertEqual(sorted(name.split("-")[0] for name in os.listdir(folder)),
                             ["own", "shared"])
            program.send_signal(number)
            said += program.stdout.read()  # to its end: of what it started, too
        return program.returncode, said

    def test_what_is_ended_cleans_up_and_is_the_last(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            with self.subTest(number), tempfile.TemporaryDirectory() as folder:
                self.assertEqual(self.run_program(number, folder), (1, "begun\n"))
                self.assertEqual(os.listdir(folder), [])


if __name__ == "__main__":
    unittest.main()
