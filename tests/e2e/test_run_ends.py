"""bailiff run: cancelled, killed, many at once; nothing is ever left behind."""

import concurrent.futures
import os
import random
import shlex
import shutil
import signal
import subprocess
import unittest

from harness import (BAILIFF, DEADLINE_S, Running, SandboxTest, bailiff, children_of,
                     descendants_of, is_alive, state_of, those_of, wait_until)

DAEMONS = ("for i in 1 2 3 4 5 6; do setsid sh -c 'trap \"\" TERM INT HUP; sleep 1000' & done; "
           "exec sleep 1000")


class Cancelled(SandboxTest):
    def test_by_each_signal_with_its_status_and_a_report(self):
        for signo in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            with self.subTest(signo=signo):
                call = Running("--report=report").await_program()
                call.kill(signo)
                status, _, _ = call.finish()
                self.assertEqual(status, 128 + signo)
                self.assertIn(b'"CANCELLED"', self.read("report"))
                call.assert_nothing_left(self)

    def test_daemons_end_with_it(self):
        call = Running(program=["/bin/sh", "-c", DAEMONS]).await_program()
        wait_until(lambda: len(descendants_of(call.process.pid)) >= 14, "six daemons")
        call.pids = descendants_of(call.process.pid)
        call.kill(signal.SIGINT)
        self.assertEqual(call.finish()[0], 130)
        call.assert_nothing_left(self)

    def test_ctrl_c_reaches_the_whole_group_and_cleaning_goes_on(self):
        call = Running(start_new_session=True).await_program()
        for _ in range(5):
            os.killpg(call.process.pid, signal.SIGINT)
        self.assertIn(call.finish()[0], (130, -signal.SIGINT))
        call.assert_nothing_left(self)

    def test_what_was_ignored_stays_ignored(self):
        call = subprocess.Popen(["nohup", BAILIFF, "run", "--wall-time=4s", "--", "/bin/sleep",
                                 "1000"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                stderr=subprocess.DEVNULL)
        wait_until(lambda: len(descendants_of(call.pid)) >= 3, "the program's start")
        call.send_signal(signal.SIGHUP)
        self.assertEqual(call.wait(DEADLINE_S), 124)

    def test_a_stop_from_the_terminal_does_not_suspend_the_limits(self):
        call = Running("--wall-time=3s").await_program()
        for signo in (signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU):
            call.kill(signo)
        self.assertEqual(call.finish()[0], 124)

    def test_a_program_does_not_inherit_what_is_ignored(self):
        result = subprocess.run(
            ["/bin/sh", "-c", "trap '' HUP INT PIPE TERM USR1; "
             f"exec {shlex.quote(BAILIFF)} run -- /bin/grep -E 'SigIgn|SigBlk' /proc/self/status"],
            capture_output=True, check=False)
        masks = [int(line.split()[1], 16) for line in result.stdout.decode().splitlines()]
        user_signals = (1 << 31) - 1
        self.assertEqual([mask & user_signals for mask in masks], [0, 0])


class Killed(SandboxTest):
    def test_kill_9_leaves_nothing(self):
        call = Running(program=["/bin/sh", "-c", DAEMONS]).await_program()
        wait_until(lambda: len(descendants_of(call.process.pid)) >= 14, "six daemons")
        call.pids = descendants_of(call.process.pid)
        call.kill()
        self.assertEqual(call.finish()[0], -signal.SIGKILL)
        call.assert_nothing_left(self)

    def test_kill_9_at_any_moment_leaves_no_process_and_the_next_start_works(self):
        # A copy of its own tells this test's processes from everybody else's, to the last fork.
        for name in ("bailiff", "bailiff-warden"):
            shutil.copy2(os.path.join(os.path.dirname(BAILIFF), name), name)
        shutil.copy2("/bin/sleep", "sleep")
        choice = random.Random(2)
        for _ in range(60):
            call = subprocess.Popen(["./bailiff", "run", f"--bind={self.folder}/sleep:/sleep", "--",
                                     "/sleep", "1000"], stdin=subprocess.DEVNULL,
                                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            # Moments are told apart by how far it has come, not by a clock.
            for _ in range(choice.randrange(400)):
                descendants_of(call.pid)
            call.kill()
            call.wait()
            wait_until(lambda: not those_of(self.folder) and not self.sleepers(), "everybody's end")
        self.assertEqual(self.run_program(program=["/bin/true"]).returncode, 0)

    def sleepers(self):
        """Inside, the program's path is another: it is told by the file that it runs."""
        inode = os.stat("sleep").st_ino
        found = []
        for name in os.listdir("/proc"):
            if name.isdigit():
                try:
                    if os.stat(f"/proc/{name}/exe").st_ino == inode and is_alive(int(name)):
                        found.append(name)
                except OSError:
                    pass
        return found

    def test_a_killed_warden_is_our_failure_and_leaves_no_program(self):
        call = Running("--report=report").await_program()
        warden = children_of(call.process.pid)
        self.assertEqual(len(warden), 1)
        os.kill(warden[0], signal.SIGKILL)
        status, _, err = call.finish()
        self.assertEqual(status, 125, err)
        self.assertIn(b"SANDBOX_ERROR", self.read("report"))
        for pid in call.pids:
            wait_until(lambda pid=pid: not is_alive(pid), f"the end of process {pid}")

    def test_the_next_start_removes_what_a_killed_family_left(self):
        call = Running().await_program()
        warden = children_of(call.process.pid)[0]
        os.kill(warden, signal.SIGSTOP)  # so that it cannot clean up when its worker dies
        call.kill()
        call.finish()
        os.kill(warden, signal.SIGKILL)
        for pid in call.pids:
            wait_until(lambda pid=pid: not is_alive(pid), f"the end of process {pid}")
        self.assertEqual(self.run_program(program=["/bin/true"]).returncode, 0)
        call.assert_nothing_left(self)

    def test_no_mount_is_left_on_the_host(self):
        self.write("d/f", "f")
        for _ in range(3):
            call = Running("--in=d", "--in=d/f").await_program()
            call.kill()
            call.finish()
            call.assert_nothing_left(self)
        with open("/proc/self/mountinfo", encoding="latin-1") as file:
            self.assertEqual([line for line in file if self.folder in line], [])


class Privilege(SandboxTest):
    KEPT = 1 << 0 | 1 << 1 | 1 << 2 | 1 << 3  # chown, dac_override, dac_read_search, fowner

    def test_is_given_up_while_a_program_runs(self):
        call = Running().await_program()
        state = state_of(call.process.pid)
        for name, mask in (("CapPrm", self.KEPT), ("CapEff", self.KEPT), ("CapBnd", self.KEPT),
                           ("CapInh", 0), ("CapAmb", 0)):
            self.assertEqual(int(state[name], 16), mask, name)
        self.assertEqual(state["NoNewPrivs"], "1")
        call.kill(signal.SIGTERM)
        call.finish()
        call.assert_nothing_left(self)


class Together(SandboxTest):
    def test_twenty_at_once_keep_to_themselves(self):
        def one(number):
            script = (f"echo {number} > mine; hostname > /dev/null; cat mine; ls /tmp; "
                      f"echo {number} > /tmp/mine; ls /proc | grep -c '^[0-9]*$'")
            return bailiff("run", "--", "/bin/sh", "-c", script)
        with concurrent.futures.ThreadPoolExecutor(20) as pool:
            for number, result in enumerate(pool.map(one, range(20))):
                lines = result.stdout.split()
                self.assertEqual((result.returncode, lines[0]), (0, str(number).encode()),
                                 result.stderr)
                self.assertEqual(len(lines), 2)  # /tmp was empty
                self.assertLessEqual(int(lines[1]), 6)  # nobody else's processes

    def test_one_that_is_killed_does_not_hurt_another(self):
        other = Running().await_program()
        for _ in range(3):
            call = Running().await_program()
            call.kill()
            call.finish()
            call.assert_nothing_left(self)
            self.assertEqual(self.run_program(program=["/bin/true"]).returncode, 0)
        self.assertIsNone(other.process.poll())
        other.kill(signal.SIGTERM)
        self.assertEqual(other.finish()[0], 143)
        other.assert_nothing_left(self)


if __name__ == "__main__":
    unittest.main()
