"""scripts/leave-to-owner and scripts/uninstall: what make leaves behind, and what it takes away."""
import os
import stat
import subprocess
import tempfile
import unittest

SCRIPTS = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", "scripts"))


class MakeScripts(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def call(self, script, *args, **environment):
        return subprocess.run([os.path.join(SCRIPTS, script), *args], cwd=self.folder,
                              env=dict(os.environ, **environment), stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, umask=0o077, check=False)

    def write(self, *names):
        for name in names:
            path = os.path.join(self.folder, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8") as file:
                file.write(name)
        return [os.path.join(self.folder, name) for name in names]

    def there(self):
        return sorted(os.path.relpath(os.path.join(folder, name), self.folder)
                      for folder, folders, names in os.walk(self.folder)
                      for name in names + folders)


class LeaveToOwner(MakeScripts):
    def test_the_status_is_the_commands(self):
        self.assertEqual(self.call("leave-to-owner", "build", "sh", "-c", "exit 3").returncode, 3)

    def test_what_is_built_can_be_read_whatever_the_umask(self):
        self.call("leave-to-owner", "build", "sh", "-c", "mkdir build && touch build/f")
        for name, mode in (("build", 0o755), ("build/f", 0o644)):
            found = os.stat(os.path.join(self.folder, name)).st_mode
            self.assertEqual(stat.S_IMODE(found), mode, name)

    @unittest.skipUnless(os.geteuid() == 0, "this needs root")
    def test_what_root_built_belongs_to_the_checkouts_owner(self):
        os.chown(self.folder, 12345, 23456)
        self.write("elsewhere")
        self.call("leave-to-owner", "build", "sh", "-c",
                  "mkdir build && touch build/f && ln -s ../elsewhere build/link && false")
        for name in ("build", "build/f", "build/link"):
            found = os.lstat(os.path.join(self.folder, name))
            self.assertEqual((found.st_uid, found.st_gid), (12345, 23456), name)
        self.assertEqual(os.stat(os.path.join(self.folder, "elsewhere")).st_uid, 0)


class Uninstall(MakeScripts):
    def manifest(self, lines):
        self.write("manifest")
        with open(os.path.join(self.folder, "manifest"), "w", encoding="utf-8") as file:
            file.write("\n".join(lines))  # as CMake does: no newline at the end

    def test_files_go_and_the_folders_that_are_ours_alone(self):
        files = self.write("bin/bailiff", "libexec/bailiff/bailiff-warden",
                           "share/bailiff/languages/c.yaml", "share/man/man1/bailiff.1")
        self.manifest(files)
        self.assertEqual(self.call("uninstall", "manifest", DESTDIR="").returncode, 0)
        self.assertEqual(self.there(), ["bin", "libexec", "manifest", "share", "share/man",
                                        "share/man/man1"])

    def test_what_somebody_put_there_stays(self):
        files = self.write("share/bailiff/languages/c.yaml")
        self.write("share/bailiff/languages/mine.yaml")
        self.manifest(files)
        self.assertEqual(self.call("uninstall", "manifest", DESTDIR="").returncode, 0)
        self.assertIn("share/bailiff/languages/mine.yaml", self.there())

    def test_below_destdir_where_it_was_installed_so(self):
        self.write("stage/usr/bin/bailiff")
        self.manifest(["/usr/bin/bailiff"])
        done = self.call("uninstall", "manifest", DESTDIR=os.path.join(self.folder, "stage"))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn("stage/usr/bin/bailiff", self.there())

    def test_nothing_installed_is_said(self):
        done = self.call("uninstall", "manifest")
        self.assertEqual(done.returncode, 1)
        self.assertIn("no manifest", done.stderr)


if __name__ == "__main__":
    unittest.main()
