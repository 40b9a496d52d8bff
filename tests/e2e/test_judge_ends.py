"""bailiff judge: what is left when it is ended from outside."""

import signal
import subprocess
import unittest

from harness import (BAILIFF, DEADLINE_S, descendants_of, group_is_gone, groups_of, is_alive,
                     wait_until)
from judge_scene import JudgeTest


def name_of(pid):
    try:
        with open(f"/proc/{pid}/comm", encoding="latin-1") as file:
            return file.read().strip()
    except OSError:
        return ""


class Ended(JudgeTest):
    def start(self):
        self.package(cases=4, limit="60", submissions__mine__sleep_py="import time\n"
                     "time.sleep(1000)\n")
        call = subprocess.Popen([BAILIFF, "judge", "--jobs=2", "p"], stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.addCleanup(call.stdout.close)
        pids, groups = [], []

        def both_run():
            pids[:] = descendants_of(call.pid)
            groups[:] = [group for pid in pids for group in groups_of(pid)]
            return sum(name_of(pid) == "python3" for pid in pids) == 2
        wait_until(both_run, "two programs")
        return call, pids, groups

    def assert_gone(self, pids, groups):
        for pid in pids:
            wait_until(lambda pid=pid: not is_alive(pid), f"the end of {pid}")
        for group in groups:
            wait_until(lambda group=group: group_is_gone(group), f"the removal of {group[0]}")

    def test_ctrl_c_leaves_nothing(self):
        for signo in (signal.SIGINT, signal.SIGTERM):
            call, pids, groups = self.start()
            call.send_signal(signo)
            out, _ = call.communicate(timeout=DEADLINE_S)
            self.assertEqual((call.returncode, out), (128 + signo, b""))
            self.assert_gone(pids, groups)

    def test_kill_9_leaves_no_process(self):
        call, pids, _ = self.start()
        call.kill()
        call.communicate(timeout=DEADLINE_S)
        self.assert_gone(pids, [])


if __name__ == "__main__":
    unittest.main()
