"""The queue with a real worker: programs run in sandboxes, and what they did comes back."""

import hashlib
import os
import sys
import unittest

from objects import Objects
from scene import HERE, Scene, wait_until

sys.path.insert(0, os.path.join(HERE, "..", "daemon"))
from bailiffd import Bailiffd, need_root  # noqa: E402

JOB = """
id: {id}
tenant: blue.team
steps:
  - name: run
    commands:
      - argv: [/bin/sh, -c, 'read x; echo "$x!"; exit {status}']
        stdout: {{return_bytes: 100}}
    cases: [{{name: one, input: {{inline: "hello\\n"}}}}]
"""


@need_root()
class Worker(Scene):
    keys = ""

    def set_up_scene(self):
        super().set_up_scene()
        os.chmod(self.folder.name, 0o755)  # it is another user's, too
        path = os.path.join(self.folder.name, "bailiffd.yaml")
        with open(path, "w", encoding="ascii") as file:
            file.write(f"listen: [\"unix:{self.folder.name}/w.sock\"]\n"
                       f"state: {{directory: {self.folder.name}/state, spool_size: 16MiB}}\n"
                       "user: nobody\n" + self.keys)
        self.worker = Bailiffd("--config", path)
        self.addCleanup(self.end_worker)
        self.worker.await_line(r"msg=serving\b")
        self.start_feeder()

    def end_worker(self):
        if self.worker.process.poll() is None:
            self.worker.process.kill()
        self.worker.finish()


class Jobs(Worker):
    def test_job_file__goes_through_the_queue(self):
        from bailiff.v1 import result_pb2
        for i, status in enumerate((0, 3)):
            self.queue("submit", "-", stdin=JOB.format(id=f"s-{i}.x", status=status))
        shown = self.queue("watch", "--tenant=blue.team", "--patience=60s", "s-0.x", "s-1.x")
        self.assertEqual(shown, "blue.team/s-0.x  COMPLETED  PASSED\n"
                                "blue.team/s-1.x  COMPLETED  FAILED\n")
        _, data = self.nats.last("RESULTS", "results.blue=team.s-1=x")
        command = result_pb2.JobResult.FromString(data).cases[0].commands[0]
        self.assertEqual((command.stdout.data, command.exit_code), (b"hello!\n", 3))
        self.await_empty()
        status = self.queue("status")
        self.assertRegex(status, r"RESULTS +2 messages")

    def test_submit__again_is_one_job(self):
        job = JOB.format(id="again", status=0)
        self.assertEqual(self.queue("submit", "-", stdin=job), "blue=team.again\n")
        self.assertIn("already", self.queue("submit", "-", stdin=job))
        wait_until(lambda: self.nats.count_of("RESULTS") == 1, "the result")
        self.await_empty()


REMOTE_JOB = """
id: {id}
tenant: blue
steps:
  - name: run
    commands:
      - argv: [/bin/sh, -c, 'wc -c < data']
        inputs: [{{name: data, file: {{remote: {{sha256: {digest}, url: "{url}"}}}}}}]
        stdout: {{return_bytes: 100}}
"""


class LargeFiles(Worker):
    """By digest and URL: the message stays small, the worker fetches, checks, and keeps it."""

    def set_up_scene(self):
        self.data = os.urandom(1 << 20) * 8  # larger than a message of the queue can be
        self.objects = Objects(self.data)
        self.addCleanup(self.objects.close)
        self.keys = f"fetch: {{internal_urls: [\"{self.objects.url}\"]}}\n"
        super().set_up_scene()

    def run_one(self, id_, digest):
        job = REMOTE_JOB.format(id=id_, digest=digest, url=self.objects.url + "tests.tar")
        self.queue("submit", "-", stdin=job)
        return self.result(id_, "blue")

    def test_file__of_an_object_store_is_fetched_once_and_kept(self):
        digest = hashlib.sha256(self.data).hexdigest()
        for id_ in ("first", "second"):
            stdout = self.run_one(id_, digest).cases[0].commands[0].stdout.data
            self.assertEqual(stdout, b"%d\n" % len(self.data))
        self.assertEqual(self.objects.asked, ["/tests.tar"])

    def test_file__of_another_digest_is_refused(self):
        from bailiff.v1 import result_pb2
        result = self.run_one("wrong", hashlib.sha256(b"other").hexdigest())
        self.assertEqual(result.done.outcome, result_pb2.OUTCOME_ERROR)
        self.assertIn("the SHA-256 of what came is", str(result))


class Commands(Scene):
    def test_init__compares_and_does_not_change_silently(self):
        self.assertEqual(self.queue("init").count("as it should be"), 5)
        complaint = self.queue("init", "--jobs=5", fails=True)
        self.assertIn("JOBS: max_msgs is 1000000 there, and should be 5", complaint)
        self.assertIn("JOBS: changed", self.queue("init", "--jobs=5", "--update"))
        self.assertEqual(self.queue("init", "--jobs=5").count("as it should be"), 5)

    def test_init__on_a_small_disk_says_what_to_do(self):
        self.server.kill()
        self.server.wait()
        self.server_extra = "jetstream {\n  store_dir: %s/small\n  max_file_store: 200MB\n}" % (
            self.folder.name)
        self.server = self.start_server()
        self.assertIn("less of --job-size and --result-size", self.queue("init", fails=True))
        self.queue("init", "--job-size=16MiB", "--result-size=16MiB")

    def test_submit__to_a_full_queue_fails(self):
        self.queue("init", "--jobs=1", "--update")
        self.queue("submit", "-", stdin=JOB.format(id="one", status=0))
        self.assertIn("maximum messages exceeded",
                      self.queue("submit", "-", stdin=JOB.format(id="two", status=0), fails=True))

    def test_submit__of_what_is_too_large_says_what_to_do(self):
        job = JOB.format(id="large", status=0).replace("hello", "x" * 1_100_000)
        complaint = self.queue("submit", "-", stdin=job, fails=True)
        self.assertIn("max_payload", complaint)

    def test_submit__needs_names(self):
        job = JOB.format(id="x", status=0).replace("tenant: blue.team\n", "")
        self.assertIn("--tenant", self.queue("submit", "-", stdin=job, fails=True))
        for words in (["watch", "x"], ["cancel", "x"], ["dead", "x"]):
            self.assertIn("--tenant", self.queue(*words, fails=True))
        self.assertIn("id:", self.queue("submit", "--id=a b", "-",
                                        stdin=JOB.format(id="x", status=0), fails=True))

    def test_dead__knows_only_the_dead(self):
        for words in ([], ["--remove"], ["--resubmit"]):
            self.assertIn("not among the dead",
                          self.queue("dead", "--tenant=t", *words, "x", fails=True))

    def test_queue__refuses_other_hosts_in_the_clear(self):
        self.assertIn("use tls://", self.queue("status", "--queue=nats://192.0.2.1:4222",
                                               fails=True))

    def test_queue__without_streams_says_so(self):
        for name in ("JOBS", "RESULTS", "DEAD", "TRIES", "CANCELS"):
            self.nats.ask_json(f"STREAM.DELETE.{name}")
        self.assertIn("stream not found", self.queue("status", fails=True))
        self.assertIn("bailiff queue init", self.queue("dead", fails=True))


if __name__ == "__main__":
    unittest.main()
