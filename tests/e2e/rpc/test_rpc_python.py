"""gRPC's own Python library against executor/rpc, over each way in."""

import os
import socket
import threading
import unittest

import grpc

from echo import DEADLINE_S, FAILED_HANDSHAKE, KINDS, EchoTest, state, unary, wait_until


class Calls(EchoTest):

    def each(self, *args):
        for kind in KINDS:
            with self.subTest(kind):
                server, channel = self.start_on(kind, *args)
                yield channel
                channel.close()
                self.stop(server)

    def assert_status(self, code, function, *args, **options):
        with self.assertRaises(grpc.RpcError) as caught:
            result = function(*args, **options)
            if hasattr(result, "__next__"):
                list(result)
        self.assertEqual(caught.exception.code(), code, caught.exception)
        return caught.exception

    def test_unary_of_any_size(self):
        for channel in self.each("--max-message", str(16 << 20)):
            for size in (0, 1, 5, 16383, 16384, 65536, 1 << 20, 16 << 20):
                message = os.urandom(size)
                self.assertEqual(unary(channel, "One", message), message)

    def test_streams_both_ways(self):
        for channel in self.each():
            answers = channel.stream_stream("/test.Echo/Many")(
                (b"%d" % i * i for i in range(500)), timeout=DEADLINE_S)
            self.assertEqual(list(answers), [b"%d" % i * i for i in range(500)])
            self.assertEqual(channel.stream_unary("/test.Echo/Sum")(
                (b"x" * 1000 for _ in range(2000)), timeout=DEADLINE_S), b"2000000")
            self.assertEqual(channel.stream_unary("/test.Echo/Sum")(
                iter(()), timeout=DEADLINE_S), b"0")

    def test_server_stream_in_order(self):
        for channel in self.each():
            answers = channel.unary_stream("/test.Echo/Count")(b"2000 5000", timeout=DEADLINE_S)
            for number, message in enumerate(answers):
                self.assertEqual(len(message), 5000)
                self.assertEqual(int(message[:20].split()[0]), number)
            self.assertEqual(number, 1999)

    def test_interleaved_calls(self):
        for channel in self.each():
            calls = [channel.unary_unary("/test.Echo/One").future(b"%d" % i, timeout=DEADLINE_S)
                     for i in range(600)]
            for i, call in enumerate(calls):
                self.assertEqual(call.result(), b"%d" % i)

    def test_deadline_of_the_client(self):
        for channel in self.each():
            self.assert_status(grpc.StatusCode.DEADLINE_EXCEEDED, unary, channel, "Wait",
                               timeout=0.1)
            wait_until(lambda: state(channel)["waiting"] == "0", "the end of the work")
            self.assertEqual(state(channel)["deadline"], "1")

    def test_cancel(self):
        for channel in self.each():
            call = channel.unary_unary("/test.Echo/Wait").future(b"")
            wait_until(lambda: state(channel)["waiting"] == "1", "the call's start")
            call.cancel()
            wait_until(lambda: state(channel)["waiting"] == "0", "the end of the work")
            stream = channel.unary_stream("/test.Echo/Count")(b"1000000 1000", timeout=DEADLINE_S)
            next(stream)
            stream.cancel()
            wait_until(lambda: state(channel)["buffered"] == "0", "the end of the stream")

    def test_lost_connection_cancels(self):
        server, channel = self.start_on("unix")
        other = self.channel("unix", server.addresses[0])
        call = channel.unary_unary("/test.Echo/Wait").future(b"")
        wait_until(lambda: state(other)["waiting"] == "1", "the call's start")
        channel.close()
        wait_until(lambda: state(other)["waiting"] == "0", "the end of the work")
        self.assertTrue(call.done())

    def test_unknown_methods(self):
        for channel in self.each():
            self.assert_status(grpc.StatusCode.UNIMPLEMENTED, unary, channel, "None")
            stream = channel.stream_stream("/no.Service/At.All")
            self.assert_status(grpc.StatusCode.UNIMPLEMENTED, stream, iter([b"x" * 100000]))

    def test_statuses_messages_and_metadata(self):
        text = "zu viel: 100 % — \u00e9\u4e2d\U0001f600\n\ttab"
        for channel in self.each():
            for code in grpc.StatusCode:
                if code is grpc.StatusCode.OK:
                    continue
                error = self.assert_status(
                    code, unary, channel, "Fail", text.encode(),
                    metadata=(("x-status", str(code.value[0])), ("x-echo", "a b;c")))
                self.assertEqual(error.details(), text)
                self.assertIn(("x-echo", "a b;c"), error.trailing_metadata())

    def test_messages_above_the_limit(self):
        for channel in self.each("--max-message", "1000"):
            self.assertEqual(unary(channel, "One", b"x" * 1000), b"x" * 1000)
            self.assert_status(grpc.StatusCode.RESOURCE_EXHAUSTED, unary, channel, "One",
                               b"x" * 1001)
            self.assert_status(grpc.StatusCode.RESOURCE_EXHAUSTED, unary, channel, "One",
                               b"x" * 10000000)
            self.assertEqual(state(channel)["buffered"], "0")

    def test_compression_is_refused_in_words(self):
        for channel in self.each():
            self.assert_status(grpc.StatusCode.UNIMPLEMENTED, unary, channel, "One", b"x" * 1000,
                               compression=grpc.Compression.Gzip)

    def test_wrong_number_of_messages(self):
        for channel in self.each():
            for count in (0, 2):
                stream = channel.stream_stream("/test.Echo/Wait")
                self.assert_status(grpc.StatusCode.INTERNAL, stream, iter([b""] * count),
                                   timeout=DEADLINE_S)

    def test_slow_reader_leaves_memory_bounded(self):
        server, channel = self.start_on("unix")
        other = self.channel("unix", server.addresses[0])
        streams = [channel.unary_stream("/test.Echo/Count")(b"2000 10000", timeout=DEADLINE_S)
                   for _ in range(8)]
        first = [next(stream) for stream in streams]
        self.assertEqual({len(message) for message in first}, {10000})
        seen = state(other)
        self.assertLess(int(seen["buffered"]), 8 * (300 << 10))
        self.assertLess(int(seen["resident"]), 64 << 20)
        self.assertEqual(unary(other, "One", b"still served"), b"still served")
        for stream in streams:
            self.assertEqual(sum(1 for _ in stream), 1999)
        self.assertEqual(state(other)["buffered"], "0")

    def test_stalled_writer_is_not_buffered(self):
        """A client that sends and does not read is stopped by the windows, both ways."""
        server, channel = self.start_on("unix")
        other = self.channel("unix", server.addresses[0])
        sent, go = [], threading.Event()

        def messages():
            for i in range(5000):
                sent.append(i)
                yield b"x" * 10000
            go.set()
        answers = channel.stream_stream("/test.Echo/Many")(messages(), timeout=DEADLINE_S)
        wait_until(lambda: len(sent) > 20, "the stream's start")
        self.assertLess(int(state(other)["buffered"]), 2 << 20)
        self.assertEqual(sum(1 for _ in answers), 5000)
        self.assertTrue(go.is_set())


class Ways(EchoTest):

    def test_drain_finishes_what_is_under_way(self):
        for kind in ("unix", "tcp", "tls"):
            with self.subTest(kind):
                server, channel = self.start_on(kind)
                go = threading.Event()

                def messages():
                    yield b"before"
                    go.wait(DEADLINE_S)
                    yield b"after"
                answers = channel.stream_stream("/test.Echo/Many")(messages(), timeout=DEADLINE_S)
                self.assertEqual(next(answers), b"before")
                server.terminate()
                late = self.channel(kind, server.addresses[0])
                with self.assertRaises(grpc.RpcError) as caught:
                    wait_until(lambda: unary(late, "One") is None, "the listener's end")
                self.assertEqual(caught.exception.code(), grpc.StatusCode.UNAVAILABLE)
                self.assertIsNone(server.process.poll())
                go.set()
                self.assertEqual(list(answers), [b"after"])
                self.assertEqual(server.finish(), (0, ""))
                self.assertFalse(os.path.exists(self.path("socket")))

    def test_a_call_that_never_ends_does_not_hold_up_the_drain(self):
        server, channel = self.start_on("tcp")
        call = channel.unary_unary("/test.Echo/Wait").future(b"")
        wait_until(lambda: state(channel)["waiting"] == "1", "the call's start")
        server.terminate()
        self.assertEqual(server.finish(), (0, ""))
        self.assertEqual(call.code(), grpc.StatusCode.UNAVAILABLE)

    def test_peer_identity(self):
        _, channel = self.start_on("unix")
        self.assertEqual(state(channel)["uid"], str(os.getuid()))
        _, channel = self.start_on("mtls")
        self.assertEqual(state(channel)["uid"], "-1")
        self.assertEqual(state(channel)["subject"], "CN=client,O=judge")
        _, channel = self.start_on("tls")
        self.assertEqual(state(channel)["subject"], "")

    def test_mutual_tls_refuses_strangers(self):
        server, channel = self.start_on("mtls")
        for certificate in (None, "other"):
            stranger = self.channel("mtls", server.addresses[0], certificate)
            with self.assertRaises(grpc.RpcError) as caught:
                unary(stranger, "One", timeout=10)
            self.assertEqual(caught.exception.code(), grpc.StatusCode.UNAVAILABLE)
        self.assertEqual(unary(channel, "One", b"known"), b"known")
        host, port = server.addresses[0].rsplit(":", 1)
        for words in b"", b"GET / HTTP/1.1\r\n\r\n":  # who says nothing is not told of
            with socket.create_connection((host, int(port)), timeout=DEADLINE_S) as plain:
                plain.sendall(words)
                plain.shutdown(socket.SHUT_WR)
                plain.recv(1000)
        server.terminate()
        status, err = server.finish()
        self.assertEqual(status, 0)
        for line in err.splitlines():
            self.assertIn(FAILED_HANDSHAKE, line)
        for reason in ("peer did not return a certificate", "self-signed certificate",
                       "http request"):
            self.assertIn(f'why="{reason}', err)

    def test_failed_handshakes_do_not_fill_the_log(self):
        server, channel = self.start_on("tls")
        host, port = server.addresses[0].rsplit(":", 1)
        for _ in range(100):
            with socket.create_connection((host, int(port)), timeout=DEADLINE_S) as plain:
                plain.sendall(b"GET / HTTP/1.1\r\n\r\n")
                plain.recv(1000)
        self.assertEqual(unary(channel, "One", b"x"), b"x")
        server.terminate()
        lines = server.finish()[1].splitlines()
        self.assertGreaterEqual(len(lines), 10)
        self.assertLess(len(lines), 60)

    def test_token(self):
        for kind in ("tcp", "tls"):
            _, channel = self.start_on(kind, "--token", "s3cret")
            for metadata in ((), (("authorization", "Bearer s3cre"),),
                             (("authorization", "Bearer s3crett"),),
                             (("authorization", "Basic s3cret"),)):
                with self.assertRaises(grpc.RpcError) as caught:
                    unary(channel, "One", metadata=metadata)
                self.assertEqual(caught.exception.code(), grpc.StatusCode.UNAUTHENTICATED)
            self.assertEqual(unary(channel, "One", b"x",
                                   metadata=(("authorization", "Bearer s3cret"),)), b"x")


if __name__ == "__main__":
    unittest.main()
