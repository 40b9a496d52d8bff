"""bailiffd: its start, whom it becomes, its end, and what its service manager hears."""

import os
import signal
import socket
import stat
import subprocess
import unittest

import grpc

from bailiffd import (BAILIFFD, DEADLINE_S, SERVING, DaemonTest, free_port, is_alive, need_root,
                      wait_until)
from mounts import mounts  # where bailiffd looks


class Options(DaemonTest):

    def run_bailiffd(self, *args):
        return subprocess.run([BAILIFFD, *args], stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=DEADLINE_S, check=False)

    def test_help_and_version(self):
        self.assertIn("--check-config FILE", self.run_bailiffd("--help").stdout)
        self.assertRegex(self.run_bailiffd("--version").stdout, r"^bailiffd \d+\.\d+")
        self.assertEqual(self.run_bailiffd("--colour").returncode, 64)
        self.assertEqual(self.run_bailiffd("serve").returncode, 64)

    def test_check_config_says_ok(self):
        result = self.run_bailiffd("--check-config", self.config())
        self.assertEqual((result.returncode, result.stdout, result.stderr), (0, "OK\n", ""))

    def test_check_config_tells_everything_that_is_wrong(self):
        path = self.write("bad.yaml", "drain: never\nqueue:\n  jobs: 0\nnew: 1\n")
        result = self.run_bailiffd("--check-config", path)
        self.assertEqual(result.returncode, 78)
        self.assertEqual(result.stdout, "")
        lines = result.stderr.splitlines()
        self.assertEqual(len(lines), 3, lines)
        for line, start in zip(lines, (":1: drain: must be a time", ":3: jobs: must be a whole",
                                       ":4: new: unknown key")):
            self.assertIn(path + start, line)

    def test_check_config_looks_at_what_is_named(self):
        path = self.config("unix: {group: nosuchgroup}\naccess: {tokens: /nonexistent/tokens}\n"
                           "tls: {certificate: /nonexistent/c, key: /nonexistent/k}\n"
                           "profiles: {default: {root: /nonexistent/image}}\n")
        result = self.run_bailiffd("--check-config", path)
        self.assertEqual(result.returncode, 78)
        for words in ("nosuchgroup", "/nonexistent/tokens", "/nonexistent/c",
                      "/nonexistent/image"):
            self.assertIn(words, result.stderr)

    def test_a_wrong_configuration_does_not_start(self):
        daemon = self.launch(self.write("bad.yaml", "drain: never\n"))
        self.assertEqual(daemon.finish(), 78)
        self.assertTrue(daemon.has_logged("bad.yaml:1: drain"), daemon.lines)

    @need_root()
    def test_root_as_its_user_is_refused(self):
        daemon = self.launch(self.config("user: root"))
        self.assertEqual(daemon.finish(), 78)


@need_root()
class Life(DaemonTest):

    def status(self, pid):
        with open(f"/proc/{pid}/status", encoding="ascii") as file:
            return dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)

    def test_serves_health_and_drains(self):
        daemon = self.start()
        self.assertEqual(self.health(self.channel()), SERVING)
        warden = daemon.warden()
        self.stop(daemon)
        self.assertTrue(daemon.has_logged("msg=drained"))
        wait_until(lambda: not is_alive(warden), "the warden's end")

    def test_the_worker_is_nobody_and_the_warden_is_root(self):
        daemon = self.start("user: nobody")
        worker, warden = self.status(daemon.pid), self.status(daemon.warden())
        self.assertEqual(set(worker["Uid"].split()), {"65534"})
        self.assertEqual(worker["Groups"].strip(), "")
        for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
            self.assertEqual(int(worker[name], 16), 0, name)
        self.assertEqual((worker["NoNewPrivs"], worker["Seccomp"]), ("1", "2"))
        self.assertEqual(os.stat(f"/proc/{daemon.pid}/environ").st_uid, 0)  # not dumpable
        self.assertEqual(set(warden["Uid"].split()), {"0"})
        state = os.stat(self.path("state"))
        self.assertEqual((state.st_uid, stat.S_IMODE(state.st_mode)), (65534, 0o700))
        self.stop(daemon)

    def test_a_user_who_does_not_exist_is_a_number_of_nobodys(self):
        daemon = self.start("user: nosuchuser")
        self.assertTrue(daemon.has_logged(r"level=warning.*user=nosuchuser uid=1881145344"))
        self.assertEqual(self.status(daemon.pid)["Uid"].split()[0], "1881145344")
        self.assertEqual(self.health(self.channel()), SERVING)
        self.stop(daemon)

    def test_mode_and_group_of_its_socket(self):
        daemon = self.start("unix: {mode: 0620, group: \"12345\"}")
        is_ = os.stat(self.socket)
        self.assertEqual((stat.S_IMODE(is_.st_mode), is_.st_uid, is_.st_gid), (0o620, 0, 12345))
        self.stop(daemon)

    def test_an_open_call_does_not_hold_up_a_drain_beyond_its_time(self):
        daemon = self.start("drain: 500ms")
        stream = self.channel().stream_stream(
            "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo")
        ended = False

        def requests():  # none comes, and no end either, until the test is over
            wait_until(lambda: ended, "the end of the test")
            yield b""
        call = stream(requests())
        wait_until(lambda: self.health(self.channel()) == SERVING, "health")
        daemon.process.send_signal(signal.SIGTERM)
        self.assertEqual(daemon.finish(), 0)
        self.assertTrue(daemon.has_logged("the time to drain is over"), daemon.lines)
        ended = True
        self.assertEqual(call.code(), grpc.StatusCode.UNAVAILABLE)

    def test_a_second_signal_ends_it_at_once(self):
        daemon = self.start("drain: 1h")
        call = self.channel().unary_stream("/grpc.health.v1.Health/Watch")(b"", timeout=DEADLINE_S)
        next(call)
        stream = self.channel().stream_stream(
            "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo")
        ended = False

        def requests():
            wait_until(lambda: ended, "the end of the test")
            yield b""
        held = stream(requests())
        self.assertEqual(self.health(self.channel()), SERVING)
        daemon.process.send_signal(signal.SIGTERM)
        daemon.await_line("msg=draining")
        daemon.process.send_signal(signal.SIGINT)
        self.assertEqual(daemon.finish(), 0)
        ended = True
        self.assertTrue(daemon.has_logged("told twice to stop"), daemon.lines)
        self.assertEqual(held.code(), grpc.StatusCode.UNAVAILABLE)

    def test_kill_9_of_the_worker_leaves_nothing_and_the_next_one_serves(self):
        for _ in range(5):
            daemon = self.start()
            warden = daemon.warden()
            daemon.process.kill()
            daemon.finish()
            wait_until(lambda: not is_alive(warden), "the warden's end")
        daemon = self.start()
        self.assertEqual(self.health(self.channel()), SERVING)
        self.stop(daemon)

    def test_the_end_of_the_warden_is_its_end(self):
        daemon = self.start()
        os.kill(daemon.warden(), signal.SIGKILL)
        self.assertEqual(daemon.finish(), 69)
        self.assertTrue(daemon.has_logged("the warden has ended"))
        daemon = self.start()
        self.assertEqual(self.health(self.channel()), SERVING)
        self.stop(daemon)

    def test_no_mount_is_left_on_the_host(self):
        before = mounts(self.folder)
        self.stop(self.start())
        self.assertEqual(mounts(self.folder), before)


@need_root()
class ServiceManager(DaemonTest):

    def test_hears_of_start_reload_and_end(self):
        environment = {**os.environ, "NOTIFY_SOCKET": self.notify_socket()}
        daemon = self.start(env=environment)
        wait_until(lambda: "READY=1\nSTATUS=serving" in self.notified, "READY=1")
        daemon.process.send_signal(signal.SIGHUP)
        wait_until(lambda: any(m.startswith("RELOADING=1\nMONOTONIC_USEC=")
                               for m in self.notified), "RELOADING=1")
        wait_until(lambda: "READY=1" in self.notified, "READY=1 after the reload")
        self.stop(daemon)
        wait_until(lambda: "STOPPING=1\nSTATUS=draining" in self.notified, "STOPPING=1")
        self.assertFalse([m for m in self.notified if "WATCHDOG" in m])

    def test_hears_that_the_loop_turns(self):
        environment = {**os.environ, "NOTIFY_SOCKET": self.notify_socket(),
                       "WATCHDOG_USEC": "100000"}
        daemon = self.start(env=environment)
        wait_until(lambda: self.notified.count("WATCHDOG=1") >= 5, "WATCHDOG=1")
        self.stop(daemon)

    def test_a_watchdog_for_somebody_else_is_not_heeded(self):
        environment = {**os.environ, "NOTIFY_SOCKET": self.notify_socket(),
                       "WATCHDOG_USEC": "1000", "WATCHDOG_PID": "1"}
        self.stop(self.start(env=environment))
        wait_until(lambda: any("STOPPING" in m for m in self.notified), "STOPPING=1")
        self.assertNotIn("WATCHDOG=1", self.notified)

    def start_activated(self, text, *socks):
        """With sockets as descriptors 3 and up, as a service manager passes them."""
        fds = [sock.fileno() for sock in socks]
        for sock in socks:
            sock.set_inheritable(True)
        moves = " ".join(f"{n + 3}<&{fd}" for n, fd in enumerate(fds))
        daemon = self.launch(
            self.config(text), pass_fds=fds,
            wrapper=("/bin/bash", "-c", f'LISTEN_PID=$$ LISTEN_FDS={len(fds)} exec "$@" {moves}',
                     "bash"))
        daemon.await_line(r"msg=serving\b")
        return daemon

    def test_passes_its_sockets(self):
        with socket.socket(socket.AF_UNIX) as own:
            own.bind(self.socket)
            own.listen()
            inode = os.stat(self.socket).st_ino
            daemon = self.start_activated("", own)  # the configuration names the same address
            self.assertEqual(self.health(self.channel()), SERVING)
            self.stop(daemon)
            self.assertEqual(os.stat(self.socket).st_ino, inode)
            daemon = self.start_activated("listen: []", own)
            self.assertEqual(self.health(self.channel()), SERVING)
            self.stop(daemon)

    def test_a_passed_tcp_socket_needs_tokens_as_well(self):
        with socket.create_server(("127.0.0.1", 0)) as own:
            address = "127.0.0.1:%d" % own.getsockname()[1]
            tokens = self.write("tokens", "0123456789abcdef\n", 0o600)
            daemon = self.start_activated(f"listen: []\naccess: {{tokens: {tokens}}}", own)
            with self.assertRaises(grpc.RpcError) as refused:
                self.health(self.channel(address))
            self.assertEqual(refused.exception.code(), grpc.StatusCode.UNAUTHENTICATED)
            self.assertEqual(self.health(self.channel(address), "0123456789abcdef"), SERVING)
            self.stop(daemon)
            with self.assertRaisesRegex(AssertionError, "a TCP socket was passed"):
                self.start_activated("listen: []", own)

    def test_what_listens_on_no_stream_is_refused(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as own:
            own.bind(("127.0.0.1", 0))
            with self.assertRaisesRegex(AssertionError, "no stream socket"):
                self.start_activated("", own)

    def test_journal_priorities(self):
        reading, writing = os.pipe()
        is_ = os.fstat(writing)
        environment = {**os.environ, "JOURNAL_STREAM": f"{is_.st_dev}:{is_.st_ino}"}
        process = subprocess.Popen([BAILIFFD, "--config", self.config()], stderr=writing,
                                   stdin=subprocess.DEVNULL, env=environment)
        os.close(writing)
        with os.fdopen(reading) as log:
            lines = []
            for line in log:
                lines.append(line)
                if "msg=serving" in line:
                    break
            process.terminate()
            lines += list(log)
        self.assertEqual(process.wait(timeout=DEADLINE_S), 0)
        for line in lines:
            self.assertRegex(line, r"^<[3467]>level=")


@need_root()
class Tcp(DaemonTest):

    def test_tokens_decide(self):
        port = free_port()
        tokens = self.write("tokens", "# two\nfirst-token-of-all\n  second-token-0000 # spare\n", 0o640)
        daemon = self.start(f"listen: [127.0.0.1:{port}]\naccess: {{tokens: {tokens}}}")
        channel = self.channel(f"127.0.0.1:{port}")
        for token in ("first-token-of-all", "second-token-0000"):
            self.assertEqual(self.health(channel, token), SERVING)
        for token in (None, "first-token-of-al", "two", "#", "spare"):
            with self.assertRaises(grpc.RpcError) as refused:
                self.health(channel, token)
            self.assertEqual(refused.exception.code(), grpc.StatusCode.UNAUTHENTICATED)
        self.stop(daemon)
        self.assertFalse(daemon.has_logged("token-of-all|second-token"))


if __name__ == "__main__":
    unittest.main()
