"""bailiffd on disks that are too small, full, or another one's already."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

from bailiffd import DEADLINE_S, ROOT, DaemonTest, need_root

if ROOT:
    sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "site"))
    from served import Client, inline, job, result, shell

SMALL = 16 << 20
FULL_TMP = ("mount -t tmpfs -o size=64k none /tmp && ! head -c 1M /dev/zero >/tmp/all 2>/dev/null "
            "&& exec \"$@\"")


@need_root()
class Disk(DaemonTest):

    def setUp(self):
        super().setUp()
        self.disk = self.path("disk")
        os.mkdir(self.disk)
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SMALL}", "none", self.disk], check=True,
                       timeout=DEADLINE_S)
        self.addCleanup(subprocess.run, ["umount", self.disk], check=True, timeout=DEADLINE_S)
        self.state = f"state: {{directory: {self.disk}/state, spool_size: 16MiB}}"

    def client(self):
        client = Client("unix:" + self.socket)
        self.addCleanup(client.close)
        return client

    def test_a_store_that_is_larger_than_its_disk_is_bounded(self):
        daemon = self.start(self.state)
        self.assertTrue(daemon.has_logged("level=warning msg=\"state.store_size is more than"))
        client = self.client()
        for i in range(4):  # three of them would not fit
            digest = client.put(bytes([i]) * (6 << 20)).sha256
            self.assertEqual(len(client.get(digest)), 6 << 20)
        self.stop(daemon)

    def test_a_disk_that_is_full_at_the_start(self):
        """Is no mistake of the configuration, with which nobody would start it again."""
        filler = os.path.join(self.disk, "filler")
        with open(filler, "wb", buffering=0) as file:
            self.assertLess(file.write(bytes(SMALL + 1)), SMALL + 1)  # as much as there was room for
        daemon = self.launch(self.config(self.state))
        self.assertEqual(daemon.finish(), 1)
        self.assertTrue(daemon.has_logged("No space left on device"), daemon.lines)
        os.unlink(filler)
        self.stop(self.start(self.state))

    def test_two_at_once(self):
        daemon = self.start(self.state)
        second = self.launch(self.config(self.state))
        self.assertNotEqual(second.finish(), 0)
        self.assertTrue(second.has_logged("somebody listens on " + self.socket), second.lines)
        third = self.launch(self.config(self.state + f"\nlisten: [\"unix:{self.path('other.sock')}\"]"))
        self.assertEqual(third.finish(), 1)
        self.assertTrue(third.has_logged("another process uses it"), third.lines)
        self.assertEqual(self.client().run(shell("exit 0")).done.outcome, result.OUTCOME_PASSED)
        self.stop(daemon)


@need_root()
class Tmp(DaemonTest):

    def setUp(self):
        super().setUp()
        shutil.rmtree(self.folder)
        self.folder = tempfile.mkdtemp(prefix="bailiffd-", dir="/var/tmp")
        os.chmod(self.folder, 0o755)
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.socket = self.path("rpc.sock")

    def test_a_full_tmp_is_none_of_its_business(self):
        daemon = self.start(wrapper=["unshare", "--mount", "sh", "-c", FULL_TMP, "sh"])
        client = Client("unix:" + self.socket)
        self.addCleanup(client.close)
        digest = client.put(bytes(4 << 20)).sha256
        self.assertEqual(len(client.get(digest)), 4 << 20)
        source = inline(b"int main(void) { return 0; }\n")
        answer = client.run(job.Job(steps=[
            job.Step(name="compile", commands=[job.Command(
                compile=job.Compile(language="c"), inputs=[job.Input(name="/app/main.c", file=source)])]),
            job.Step(name="run", commands=[job.Command(compiled=job.Compiled(step="compile"))])]))
        self.assertEqual(answer.done.outcome, result.OUTCOME_PASSED, answer)
        daemon.process.send_signal(signal.SIGTERM)
        self.assertEqual(daemon.finish(), 0, daemon.lines)


if __name__ == "__main__":
    unittest.main()
