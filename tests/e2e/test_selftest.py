"""bailiff selftest: what it says, to people and to machines, and that it can say no."""

import glob
import json
import os
import subprocess
import unittest

from harness import BAILIFF, DEADLINE_S, SandboxTest, bailiff, descendants_of

TRAITOR = """#!/bin/sh
case $1 in
crime_namespaces) echo "unshare user: succeeded";;
crime_mounts) exit 7;;
canary) echo "$2 sings, 0 bytes read, pid $$, clean";;
esac
"""


class Selftest(SandboxTest):
    def attacks(self, result):
        return json.loads(result.stdout)["attacks"]

    def test_walls_that_hold_are_told_so(self):
        result = bailiff("selftest", "--wall=namespaces")
        self.assertEqual((result.returncode, result.stderr), (0, b""))
        self.assertRegex(result.stdout.decode(), r"(?m)^namespaces +3  holds$")
        self.assertIn(b"Every wall held against 3 attacks.", result.stdout)

    def test_json_has_every_attack(self):
        result = bailiff("selftest", "--wall=output", "--json")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertTrue(json.loads(result.stdout)["holds"])
        for attack in self.attacks(result):
            self.assertEqual(sorted(attack), ["attack", "holds", "lines", "policy", "verdict",
                                              "wall", "why"])
            self.assertEqual((attack["wall"], attack["holds"], attack["why"]),
                             ("output", True, None))
        self.assertIn("OUTPUT_LIMIT", {attack["verdict"] for attack in self.attacks(result)})

    def test_a_crime_that_succeeds_is_told(self):
        program = self.write("traitor", TRAITOR, 0o755)
        result = bailiff("selftest", "--wall=namespaces",
                         env={**os.environ, "BAILIFF_SELFTEST": program})
        text = result.stdout.decode()
        self.assertEqual((result.returncode, result.stderr), (1, b""))
        self.assertRegex(text, r"(?m)^namespaces +3  BROKEN by 3$")
        self.assertRegex(text, r"(?m)^BROKE .* unshare user: succeeded$")
        self.assertIn("NOT SAFE", text)

    def test_a_wrong_verdict_is_told(self):
        program = self.write("traitor", TRAITOR, 0o755)
        result = bailiff("selftest", "--wall=mounts", "--json",
                         env={**os.environ, "BAILIFF_SELFTEST": program})
        self.assertEqual(result.returncode, 1)
        self.assertFalse(json.loads(result.stdout)["holds"])
        for attack in self.attacks(result):
            self.assertEqual(attack["verdict"], "RUNTIME_ERROR")
            self.assertIn("must be OK", attack["why"])

    def test_a_program_that_fails_after_an_attack_is_told(self):
        program = self.write("traitor", "#!/bin/sh\n[ $1 != canary ]\n", 0o755)
        result = bailiff("selftest", "--wall=namespaces", "--json",
                         env={**os.environ, "BAILIFF_SELFTEST": program})
        self.assertEqual(result.returncode, 1)
        for attack in self.attacks(result):
            self.assertIn("the program after it", attack["why"])

    def test_the_list_names_every_wall_and_tries_nothing(self):
        text = bailiff("selftest", "--list").stdout.decode()
        for wall in ("namespaces", "mounts", "secrets of the host", "system calls", "memory",
                     "CPU time", "wall time", "output", "kernel objects", "what is left"):
            self.assertRegex(text, rf"(?m)^{wall}$")

    def test_nothing_is_left(self):
        children = descendants_of(os.getpid())
        with subprocess.Popen([BAILIFF, "selftest", "--wall=terminal"], stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL) as selftest:
            self.assertEqual(selftest.wait(DEADLINE_S), 0)
        self.assertEqual(glob.glob(f"/tmp/bailiff-selftest-{selftest.pid}-*"), [])
        self.assertEqual(descendants_of(os.getpid()), children)

    def test_wrong_ones_are_refused(self):
        self.assert_refused(bailiff("selftest", "--wall=none"), "--list")
        self.assert_refused(bailiff("selftest", "now"), "no operand")
        self.assert_refused(bailiff("selftest", env={**os.environ, "BAILIFF_SELFTEST": "/none"}),
                            "/none")

    def test_not_root_is_refused(self):
        # Not by Popen's user: the checkout's folders may be its owner's alone.
        result = subprocess.run(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
                                 BAILIFF, "selftest"], stdin=subprocess.DEVNULL,
                                capture_output=True, check=False)
        self.assert_refused(result, "root")


if __name__ == "__main__":
    unittest.main()
