"""bailiffd's reload: what SIGHUP changes, what it leaves, and what it refuses."""

import os
import signal
import unittest

import grpc

from bailiffd import (DaemonTest, SERVING, free_port, make_certificates, need_root, wait_until)


@need_root()
class Reload(DaemonTest):

    # The worker reads its files again as this user: they must be readable for it.
    USER = "user: nobody\n"

    def reload(self, daemon, expected):
        """SIGHUP, and a new line of the log that the pattern finds."""
        before = len(daemon.lines)
        daemon.process.send_signal(signal.SIGHUP)

        def came():
            return [line for line in daemon.lines[before:] if expected in line]
        wait_until(came, f"{expected!r} in the log")
        return daemon.lines[before:]

    def refused(self, channel, token):
        with self.assertRaises(grpc.RpcError) as refused:
            self.health(channel, token)
        return refused.exception.code() == grpc.StatusCode.UNAUTHENTICATED

    def tokens(self, text):
        path = self.write("tokens", text, 0o640)
        os.chown(path, 0, 65534)
        return path

    def test_tokens_are_read_again(self):
        port = free_port()
        first = self.tokens("the-first-token-0\n")
        text = self.USER + (f"listen: [127.0.0.1:{port}]\n"
                            f"access: {{tokens: {first}}}\n")
        daemon = self.start(text)
        channel = self.channel(f"127.0.0.1:{port}")
        self.assertEqual(self.health(channel, "the-first-token-0"), SERVING)
        self.tokens("the-other-token-1\n")
        self.reload(daemon, "msg=reloaded")
        self.assertTrue(self.refused(channel, "the-first-token-0"))
        self.assertEqual(self.health(channel, "the-other-token-1"), SERVING)
        self.tokens("short\n")
        self.reload(daemon, "not reloaded")
        self.assertTrue(daemon.has_logged("tokens:1: a token has 16 characters"))
        self.assertEqual(self.health(channel, "the-other-token-1"), SERVING)
        self.stop(daemon)

    def test_a_broken_configuration_is_refused_and_the_old_one_stays(self):
        daemon = self.start(self.USER + "drain: 7s\nlog: debug\n")
        self.config(self.USER + "drain: never\nlgo: info\n")
        lines = self.reload(daemon, "lgo: unknown key")
        self.assertEqual(len([line for line in lines if "not reloaded" in line]), 2, lines)
        self.assertEqual(self.health(self.channel()), SERVING)
        self.config(self.USER + "drain: 8s\nlog: debug\n")
        lines = self.reload(daemon, "msg=reloaded")
        self.assertTrue([line for line in lines if "msg=changed key=drain" in line], lines)
        self.assertFalse([line for line in lines if "key=log" in line], lines)
        self.stop(daemon)

    def test_says_what_needs_a_restart(self):
        daemon = self.start(self.USER)
        self.config(self.USER + "state: {directory: /var/tmp/elsewhere, spool_size: 16MiB}\nqueue: {jobs: 5}\n"
                    "tenants: {alice: 3}\n")
        lines = self.reload(daemon, "needing_restart=2")
        for key, words in (("state.directory", "needs a restart"), ("queue.jobs", "needs a restart"),
                           ("tenants", "changed")):
            self.assertTrue([line for line in lines if f"key={key}" in line and words in line],
                            lines)
        # Again: what waits for a restart still does, what holds already is no change any more.
        lines = self.reload(daemon, "needing_restart=2")
        self.assertFalse([line for line in lines if "key=tenants" in line], lines)
        self.stop(daemon)

    def test_the_log_level(self):
        daemon = self.start(self.USER + "log: info\n")
        self.config(self.USER + "log: error\n")
        self.reload(daemon, "key=log")
        self.stop(daemon)
        self.assertFalse(daemon.has_logged("msg=drained"), daemon.lines)

    def test_a_hundred_times(self):
        daemon = self.start(self.USER)
        fds = len(os.listdir(f"/proc/{daemon.pid}/fd"))
        for n in range(100):
            self.config(self.USER + f"drain: {n + 1}s\n")
            self.reload(daemon, "msg=reloaded")
        wait_until(lambda: len(os.listdir(f"/proc/{daemon.pid}/fd")) <= fds, "descriptors closed")
        self.stop(daemon)

    def test_certificates_are_read_again(self):
        port = free_port()
        make_certificates(self.folder)
        for name in ("server.pem", "server.key", "ca.pem"):
            os.chmod(self.path(name), 0o644)
        text = self.USER + (
            f"listen: [tls:127.0.0.1:{port}]\n"
            f"tls: {{certificate: {self.path('server.pem')}, key: {self.path('server.key')},"
            f" client_authority: {self.path('ca.pem')}}}\n")
        daemon = self.start(text)

        def credentials():
            def read(name):
                with open(self.path(name), "rb") as file:
                    return file.read()
            return grpc.ssl_channel_credentials(read("ca.pem"), read("client.key"),
                                                read("client.pem"))
        old = credentials()
        first = self.channel(f"127.0.0.1:{port}", old)
        self.assertEqual(self.health(first), SERVING)
        os.unlink(self.path("ca.pem"))
        make_certificates(self.folder)
        for name in ("server.pem", "server.key", "ca.pem"):
            os.chmod(self.path(name), 0o644)
        self.reload(daemon, "msg=reloaded")
        self.assertEqual(self.health(self.channel(f"127.0.0.1:{port}", credentials())), SERVING)
        self.assertEqual(self.health(first), SERVING)  # goes on with what it began with
        with self.assertRaises(grpc.RpcError):
            self.health(self.channel(f"127.0.0.1:{port}", old))
        self.write("server.pem", "no certificate")
        self.reload(daemon, "not reloaded")
        self.stop(daemon)

    def test_subjects_decide_between_certificates(self):
        port = free_port()
        make_certificates(self.folder)
        for name in ("server.pem", "server.key", "ca.pem"):
            os.chmod(self.path(name), 0o644)

        def text(subject):
            return self.USER + (
                f"listen: [tls:127.0.0.1:{port}]\n"
                f"tls: {{certificate: {self.path('server.pem')}, key: {self.path('server.key')},"
                f" client_authority: {self.path('ca.pem')}}}\n"
                f"access: {{subjects: [\"{subject}\"]}}\n")

        def read(name):
            with open(self.path(name), "rb") as file:
                return file.read()
        credentials = grpc.ssl_channel_credentials(read("ca.pem"), read("client.key"),
                                                   read("client.pem"))
        daemon = self.start(text("CN=somebody else"))
        channel = self.channel(f"127.0.0.1:{port}", credentials)
        self.assertTrue(self.refused(channel, None))
        self.config(text("CN=client,O=judge"))
        self.reload(daemon, "msg=reloaded")
        self.assertEqual(self.health(channel), SERVING)
        self.stop(daemon)


if __name__ == "__main__":
    unittest.main()
