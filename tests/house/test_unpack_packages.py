"""scripts/unpack-packages: lays out packages that are only read, whole or not at all."""
import os
import shutil
import subprocess
import tempfile
import unittest

UNPACK = os.path.join(os.path.dirname(__file__), "..", "..", "scripts", "unpack-packages")

LIST = "[test]\ngit\n\n[unpacked]\nprofiles # why\n\n[bench]\nmake\n"

# Finds the package only after the lists were fetched.
APT_GET = """#!/bin/sh
echo "$@" >>"$LOG"
case "$*" in
*update*) touch "$LOG.lists" ;;
*) [ -e "$LOG.lists" ] || { echo "unable to locate"; exit 100; }; touch profiles_1.0_all.deb ;;
esac
exit "${APT_STATUS:-0}"
"""

DPKG_DEB = """#!/bin/sh
[ "$1" = -x ] && [ -e "$2" ] && mkdir -p "$3/usr" && echo whole >"$3/usr/file"
exit "${DPKG_STATUS:-0}"
"""


class UnpackPackages(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        shutil.copy(UNPACK, self.folder)
        self.write("packages.txt", LIST)
        for name, text in (("apt-get", APT_GET), ("dpkg-deb", DPKG_DEB)):
            os.makedirs(self.path("bin"), exist_ok=True)
            self.write("bin/" + name, text)

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(self.path(name), 0o755)

    def unpack(self, uid=0, **environment):
        """(exit status, output, how often apt-get was asked, what lies there)."""
        self.write("bin/id", f"#!/bin/sh\necho {uid}\n")
        environment = dict(os.environ, LOG=self.path("log"), **environment,
                           PATH=self.path("bin") + ":" + os.environ["PATH"])
        done = subprocess.run([self.path("unpack-packages"), self.path("build")], env=environment,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False)
        asked = 0
        if os.path.exists(self.path("log")):
            with open(self.path("log"), encoding="utf-8") as file:
                asked = len(file.readlines())
        return done.returncode, done.stdout, asked, os.listdir(self.path("build/unpacked"))

    def test_lays_out_its_group_once(self):
        self.assertEqual(self.unpack(), (0, "unpacking profiles\n", 3, ["profiles"]))
        self.assertTrue(os.path.exists(self.path("build/unpacked/profiles/usr/file")))
        self.assertEqual(self.unpack(), (0, "", 3, ["profiles"]))

    def test_what_can_not_be_had_is_told(self):
        for environment in ({"APT_STATUS": "100"}, {"DPKG_STATUS": "2"}):
            status, output, _, there = self.unpack(**environment)
            self.assertEqual((status, there), (0, []), environment)
            self.assertIn("profiles can't be had", output)

    def test_only_root_fetches_the_lists(self):
        status, output, asked, there = self.unpack(uid=1000)
        self.assertEqual((status, asked, there), (0, 1, []))
        self.assertIn("unable to locate", output)


if __name__ == "__main__":
    unittest.main()
