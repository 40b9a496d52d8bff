"""grpc.health.v1 and server reflection, as a client without any file of ours would use them."""

import signal
import unittest

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

from echo import DEADLINE_S, EchoTest, unary

HEALTH = "grpc.health.v1"


class Reflection:
    """Talks to the reflection service; its own messages are built from its own answers."""

    def __init__(self, channel, version="v1"):
        self.channel, self.version = channel, version

    def ask(self, *requests):
        """Requests are (field number, text); answers are {field number: [values]}."""
        encoded = (bytes([field << 3 | 2, len(text)]) + text.encode() for field, text in requests)
        path = f"/grpc.reflection.{self.version}.ServerReflection/ServerReflectionInfo"
        return [parse(answer) for answer in
                self.channel.stream_stream(path)(encoded, timeout=DEADLINE_S)]

    def pool(self, symbol):
        """A pool with the file that defines the symbol."""
        answer, = self.ask((4, symbol))
        pool = descriptor_pool.DescriptorPool()
        for file in parse(answer[4][0])[1]:
            pool.Add(descriptor_pb2.FileDescriptorProto.FromString(file))
        return pool


def parse(data):
    """Protobuf's wire form, one level: {field number: [bytes or number]}."""
    fields = {}

    def varint():
        nonlocal data
        value = shift = 0
        while True:
            byte, data = data[0], data[1:]
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value
    while data:
        tag = varint()
        value = varint()
        if tag & 7 == 2:
            value, data = data[:value], data[value:]
        fields.setdefault(tag >> 3, []).append(value)
    return fields


class Services(EchoTest):

    def setUp(self):
        super().setUp()
        self.server, self.channel = self.start_on("unix")
        self.reflection = Reflection(self.channel)
        pool = self.reflection.pool(HEALTH + ".Health.Watch")
        factory = message_factory.MessageFactory(pool)
        self.request = factory.GetPrototype(
            pool.FindMessageTypeByName(HEALTH + ".HealthCheckRequest"))
        self.response = factory.GetPrototype(
            pool.FindMessageTypeByName(HEALTH + ".HealthCheckResponse"))

    def method(self, kind, name):
        return kind(f"/{HEALTH}.Health/{name}", self.request.SerializeToString,
                    self.response.FromString)

    def check(self, service):
        return self.method(self.channel.unary_unary, "Check")(
            self.request(service=service), timeout=DEADLINE_S).status

    def watch(self, service):
        return self.method(self.channel.unary_stream, "Watch")(
            self.request(service=service), timeout=DEADLINE_S)

    def test_check(self):
        self.assertEqual(self.check(""), self.response.SERVING)
        self.assertEqual(self.check("test.Echo"), self.response.SERVING)
        with self.assertRaises(grpc.RpcError) as caught:
            self.check("no.Such")
        self.assertEqual(caught.exception.code(), grpc.StatusCode.NOT_FOUND)

    def test_watch_tells_changes_and_the_end(self):
        watch, other = self.watch("test.Echo"), self.watch("no.Such")
        self.assertEqual(next(watch).status, self.response.SERVING)
        self.assertEqual(next(other).status, self.response.SERVICE_UNKNOWN)
        for _ in range(3):
            self.server.process.send_signal(signal.SIGUSR1)
            self.assertEqual(next(watch).status, self.response.NOT_SERVING)
            self.server.process.send_signal(signal.SIGUSR1)
            self.assertEqual(next(watch).status, self.response.SERVING)
        self.server.terminate()
        self.assertEqual(next(watch).status, self.response.NOT_SERVING)
        for ended in (watch, other):
            with self.assertRaises(grpc.RpcError) as caught:
                next(ended)
            self.assertEqual(caught.exception.code(), grpc.StatusCode.UNAVAILABLE)
        self.assertEqual(self.server.finish(), (0, ""))

    def test_watch_cancelled_is_forgotten(self):
        for _ in range(50):
            watch = self.watch("test.Echo")
            next(watch)
            watch.cancel()
        self.server.process.send_signal(signal.SIGUSR1)
        self.assertEqual(unary(self.channel, "One", b"x"), b"x")

    def test_messages_that_are_none(self):
        for path in (f"/{HEALTH}.Health/Check", f"/{HEALTH}.Health/Watch",
                     "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"):
            for message in (b"\xff", b"\x0a\x05x", b"\x0a\xff\xff\xff\xff\x0f", b"\x0a\x00" * 9999,
                            b"\x0b"):
                with self.assertRaises(grpc.RpcError) as caught:
                    list(self.channel.stream_stream(path)(iter([message]), timeout=DEADLINE_S))
                self.assertEqual(caught.exception.code(), grpc.StatusCode.INVALID_ARGUMENT)

    def test_reflection_lists_services(self):
        for version in ("v1", "v1alpha"):
            answer, = Reflection(self.channel, version).ask((7, ""))
            names = [parse(service)[1][0].decode() for service in parse(answer[6][0])[1]]
            for expected in ("grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection",
                             "grpc.reflection.v1alpha.ServerReflection"):
                self.assertEqual(names.count(expected), 1)

    def test_reflection_finds_files_and_symbols(self):
        base = "grpc.health.v1."
        found = [(3, "grpc/health/v1/health.proto")] + [(4, base + symbol) for symbol in (
            "Health", "Health.Check", "HealthCheckRequest", "HealthCheckRequest.service",
            "HealthCheckResponse.ServingStatus", "HealthCheckResponse.ServingStatus.SERVING")]
        for answer in self.reflection.ask(*found):
            file = descriptor_pb2.FileDescriptorProto.FromString(parse(answer[4][0])[1][0])
            self.assertEqual(file.name, "grpc/health/v1/health.proto")
        missing = [(3, "grpc/health/v1/health"), (3, ""), (4, ""), (4, "grpc.health.v1"),
                   (4, base + "Healt"), (4, base + "Health."), (4, base + "Health.Check.x"),
                   (4, "Health"), (4, base + "HealthCheckResponse.SERVING"), (6, base + "Health")]
        for request, answer in zip(missing, self.reflection.ask(*missing), strict=True):
            with self.subTest(request):
                self.assertEqual(parse(answer[7][0])[1], [grpc.StatusCode.NOT_FOUND.value[0]])

    def test_reflection_holds_all_that_it_imports(self):
        answer, = self.reflection.ask((7, ""))
        for service in parse(answer[6][0])[1]:
            name = parse(service)[1][0].decode()
            answer, = self.reflection.ask((4, name))
            file = descriptor_pb2.FileDescriptorProto.FromString(parse(answer[4][0])[1][0])
            for dependency in file.dependency:
                answer, = self.reflection.ask((3, dependency))
                self.assertIn(4, answer, dependency)


if __name__ == "__main__":
    unittest.main()
