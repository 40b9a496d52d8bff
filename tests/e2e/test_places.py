"""bailiff started where not all is as usual: in a chroot, under the limits of a caller."""

import os
import subprocess
import unittest

from harness import BAILIFF, DEADLINE_S, SandboxTest

PACKAGES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "packages")


class Chroot(SandboxTest):
    """The same tree at another place, in a mount namespace of its own: what lies above the chroot
    is the tree as well, so what is seen of it is seen by its root's names."""

    def inside(self, *args):
        os.makedirs("jail", exist_ok=True)
        script = 'mount --rbind / "$1" && shift && exec chroot "$PWD/jail" "$@"'
        return subprocess.run(
            ["unshare", "--mount", "--propagation", "private", "sh", "-c", script, "sh",
             os.path.join(self.folder, "jail"), BAILIFF, *args], stdin=subprocess.DEVNULL,
            capture_output=True, timeout=DEADLINE_S, check=False)

    def test_a_sandbox_has_its_own_root_and_not_what_lies_above(self):
        listing = self.run_program(program=["/bin/ls", "/"]).stdout
        result = self.inside("run", "--", "/bin/ls", "/")
        self.assertEqual((result.returncode, result.stdout), (0, listing), result.stderr)

    def test_mounts_show_nothing_of_the_chroot(self):
        result = self.inside("run", "--", "/bin/cat", "/proc/self/mountinfo")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertNotIn(os.fsencode(self.folder), result.stdout)

    def test_a_private_input_is_shown_all_the_same(self):
        path = self.write("secret", "for one\n", 0o600)
        result = self.inside("run", "--in", path, "--", "/bin/cat", "secret")
        self.assertEqual((result.returncode, result.stdout), (0, b"for one\n"), result.stderr)

    def test_judge_finds_what_belongs_to_it(self):
        result = self.inside("judge", "--quiet", os.path.join(PACKAGES, "mean"), "accepted/mean.c")
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)

    def test_doctor_sees_that_it_works(self):
        result = self.inside("doctor")
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)


class CallersLimits(SandboxTest):
    """What the caller's shell was given is neither Bailiff's nor the program's."""

    def limited(self, limits, *args):
        return subprocess.run(["/bin/bash", "-c", limits + '; exec "$@"', "bash", BAILIFF, *args],
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=DEADLINE_S,
                              check=False)

    def test_soft_limits_hold_nobody(self):
        ulimits = "ulimit -S -f 1; ulimit -S -s 64"
        # AddressSanitizer reserves terabytes of addresses before our first instruction.
        if not os.environ.get("BAILIFF_SANITIZED"):
            ulimits += "; ulimit -S -v 100000; ulimit -S -d 1000"
        script = "head -c 100000 /dev/zero; ulimit -v; ulimit -d; ulimit -s"
        result = self.limited(ulimits, "run", "--stdout=out", "--", "/bin/bash", "-c", script)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.read("out")[100000:], b"unlimited\nunlimited\n65536\n")

    def test_a_hard_limit_on_our_own_files_is_told_and_is_no_end_of_the_program(self):
        script = "head -c 100000 /dev/zero; echo rest >&2"
        result = self.limited("ulimit -f 64", "run", "--file-size=1KiB", "--stdout=out", "--",
                              "/bin/sh", "-c", script)
        self.assertEqual(result.returncode, 125, result.stderr)
        self.assertIn(b"File too large", result.stderr)

    def test_a_hard_limit_below_the_usual_one_holds_the_program_too(self):
        result = self.limited("ulimit -i 500; ulimit -q 1000", "run", "--stdout=out", "--",
                              "/bin/bash", "-c", "ulimit -H -i; ulimit -q")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.read("out"), b"500\n1000\n")


if __name__ == "__main__":
    unittest.main()
