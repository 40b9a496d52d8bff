"""bailiff judge: the packages that ship, with every submission in them."""

import os
import re
import shutil
import subprocess
import unittest

from harness import BAILIFF, SLOWNESS, SandboxTest


class Demo(SandboxTest):
    def package(self, path):
        """The package; where the machine is slow, a copy whose limits on time leave room for that."""
        if SLOWNESS == 1:
            return path, []
        copy = os.path.join(self.folder, os.path.basename(path))
        shutil.copytree(path, copy)
        yaml = self.read(os.path.join(copy, "problem.yaml")).decode()
        yaml = re.sub(r"\n  compilation_time: .*", "", yaml)
        self.write(os.path.join(copy, "problem.yaml"),
                   yaml.replace("\nlimits:\n",
                                f"\nlimits:\n  compilation_time: {60 * SLOWNESS}\n"))
        return copy, [f"--time-limit={SLOWNESS}s"]

    def test_every_submission_of_our_packages_gets_its_verdict(self):
        packages = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "packages")
        for name in sorted(os.listdir(packages)):
            with self.subTest(package=name):
                package, options = self.package(os.path.join(packages, name))
                result = subprocess.run(
                    [BAILIFF, "judge", "--quiet", *options, package], stdin=subprocess.DEVNULL,
                    capture_output=True, timeout=300 * SLOWNESS, check=False)
                self.assertEqual(result.returncode, 0, (result.stdout + result.stderr).decode())


if __name__ == "__main__":
    unittest.main()
