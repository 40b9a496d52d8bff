"""Clients that break the rules, by plain sockets: each is turned away, and the others are served."""

import os
import socket
import ssl
import struct
import unittest
import warnings

import grpc

from echo import DEADLINE_S, EchoTest, make_certificates, state, unary, wait_until
from frames import (BEGIN, CONTINUATION, DATA, GOAWAY, HEADERS, PING, PREFACE, RST_STREAM, SETTINGS,
                    WINDOW_UPDATE, frame, request)

ENHANCE_YOUR_CALM = 11


class Hostile(EchoTest):

    def setUp(self):
        super().setUp()
        self.server, self.good = self.start_on("unix")
        self.assertEqual(unary(self.good, "One", b"x"), b"x")

    def tearDown(self):
        """Whatever was done to it: it serves, holds nothing, and all hostile connections end."""
        self.assertEqual(unary(self.good, "One", b"x"), b"x")
        wait_until(lambda: state(self.good)["connections"] == "1", "the end of the hostile one")
        self.assertEqual(state(self.good)["waiting"], "0")
        self.assertEqual(state(self.good)["buffered"], "0")

    def connect(self):
        sock = socket.socket(socket.AF_UNIX)
        sock.settimeout(DEADLINE_S)
        sock.connect(self.path("socket"))
        self.addCleanup(sock.close)
        return sock

    def answer_to(self, data):
        """All that the server says until it closes."""
        sock = self.connect()
        try:
            sock.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            pass
        said = b""
        while True:
            try:
                more = sock.recv(65536)
            except ConnectionResetError:
                return said
            if not more:
                return said
            said += more

    def goaway_of(self, said):
        """The code of the last GOAWAY, or None."""
        code = None
        while len(said) >= 9:
            length, kind = int.from_bytes(said[:3], "big"), said[3]
            if kind == GOAWAY:
                code = int.from_bytes(said[13:17], "big")
            said = said[9 + length:]
        return code

    def kinds(self, said):
        """Of the whole frames' heads in it."""
        kinds = []
        while len(said) >= 9:
            kinds.append(said[3])
            said = said[9 + int.from_bytes(said[:3], "big"):]
        return kinds

    def test_garbage(self):
        for data in (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", os.urandom(100000), b"\0" * 10000,
                     PREFACE + b"\xff" * 1000, BEGIN + os.urandom(10000)):
            with self.subTest(data[:40]):
                self.assertIsNotNone(self.goaway_of(self.answer_to(data)))

    def test_frames_that_break_the_protocol(self):
        for name, data in {
                "data on an idle stream": frame(DATA, 0, 1, b"x"),
                "even stream": request(2),
                "oversized frame": frame(PING, 0, 0, b"x" * 20000),
                "bad hpack": frame(HEADERS, 4, 1, b"\xff" * 50),
                "window overflow": frame(WINDOW_UPDATE, 0, 0, b"\x7f\xff\xff\xff"),
                "settings on a stream": frame(SETTINGS, 0, 1),
                "short ping": frame(PING, 0, 0, b"x")}.items():
            with self.subTest(name):
                code = self.goaway_of(self.answer_to(BEGIN + data))
                self.assertIsNotNone(code)
                self.assertNotEqual(code, 0)

    def test_floods(self):
        for name, data in {
                "ping": frame(PING, 0, 0, b"12345678") * 5000,
                "settings": frame(SETTINGS) * 5000,
                "empty data": request(1) + frame(DATA, 0, 1) * 5000,
                "rapid reset": b"".join(
                    request(i) + frame(RST_STREAM, 0, i, b"\0\0\0\x08")
                    for i in range(1, 4001, 2)),
                "continuation": request(1, flags=0) + frame(CONTINUATION, 0, 1) * 1000}.items():
            with self.subTest(name):
                self.assertEqual(self.goaway_of(self.answer_to(BEGIN + data)), ENHANCE_YOUR_CALM)

    def test_resets_that_the_client_provokes(self):
        sock = self.connect()
        sock.sendall(BEGIN)
        with self.assertRaises((BrokenPipeError, ConnectionResetError)):
            for i in range(1, 400001, 2):
                sock.sendall(request(i) + frame(WINDOW_UPDATE, 0, i, b"\x7f\xff\xff\xff"))

    def test_who_connects_again_has_no_new_limits(self):
        server = self.start("--connection-burst", "300", "unix:" + self.path("both"), "127.0.0.1:0")
        good = self.channel("unix", server.addresses[0])
        before = self.channel("tcp", server.addresses[1])  # from the address that is to be blamed
        self.assertEqual(unary(good, "One", b"x"), b"x")
        self.assertEqual(unary(before, "One", b"x"), b"x")
        host, port = server.addresses[1].rsplit(":", 1)

        def is_turned_away():
            with socket.create_connection((host, int(port)), timeout=DEADLINE_S) as sock:
                said = b""
                try:
                    sock.sendall(BEGIN + frame(PING, 0, 0, b"x"))  # too short
                    while more := sock.recv(65536):
                        said += more
                except (BrokenPipeError, ConnectionResetError):
                    pass
                return b"too many new connections" in said and \
                    self.goaway_of(said) == ENHANCE_YOUR_CALM

        wait_until(is_turned_away, "the end of patience")
        self.assertEqual(unary(good, "One", b"x"), b"x")
        self.assertEqual(unary(before, "One", b"x"), b"x")
        # Who asks once more later is served: its faults do not last for ever.
        late = self.channel("tcp", server.addresses[1])

        def is_served():
            try:
                return unary(late, "One", b"x", wait_for_ready=True) == b"x"
            except grpc.RpcError as error:  # it came while its address was still turned away
                if error.code() != grpc.StatusCode.UNAVAILABLE:
                    raise
                return False
        wait_until(is_served, "the end of the blame")

    def test_half_a_preface_is_not_waited_for(self):
        # The server's SETTINGS and window at most, then the end.
        self.assertLess(len(self.answer_to(PREFACE[:10])), 100)

    def test_halves_are_not_waited_for(self):
        """Of a message, of a frame, of a request's headers, and of nothing at all."""
        server = self.start("--message-ms", "300", "127.0.0.1:0")
        good = self.channel("tcp", server.addresses[0])
        host, port = server.addresses[0].rsplit(":", 1)
        message = frame(DATA, 0, 1, b"\0\0\0\x10\0half")
        for name, data in {"message": request(1) + message, "frame": request(1) + message[:-1],
                           "headers": request(1, flags=0), "nothing": request(1)}.items():
            with self.subTest(name), \
                    socket.create_connection((host, int(port)), timeout=DEADLINE_S) as sock:
                sock.sendall(BEGIN + data)
                said = b""
                while HEADERS not in self.kinds(said):
                    more = sock.recv(65536)
                    if not more:
                        break
                    said += more
                # A request without all of its headers can't be answered.
                self.assertEqual(GOAWAY in self.kinds(said), name == "headers")
                wait_until(lambda: state(good)["waiting"] == "0", "the end of the call")
                wait_until(lambda: state(good)["buffered"] == "0", "what it held")
        self.assertEqual(unary(good, "One", b"x"), b"x")

    def test_vanishing_clients_leave_nothing(self):
        for cut in range(0, len(BEGIN + request(1)), 7):
            sock = self.connect()
            sock.sendall((BEGIN + request(1) + frame(DATA, 0, 1, b"\0\0\0\x10\0half"))[:cut])
            sock.close()

    def test_client_that_reads_nothing(self):
        sock = self.connect()
        message = b"2000000 10000"
        sock.sendall(BEGIN + frame(WINDOW_UPDATE, 0, 0, b"\x7f\0\0\0") + b"".join(
            request(i, b"/test.Echo/Count", extra=[(b"grpc-timeout", b"2S")]) +
            frame(WINDOW_UPDATE, 0, i, b"\x7f\0\0\0") +
            frame(DATA, 1, i, b"\0" + struct.pack(">I", len(message)) + message)
            for i in range(1, 40, 2)))
        wait_until(lambda: int(state(self.good)["buffered"]) > 0, "its streams")
        self.assertLess(int(state(self.good)["buffered"]), 20 * (300 << 10))
        self.assertLess(int(state(self.good)["resident"]), 64 << 20)
        wait_until(lambda: state(self.good)["buffered"] == "0", "the deadlines")
        sock.close()

    def test_drain_is_not_held_up_by_a_client_that_reads_nothing(self):
        for kind in ("tcp", "tls"):
            server, channel = self.start_on(kind)
            host, port = server.addresses[0].rsplit(":", 1)
            sock = socket.create_connection((host, int(port)), timeout=DEADLINE_S)
            self.addCleanup(sock.close)
            if kind == "tls":
                context = ssl.create_default_context(cafile=self.path("ca.pem"))
                context.set_alpn_protocols(["h2"])
                sock = context.wrap_socket(sock, server_hostname="localhost")
                self.addCleanup(sock.close)
            message = b"2000000 10000"
            sock.sendall(BEGIN + frame(WINDOW_UPDATE, 0, 0, b"\x7f\0\0\0") +
                         request(1, b"/test.Echo/Count") +
                         frame(WINDOW_UPDATE, 0, 1, b"\x7f\0\0\0") +
                         frame(DATA, 1, 1, b"\0" + struct.pack(">I", len(message)) + message))
            wait_until(lambda: int(state(channel)["buffered"]) > 0, "its stream")
            channel.close()
            server.terminate()
            self.assertEqual(server.finish(), (0, ""))

    def test_request_that_is_not_grpc(self):
        for path, status in ((b"/", b"415"), (b"/test.Echo/One", b"415")):
            sock = self.connect()
            fields = [(b":method", b"POST"), (b":scheme", b"http"), (b":path", path),
                      (b":authority", b"localhost"), (b"content-type", b"text/plain")]
            block = b"".join(b"\x10" + bytes([len(n)]) + n + bytes([len(v)]) + v
                             for n, v in fields)
            sock.sendall(BEGIN + frame(HEADERS, 5, 1, block))
            said = b""
            while status not in said:
                more = sock.recv(65536)
                self.assertTrue(more)
                said += more
            sock.close()


class HostileTls(EchoTest):

    def test_slow_and_wrong_handshakes(self):
        make_certificates(self.folder)
        server, channel = self.start_on("tls")
        host, port = server.addresses[0].rsplit(":", 1)
        for data in (b"", b"\x16", b"GET / HTTP/1.1\r\n\r\n", os.urandom(5000)):
            with socket.create_connection((host, int(port)), timeout=DEADLINE_S) as sock:
                sock.sendall(data)
                try:
                    while sock.recv(65536):
                        pass
                except ConnectionResetError:
                    pass
        self.assertEqual(unary(channel, "One", b"x"), b"x")

    def test_without_alpn_or_with_old_tls_nothing_is_served(self):
        make_certificates(self.folder)
        server, channel = self.start_on("tls")
        host, port = server.addresses[0].rsplit(":", 1)
        warnings.simplefilter("ignore", DeprecationWarning)
        for alpn, version in (([], None), (["http/1.1"], None), (["h2"], "old")):
            context = ssl.create_default_context(cafile=self.path("ca.pem"))
            if alpn:
                context.set_alpn_protocols(alpn)
            if version == "old":
                context.minimum_version = ssl.TLSVersion.TLSv1
                context.maximum_version = ssl.TLSVersion.TLSv1_1
                context.set_ciphers("DEFAULT@SECLEVEL=0")
            with socket.create_connection((host, int(port)), timeout=DEADLINE_S) as sock:
                said = b""
                try:
                    with context.wrap_socket(sock, server_hostname="localhost") as tls:
                        tls.sendall(BEGIN)
                        said = tls.recv(65536)
                except (ssl.SSLError, OSError):
                    pass
                self.assertEqual(said, b"")
        self.assertEqual(unary(channel, "One", b"x"), b"x")


if __name__ == "__main__":
    unittest.main()
