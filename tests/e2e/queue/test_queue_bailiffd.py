"""The queue with a real worker: programs run in sandboxes, and what they did comes back."""

import os
import sys
import unittest

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
    def setUp(self):
        super().setUp()
        os.chmod(self.folder.name, 0o755)  # it is another user's, too
        path = os.path.join(self.folder.name, "bailiffd.yaml")
        with open(path, "w", encoding="ascii") as file:
            file.write(f"listen: [\"unix:{self.folder.name}/w.sock\"]\n"
                       f"state: {{directory: {self.folder.name}/state, spool_size: 16MiB}}\n"
                       "user: nobody\n")
        self.worker = Bailiffd("--config", path)
        self.addCleanup(self.end_worker)
        self.worker.await_line(r"msg=serving\b")
        self.start_feeder()

    def end_worker(self):
        if self.worker.process.poll() is None:
            self.worker.process.kill()
        self.worker.finish()

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


class Commands(Scene):
    def test_init__compares_and_does_not_change_silently(self):
        self.assertEqual(self.queue("init").count("as it should be"), 5)
        complaint = self.queue("init", "--jobs=5", fails=True)
        self.assertIn("JOBS: max_msgs is 1000000 there, and should be 5", complaint)
        self.assertIn("JOBS: changed", self.queue("init", "--jobs=5", "--update"))
        self.assertEqual(self.queue("init", "--jobs=5").count("as it should be"), 5)

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
        self.assertIn("tenant", self.queue("submit", "-", stdin=job, fails=True))
        self.assertIn("id:", self.queue("submit", "--id=a b", "-",
                                        stdin=JOB.format(id="x", status=0), fails=True))

    def test_queue__refuses_other_hosts_in_the_clear(self):
        self.assertIn("use tls://", self.queue("status", "--queue=nats://192.0.2.1:4222",
                                               fails=True))

    def test_queue__without_streams_says_so(self):
        for name in ("JOBS", "RESULTS", "DEAD", "TRIES", "CANCELS"):
            self.nats.ask_json(f"STREAM.DELETE.{name}")
        self.assertIn("stream not found", self.queue("status", fails=True))


if __name__ == "__main__":
    unittest.main()
