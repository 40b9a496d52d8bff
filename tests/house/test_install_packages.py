"""scripts/install-packages: installs what is missing and only that, or says how."""
import os
import unittest

from package_scripts import APT_GET, SCRIPTS, PackageScript

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


class InstallPackages(PackageScript):
    SCRIPT = "install-packages"
    LIST = "# comment\n[build]\ngcc\nmake  # why\n\n[test]\ngit\ngcc\n"
    PROGRAMS = {"apt-get": APT_GET % ":", "dpkg-query": DPKG_QUERY}

    def install(self, *groups, uid=0, apt_status=0):
        return self.run_script(*groups, uid=uid, APT_STATUS=str(apt_status))

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
        with open(os.path.join(SCRIPTS, "packages.txt"), encoding="utf-8") as file:
            for line in file:
                self.assertRegex(line, r"^(\[[a-z]+\]|[a-z0-9][a-z0-9+.-]+)?( *#.*)?\n$|^#")


if __name__ == "__main__":
    unittest.main()
