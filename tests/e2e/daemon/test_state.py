"""bailiffd's folder: whose it takes, and whose it leaves alone."""

import os
import stat
import unittest

from bailiffd import DaemonTest, need_root


@need_root()
class State(DaemonTest):

    def folder_of(self, name, mode, owner=0):
        path = self.path(name)
        os.mkdir(path)
        os.chown(path, owner, owner)
        os.chmod(path, mode)
        return path

    @staticmethod
    def look(path):
        is_now = os.lstat(path)
        return is_now.st_uid, is_now.st_gid, stat.S_IMODE(is_now.st_mode)

    def keys(self, path, user="nobody"):
        return f"user: {user}\nstate: {{directory: {path}, spool_size: 16MiB}}"

    def test_somebodys_folder_is_left_as_it_is(self):
        victim = self.folder_of("victim", 0o1777)
        self.write("victim/his", "his")
        config = self.config(self.keys(victim))
        daemon = self.launch(config)
        self.assertEqual(daemon.finish(), 78, daemon.lines)
        self.assertTrue(daemon.has_logged(f"state.directory: {victim}: others may write to it"),
                        daemon.lines)
        self.assertEqual(self.look(victim), (0, 0, 0o1777))
        os.chmod(victim, 0o755)
        daemon = self.launch(config)
        self.assertEqual(daemon.finish(), 78, daemon.lines)
        self.assertTrue(daemon.has_logged(f"state.directory: {victim}: is neither empty nor"),
                        daemon.lines)
        self.assertEqual(self.look(victim), (0, 0, 0o755))

    def test_a_link_is_not_followed(self):
        victim = self.folder_of("victim", 0o755)
        os.symlink(victim, self.path("link"))
        daemon = self.launch(self.config(self.keys(self.path("link"))))
        self.assertEqual(daemon.finish(), 78, daemon.lines)
        self.assertEqual(self.look(victim), (0, 0, 0o755))

    def test_what_a_service_manager_has_made_is_taken(self):
        for name, owner in (("roots", 0), ("his", 65534)):
            with self.subTest(name):
                path = self.folder_of(name, 0o755, owner)
                self.stop(self.start(self.keys(path)))
                self.assertEqual(self.look(path)[::2], (65534, 0o700))

    def test_the_next_user_has_the_store_of_the_one_before(self):
        path, file = self.path("state"), self.path("state/store/" + 64 * "0")
        self.stop(self.start(self.keys(path)))
        for name in (file, self.path("state/store/linked")):
            with open(name, "wb"):
                os.chmod(name, 0o555)
                os.chown(name, 65534, 65534)
        os.link(self.path("state/store/linked"), self.path("elsewhere"))
        os.chown(path, 0, 0)
        daemon = self.start(self.keys(path, "4711"))
        self.assertTrue(daemon.has_logged("the store gets another owner"), daemon.lines)
        self.stop(daemon)
        for name in (path, self.path("state/store"), self.path("state/store/.bailiff-store")):
            self.assertEqual(self.look(name)[0], 4711, name)
        # What has another name besides is not the store's to give away.
        self.assertEqual(self.look(self.path("elsewhere"))[0], 65534)


if __name__ == "__main__":
    unittest.main()
