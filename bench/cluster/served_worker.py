"""A bailiffd of our own to measure with, called over gRPC as any client would."""

import os
import subprocess
import tempfile
import time

import grpc
from rig import BINARIES, PATIENCE_S, wait_until


class Worker:
    """keys: more lines of its configuration. The messages' Python form must be on sys.path."""

    def __init__(self, keys="", slots=2):
        self.folder = tempfile.TemporaryDirectory(prefix="bailiff-bench-")
        os.chmod(self.folder.name, 0o755)
        self.socket = os.path.join(self.folder.name, "w.sock")
        path, self.log = (os.path.join(self.folder.name, name) for name in ("w.yaml", "w.log"))
        with open(path, "w", encoding="ascii") as file:
            file.write(f"listen: [\"unix:{self.socket}\"]\nuser: nobody\n"
                       f"state: {{directory: {self.folder.name}/state, spool_size: 64MiB}}\n"
                       f"resources: {{worker_cores: 0, share_cores: true, slots: {slots}}}\n{keys}")
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen([os.path.join(BINARIES, "bailiffd"), "--config", path],
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        wait_until(self.serves, "the worker serves", PATIENCE_S)
        self.channel = grpc.insecure_channel("unix:" + self.socket)

    def serves(self):
        with open(self.log, encoding="utf-8") as file:
            text = file.read()
        if self.process.poll() is not None:
            raise RuntimeError(text)
        return "msg=serving" in text

    def call(self):
        from bailiff.v1 import job_pb2, result_pb2
        return self.channel.unary_unary("/bailiff.v1.Executor/Run",
                                        request_serializer=job_pb2.Job.SerializeToString,
                                        response_deserializer=result_pb2.JobResult.FromString)

    def fetch(self, url, digest):
        """How many seconds a job takes that has one file fetched, and the same when it is there."""
        from bailiff.v1 import job_pb2, result_pb2
        job = job_pb2.Job()
        command = job.steps.add(name="run").commands.add(argv=["/bin/true"])
        remote = command.inputs.add(name="data").file.remote
        remote.sha256, remote.url = digest, url
        took = []
        for _ in range(2):  # the second time it has it
            begin = time.perf_counter()
            result = self.call()(job, timeout=PATIENCE_S)
            took.append(time.perf_counter() - begin)
            assert result.done.outcome == result_pb2.OUTCOME_PASSED, result
        return took

    def end(self):
        self.channel.close()
        self.process.terminate()
        self.process.wait(PATIENCE_S)
        self.folder.cleanup()
