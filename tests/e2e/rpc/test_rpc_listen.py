"""Where a server listens: Unix sockets and their files, what is refused, activation, and shortages."""

import os
import resource
import socket
import stat
import subprocess
import unittest

import grpc

from echo import DEADLINE_S, SERVER, EchoTest, state, unary, wait_until
from frames import BEGIN, HEADERS, PING, PREFACE, frame, read_until, request


class Listen(EchoTest):

    def assert_refused(self, *args, words, **popen):
        result = subprocess.run([SERVER, *args], stdin=subprocess.DEVNULL, capture_output=True,
                                timeout=DEADLINE_S, **popen)
        self.assertEqual(result.returncode, 1, result)
        self.assertIn(words, result.stderr.decode())

    def test_mode_of_the_socket_file(self):
        for mode in ("600", "660", "666"):
            path = self.path("s" + mode)
            server = self.start("--mode", mode, "unix:" + path)
            self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), int(mode, 8))
            self.stop(server)
            self.assertFalse(os.path.exists(path))

    def test_stale_socket_is_replaced_a_live_one_is_not(self):
        server, channel = self.start_on("unix")
        self.assert_refused("unix:" + self.path("socket"), words="somebody listens")
        self.assertEqual(unary(channel, "One", b"x"), b"x")
        server.process.kill()
        server.process.communicate()
        self.assertTrue(os.path.exists(self.path("socket")))
        _, channel = self.start_on("unix")
        self.assertEqual(unary(channel, "One", b"x"), b"x")

    def test_other_files_are_left_alone(self):
        with open(self.path("file"), "w", encoding="ascii") as file:
            file.write("mine")
        self.assert_refused("unix:" + self.path("file"), words="is no socket")
        os.symlink(self.path("file"), self.path("link"))
        self.assert_refused("unix:" + self.path("link"), words="is no socket")
        with open(self.path("file"), encoding="ascii") as file:
            self.assertEqual(file.read(), "mine")

    @unittest.skipUnless(os.geteuid() == 0, "this needs root")
    def test_sockets_of_others_are_left_alone(self):
        with socket.socket(socket.AF_UNIX) as sock:
            sock.bind(self.path("theirs"))
        os.chown(self.path("theirs"), 12345, 12345)
        self.assert_refused("unix:" + self.path("theirs"), words="belongs to uid 12345")

    def test_a_socket_that_was_replaced_is_not_removed(self):
        server = self.start("unix:" + self.path("socket"))
        os.unlink(self.path("socket"))
        with open(self.path("socket"), "w", encoding="ascii"):
            pass
        self.stop(server)
        self.assertTrue(os.path.exists(self.path("socket")))

    def test_plain_addresses_that_others_can_reach_are_refused(self):
        for address in ("0.0.0.0:0", "[::]:0"):
            self.assert_refused(address, words="needs TLS")

    def test_addresses_that_are_none(self):
        for address in ("localhost:1", "127.0.0.1", "127.0.0.1:65536", "127.0.0.1:", "::1:1",
                        "[127.0.0.1]:1", "unix:relative", "unix:", "unix:/" + "x" * 108, "fd:1",
                        "fd:99", ""):
            with self.subTest(address):
                self.assert_refused(address, words="cannot use the address")

    def test_inherited_socket(self):
        with socket.create_server(("127.0.0.1", 0)) as sock:
            fd = sock.fileno()
            server = self.start("fd:%d" % fd, pass_fds=[fd])
            self.assertEqual(server.addresses[0], "127.0.0.1:%d" % sock.getsockname()[1])
            channel = self.channel("tcp", server.addresses[0])
            self.assertEqual(unary(channel, "One", b"x"), b"x")
            channel.close()
            self.stop(server)
        with socket.create_server(("0.0.0.0", 0)) as sock:
            fd = sock.fileno()
            self.assert_refused("fd:%d" % fd, words="needs TLS", pass_fds=[fd])

    def test_connections_above_the_limit_wait(self):
        server, channel = self.start_on("unix", "--max-connections", "2")
        second = self.channel("unix", server.addresses[0])
        calls = [one.unary_unary("/test.Echo/Wait").future(b"", timeout=DEADLINE_S)
                 for one in (channel, second)]
        wait_until(lambda: state(channel)["waiting"] == "2", "both calls")
        third = self.channel("unix", server.addresses[0])
        waiting = third.unary_unary("/test.Echo/One").future(b"3", timeout=DEADLINE_S,
                                                            wait_for_ready=True)
        self.assertEqual(state(channel)["connections"], "2")
        self.assertFalse(waiting.done())
        calls[1].cancel()  # and its connection, which stays, makes room
        self.assertEqual(waiting.result(), b"3")
        self.assertFalse(calls[0].done())
        self.assertEqual(unary(second, "One", b"2"), b"2")

    def test_connections_without_calls_make_room(self):
        """Whatever they wait with: nothing, half a preface, half of a request's headers."""
        server, channel = self.start_on("unix", "--max-connections", "8")
        busy = channel.unary_unary("/test.Echo/Wait").future(b"", timeout=DEADLINE_S)
        wait_until(lambda: state(channel)["waiting"] == "1", "the call's start")
        socks = []
        for number in range(60):
            sock = socket.socket(socket.AF_UNIX)
            self.addCleanup(sock.close)
            sock.settimeout(DEADLINE_S)
            sock.connect(self.path("socket"))
            sock.sendall((b"", PREFACE[:10], BEGIN, BEGIN + request(1, flags=0))[number % 4])
            socks.append(sock)
            if number % 10 == 9:
                polite = self.channel("unix", server.addresses[0])
                self.assertEqual(unary(polite, "One", b"%d" % number), b"%d" % number)
                self.assertLessEqual(int(state(polite)["connections"]), 8)
                polite.close()
        for sock in socks[:40]:  # have had to go
            try:
                while sock.recv(65536):
                    pass
            except ConnectionResetError:
                pass
        self.assertFalse(busy.done())

    def test_who_is_between_two_calls_stays(self):
        """However many have come since, it is those that make room."""
        server, _ = self.start_on("unix", "--max-connections", "8")
        asked = socket.socket(socket.AF_UNIX)
        self.addCleanup(asked.close)
        asked.settimeout(DEADLINE_S)
        asked.connect(self.path("socket"))
        asked.sendall(BEGIN + request(1, b"/test.Echo/None", 5))  # which there is not
        read_until(asked, HEADERS)
        socks = []
        for _ in range(60):
            socks.append(socket.socket(socket.AF_UNIX))
            self.addCleanup(socks[-1].close)
            socks[-1].settimeout(DEADLINE_S)
            socks[-1].connect(self.path("socket"))
        for sock in socks[:40]:
            while sock.recv(65536):
                pass
        asked.sendall(frame(PING, 0, 0, b"still me"))
        self.assertEqual(read_until(asked, PING), b"still me")

    def test_running_out_of_descriptors_is_survived(self):
        server, channel = self.start_on("unix")
        self.assertEqual(unary(channel, "One", b"x"), b"x")
        used = len(os.listdir("/proc/%d/fd" % server.process.pid))
        resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, (used + 5, used + 5))
        socks = []
        for _ in range(12):
            sock = socket.socket(socket.AF_UNIX)
            self.addCleanup(sock.close)
            sock.settimeout(DEADLINE_S)
            sock.connect(self.path("socket"))
            socks.append(sock)
        # Those that got no descriptor are closed at once or after the preface's time: none hangs.
        for sock in socks:
            try:
                while sock.recv(65536):
                    pass
            except ConnectionResetError:
                pass
        self.assertEqual(unary(channel, "One", b"x"), b"x")
        wait_until(lambda: state(channel)["connections"] == "1", "the end of the others")
        again = self.channel("unix", server.addresses[0])
        self.assertEqual(unary(again, "One", b"y", wait_for_ready=True), b"y")
        used_now = len(os.listdir("/proc/%d/fd" % server.process.pid))
        again.close()
        self.assertLessEqual(used_now, used + 2)
        server.terminate()
        status, said = server.finish()
        self.assertEqual(status, 0)
        self.assertNotIn("ERROR", said)  # that connections were turned away is all it says


if __name__ == "__main__":
    unittest.main()
