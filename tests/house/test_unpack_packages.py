"""scripts/unpack-packages: lays out packages that are only read, whole or not at all."""
import os
import unittest

from package_scripts import APT_GET, PackageScript

DPKG_DEB = """#!/bin/sh
[ "$1" = -x ] && [ -e "$2" ] && mkdir -p "$3/usr" && echo whole >"$3/usr/file"
exit "${DPKG_STATUS:-0}"
"""


class UnpackPackages(PackageScript):
    SCRIPT = "unpack-packages"
    LIST = "[test]\ngit\n\n[unpacked]\nprofiles # why\n\n[bench]\nmake\n"
    PROGRAMS = {"apt-get": APT_GET % "touch profiles_1.0_all.deb", "dpkg-deb": DPKG_DEB}

    def unpack(self, **environment):
        """(exit status, output, how often apt-get was asked, what lies there)."""
        status, output, asked = self.run_script(self.path("build"), **environment)
        return status, output, len(asked), os.listdir(self.path("build/unpacked"))

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
