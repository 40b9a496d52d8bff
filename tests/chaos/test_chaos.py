"""chaos.py, for a short while: make chaos has it for longer."""

import os
import subprocess
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
SECONDS = os.environ.get("CHAOS_SECONDS", "15")


class Chaos(unittest.TestCase):

    def test_each_job_has_one_outcome_and_the_host_is_as_it_was(self):
        if os.geteuid() != 0:
            if os.environ.get("BAILIFF_MUST_ISOLATE") == "1":
                self.fail("BAILIFF_MUST_ISOLATE=1, but this needs root")
            self.skipTest("this needs root")
        chaos = subprocess.run(
            [sys.executable, "-B", os.path.join(HERE, "chaos.py"), "--seconds", SECONDS],
            stdin=subprocess.DEVNULL, check=False)
        self.assertEqual(chaos.returncode, 0)


if __name__ == "__main__":
    unittest.main()
