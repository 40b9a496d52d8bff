"""How the queue's broker is reached: TLS, and who we are to it, by the feeder and by the commands,
with a real nats-server that insists."""

import os
import sys
import unittest

from scene import DEADLINE_S, HERE, SOURCE, Scene, wait_until

sys.path.insert(0, os.path.join(HERE, "..", "rpc"))
sys.path.insert(0, os.path.join(SOURCE, "tests", "support", "queue"))
from credentials import make_account  # noqa: E402
from echo import make_certificates  # noqa: E402

JOB = "{id: s-1, tenant: blue, steps: [{name: run, commands: [{argv: [/bin/true]}]}]}"


class Access(Scene):
    """A server that does not let everybody in; it is looked at by the commands alone."""

    def set_up_scene(self):
        """The tests make the server, and then the queue, as they need them."""

    def file(self, name, text):
        path = os.path.join(self.folder.name, name)
        with open(path, "w", encoding="ascii") as file:
            file.write(text)
        return path

    def serve(self, extra, scheme="nats"):
        self.server_extra = extra
        self.server = self.start_server()
        self.address = f"{scheme}://127.0.0.1:{self.port}"

    def ask(self, *words, fails=False, stdin=""):
        return self.queue(words[0], f"--queue={self.address}", *words[1:], fails=fails, stdin=stdin)

    def carries_a_job(self, options=(), keys=None):
        """From `queue submit` by a feeder to a worker, and back to `queue watch`."""
        self.ask("init", *options)
        self.start_worker()
        self.start_feeder(servers=[self.address], **(keys or {}))
        self.ask("submit", *options, "-", stdin=JOB)
        self.assertIn("COMPLETED", self.ask("watch", *options, "--tenant=blue", "--patience=60s",
                                            "s-1"), self.all_logs())

    def feeder_is_refused(self, words, **keys):
        """It goes on trying, for who it is may be mended at the server, and says why."""
        self.start_feeder("refused", servers=[self.address], **keys)
        wait_until(lambda: words in self.log("refused-feeder.log"),
                   f"{words!r} in the feeder's log")


class Tls(Access):
    def setUp(self):
        super().setUp()
        make_certificates(self.folder.name)
        self.ca, self.other = (os.path.join(self.folder.name, name)
                               for name in ("ca.pem", "other.pem"))

    def tls(self, more=""):
        return (f"tls {{\n  cert_file: {self.folder.name}/server.pem\n"
                f"  key_file: {self.folder.name}/server.key\n{more}}}\n")

    def test_tls__carries_jobs_where_the_authority_is_known(self):
        self.serve(self.tls(), "tls")
        self.carries_a_job([f"--queue-authority={self.ca}"], {"authority": self.ca})

    def test_tls__refuses_a_server_that_nobody_vouches_for(self):
        self.serve(self.tls(), "tls")
        for options in ([f"--queue-authority={self.other}"], []):
            self.assertRegex(self.ask("status", *options, fails=True), "(?i)ssl|tls")
        self.feeder_is_refused("SSL Error", authority=self.other)

    def test_tls__refuses_a_certificate_of_another_host(self):
        with open(os.path.join(self.folder.name, "san"), "w", encoding="ascii") as file:
            file.write("subjectAltName=DNS:elsewhere.example\n")
        self.sign_again()
        self.serve(self.tls(), "tls")
        self.assertRegex(self.ask("status", f"--queue-authority={self.ca}", fails=True),
                         "(?i)ssl|tls")

    def sign_again(self):
        import subprocess
        subprocess.run(["openssl", "x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey",
                        "ca.key", "-CAcreateserial", "-out", "server.pem", "-days", "2",
                        "-extfile", "san"], cwd=self.folder.name, check=True, capture_output=True)

    def test_tls__shows_our_certificate_where_it_is_asked_for(self):
        self.serve(self.tls(f"  ca_file: {self.ca}\n  verify: true\n"), "tls")
        self.ask("status", f"--queue-authority={self.ca}", fails=True)
        pair = [os.path.join(self.folder.name, name) for name in ("client.pem", "client.key")]
        self.carries_a_job(
            [f"--queue-authority={self.ca}", f"--queue-certificate={pair[0]}",
             f"--queue-key={pair[1]}"],
            {"authority": self.ca, "certificate": pair[0], "key": pair[1]})

    def test_tls__is_not_left_out_because_the_server_has_none(self):
        self.serve("", "tls")
        self.assertRegex(self.ask("status", f"--queue-authority={self.ca}", fails=True),
                         "(?i)secure|ssl|tls")


class Identity(Access):
    def test_password__of_a_file_lets_us_in(self):
        self.serve("authorization {\n  user: judge\n  password: \"sec:ret\"\n}\n")
        right, wrong = (self.file(name, f"judge:{word}\n")
                        for name, word in (("right", "sec:ret"), ("wrong", "guess")))
        for options in ([], [f"--queue-token={wrong}"]):
            self.assertRegex(self.ask("status", *options, fails=True), "(?i)auth")
        self.feeder_is_refused("Authorization", token=wrong)
        self.carries_a_job([f"--queue-token={right}"], {"token": right})

    def test_token__refused_for_a_while_lets_us_in_again(self):
        """The client's library gives up after a second refusal; the feeder must not."""
        right = self.file("right", "s3cret\n")
        for token in ("s3cret", "other", "s3cret"):
            self.serve("authorization {\n  token: %s\n}\n" % token)
            if token == "other":
                wait_until(lambda: "Authorization" in self.log("w-feeder.log"), "it is refused")
            elif len(self.started) == 1:
                self.start_feeder(servers=[self.address], token=right)
                wait_until(lambda: "the broker is there" in self.log("w-feeder.log"), "it is let in")
            else:
                wait_until(lambda: self.log("w-feeder.log").count("the broker is there") == 2,
                           "it is let in again")
            self.server.kill()
            self.server.wait()

    def test_token__of_a_file_lets_us_in(self):
        self.serve("authorization {\n  token: s3cret\n}\n")
        right, wrong = self.file("right", "s3cret\n"), self.file("wrong", "guess\n")
        self.assertRegex(self.ask("status", f"--queue-token={wrong}", fails=True), "(?i)auth")
        self.carries_a_job([f"--queue-token={right}"], {"token": right})

    def test_credentials__of_a_creds_file_let_us_in(self):
        config, path = make_account(self.folder.name)
        self.serve(config)
        self.assertRegex(self.ask("status", fails=True), "(?i)auth")
        self.carries_a_job([f"--queue-credentials={path}"], {"credentials": path})

    def test_permissions__keep_tenants_apart(self):
        """As docs/cluster.md has them: the broker refuses one tenant's word in another one's name."""
        self.serve("authorization {\n  users: [\n    {user: judge, password: one}\n"
                   "    {user: blue, password: two, permissions: {\n"
                   "      publish: [\"jobs.blue.*\", \"cancel.blue.*\"]\n"
                   "      subscribe: [\"results.blue.*\", \"_INBOX.>\"]}}\n  ]\n}\n")
        judge, blue = (self.file(user, f"{user}:{word}\n")
                       for user, word in (("judge", "one"), ("blue", "two")))
        self.ask("init", f"--queue-token={judge}")
        for tenant, fails in (("blue", False), ("red", True)):
            for words in (["submit", "--id=x", f"--tenant={tenant}", "-"],
                          ["cancel", f"--tenant={tenant}", "x"]):
                self.ask(words[0], f"--queue-token={blue}", *words[1:], stdin=JOB, fails=fails)
        status = self.ask("status", f"--queue-token={judge}")
        self.assertRegex(status, r"JOBS +1 messages")
        self.assertRegex(status, r"CANCELS +1 messages")
        self.ask("status", f"--queue-token={blue}", fails=True)

    def test_files__that_are_not_there_are_named(self):
        self.serve("")
        for option in ("token", "credentials", "authority"):
            self.assertIn("/nowhere", self.ask("status", f"--queue-{option}=/nowhere", fails=True))


class Plain(Access):
    """Other hosts in the clear: refused, unless it is allowed in so many words."""

    def check(self, config):
        import subprocess
        from scene import FEEDER
        path = self.file("f.yaml", config)
        return subprocess.run([FEEDER, "--check-config", path], capture_output=True, text=True,
                              check=False)

    def test_plain__other_hosts_need_tls_or_permission(self):
        for servers in ("[nats://q1.example:4222]", "[nats://127.0.0.1:4222, nats://10.0.0.2:4222]",
                        "[tls://q1.example:4222, nats://q2.example:4222]"):
            done = self.check(f"servers: {servers}\n")
            self.assertEqual(done.returncode, 78, servers)
            self.assertIn("is not this host: use tls://, or allow plain", done.stderr)
            self.assertEqual(self.check(f"servers: {servers}\nallow_plain: true\n").returncode, 0)
        for servers in ("[tls://q1.example:4222]", "[nats://127.0.0.1:4222]", "['nats://[::1]:1']"):
            self.assertEqual(self.check(f"servers: {servers}\n").returncode, 0, servers)

    def test_plain__a_feeder_told_so_does_not_start(self):
        self.file("w.sock", "")
        feeder = self.start_feeder(servers=["nats://192.0.2.1:4222"])
        self.assertEqual(feeder.wait(DEADLINE_S), 78)
        self.assertIn("is not this host", self.log("w-feeder.log"))


if __name__ == "__main__":
    unittest.main()
