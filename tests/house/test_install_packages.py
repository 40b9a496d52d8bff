"""scripts/install-packages: installs what is missing and only that, or says how."""
import os
import shutil
import subprocess
import tempfile
import unittest

INSTALL = os.path.join(os.path.dirname(__file__), "..", "..", "scripts", "install-packages")

LIST = "# comment\n[build]\ngcc\nmake  # why\n\n[test]\ngit\ngcc\n"

# Knows gcc as installed, make as removed with its settings left, and nothing else.
DPKG_QUERY = """#!/bin/sh
for name; do
    case $name in
    gcc) echo "installed gcc" ;;
    make) echo "config-files make" ;;
    -*|*status*) ;;
    *) echo "no packages found matching $name" >&2; bad=1 ;;
    esac
done
exit ${bad:-0}
"""

# Writes down what it was asked. Installing fails until the lists were fetched.
APT_GET = """#!/bin/sh
echo "$@" >>"$LOG"
case "$*" in
*update*) touch "$LOG.lists" ;;
*) [ -e "$LOG.lists" ] || { echo "unable to locate"; exit 100; } ;;
esac
exit "${APT_STATUS:-0}"
"""


class InstallPackages(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        shutil.copy(INSTALL, self.folder)
        self.write("packages.txt", LIST)
        os.mkdir(os.path.join(self.folder, "bin"))
        self.write("bin/dpkg-query", DPKG_QUERY)
        self.write("bin/apt-get", APT_GET)

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path, 0o755)

    def install(self, *groups, uid=0, apt_status=0):
        """(exit status, output, apt-get's command lines)."""
        self.write("bin/id", "#!/bin/sh\necho %d\n" % uid)
        log = os.path.join(self.folder, "log")
        environment = dict(os.environ, LOG=log, APT_STATUS=str(apt_status),
                           PATH=os.path.join(self.folder, "bin") + ":" + os.environ["PATH"])
        done = subprocess.run([os.path.join(self.folder, "install-packages"), *groups],
                              env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False)
        asked = []
        if os.path.exists(log):
            with open(log, encoding="utf-8") as file:
                asked = file.read().splitlines()
        return done.returncode, done.stdout, asked

    def test_nothing_missing_is_silent(self):
        self.write("packages.txt", "[build]\ngcc\n")
        self.assertEqual(self.install("build"), (0, "", []))

    def test_root_installs_the_missing_ones_after_fetching_the_lists(self):
        status, output, asked = self.install("build", "test")
        self.assertEqual((status, output), (0, "installing git make\n"))
        self.assertEqual(len(asked), 3)
        self.assertTrue(asked[0].endswith("git make"), asked)
        self.assertIn("update", asked[1])
        self.assertEqual(asked[2], asked[0])

    def test_other_groups_stay_out(self):
        status, output, _ = self.install("build")
        self.assertEqual((status, output), (0, "installing make\n"))

    def test_not_root_is_told_the_command(self):
        status, output, asked = self.install("build", "test", uid=1000)
        self.assertEqual((status, asked), (1, []))
        self.assertIn("sudo apt-get install --no-install-recommends git make\n", output)

    def test_failure_of_apt_is_shown(self):
        status, output, _ = self.install("build", apt_status=100)
        self.assertEqual(status, 1)
        self.assertIn("installing make\n", output)

    def test_every_name_of_the_real_list_is_a_package_name(self):
        with open(os.path.join(os.path.dirname(INSTALL), "packages.txt"), encoding="utf-8") as file:
            for line in file:
                self.assertRegex(line, r"^(\[[a-z]+\]|[a-z0-9][a-z0-9+.-]+)?( *#.*)?\n$|^#")


if __name__ == "__main__":
    unittest.main()
