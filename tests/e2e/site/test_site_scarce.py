"""A host that runs short of disk, descriptors or processes: who asks is told so, with the cause, no
program is blamed, and all is well again when there is room."""

import os
import resource
import subprocess
import unittest

import grpc

from load import KINDS, failed, wrong_with
from place import Place, write
from served import (DEADLINE_S, Client, Server, SiteTest, descendants, executor, inline, job, result,
                    shell, wait_until)

SMALL, LARGE = 16 << 20, 128 << 20


def errors_of(answer):
    """The names of errno, or of the step where there is none, of all that says why we failed."""
    found = [case.error for case in answer.cases if case.HasField("error")]
    found += [command.error for case in answer.cases
              for command in [*case.commands, case.check.checker]
              if command.WhichOneof("cause") == "error"]
    found += [answer.done.error] if answer.done.HasField("error") else []
    return {error.errno_name or error.step for error in found}


class Scarce(SiteTest):

    def assert_told(self, answer, name):
        """That we failed, and for which cause."""
        self.assertEqual(answer.done.outcome, result.OUTCOME_ERROR, answer)
        self.assertIn(name, errors_of(answer), answer)

    def assert_serves(self, client, kinds=tuple(KINDS)):
        for wanted, expected in kinds:
            self.assertIsNone(wrong_with(client.run(wanted), expected, False))

    def survey(self, client, kinds, names):
        """Runs them, and returns how many were not run because of one of these causes."""
        count = 0
        for wanted, expected in kinds:
            try:
                answer = client.run(wanted)
            except grpc.RpcError as error:
                self.assertIn(error.code(), (grpc.StatusCode.RESOURCE_EXHAUSTED,
                                             grpc.StatusCode.UNAVAILABLE), error)
                count += 1
                continue
            self.assertIsNone(wrong_with(answer, expected, True))
            if failed(answer):
                self.assertTrue(errors_of(answer) & names, answer)
                count += 1
        return count


class Disk(Scarce):

    def disk(self, *options):
        subprocess.run(["mount", "-t", "tmpfs", *options, "none", self.store], check=True,
                       timeout=DEADLINE_S)

    def test_a_full_disk_below_the_store(self):
        self.store = os.path.join(self.folder, "store")
        os.mkdir(self.store)
        self.disk("-o", f"size={SMALL},mode=0700")
        self.addCleanup(subprocess.run, ["umount", self.store], check=True, timeout=DEADLINE_S)
        server, client = self.started()
        kept = client.put(os.urandom(SMALL // 4)).sha256
        with open(os.path.join(self.store, "of-others"), "wb") as file:
            file.write(bytes(SMALL // 2))
        too_much = os.urandom(SMALL * 3 // 8)
        output = shell(f"head -c {len(too_much)} /dev/urandom", stdout=job.Keep(store=True))
        for _ in range(3):
            told = self.assert_status(grpc.StatusCode.RESOURCE_EXHAUSTED, client.put, too_much)
            self.assertIn("ran short", told.details())
            self.assert_told(client.run(output), "ENOSPC")
        self.assertEqual(len(client.get(kept)), SMALL // 4)
        self.assert_serves(client)
        self.disk("-o", f"remount,size={LARGE}")
        self.assertEqual(client.get(client.put(too_much).sha256), too_much)
        stored = client.run(output).cases[0].commands[0]
        self.assertEqual(len(client.get(stored.stdout.sha256)), len(too_much))
        self.stop(server)

    def test_a_full_spool(self):
        server, client = self.started("--spool", str(SMALL))
        output = shell(f"head -c {SMALL + 1} /dev/zero", stdout=job.Keep(store=True))
        together = shell(f"head -c {SMALL // 2} /dev/zero", stdout=job.Keep(store=True),
                         inputs=[job.Input(name="in", file=inline(bytes(SMALL // 4 * 3)))])
        self.assert_told(client.run(output), "ENOSPC")
        self.assert_told(client.run(together), "ENOSPC")
        output.steps[0].commands[0].argv[2] = f"head -c {SMALL // 2} /dev/zero"
        # What a sandbox had mounted takes room until its namespace is gone, for which no job waits.
        wait_until(lambda: client.run(output).done.outcome == result.OUTCOME_PASSED, "room")
        for _ in range(3):  # nothing is left of those before
            answer = client.run(output)
            self.assertEqual(answer.done.outcome, result.OUTCOME_PASSED, answer)
        self.assert_serves(client)
        self.stop(server)


class Descriptors(Scarce):

    def limit(self, pid, count):
        _, hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (count or hard, hard))

    def exhaust(self, pid, server, client, names):
        """From none at all, one more at a time."""
        there = set(map(int, os.listdir(f"/proc/{pid}/fd")))
        none = next(fd for fd in range(len(there) + 1) if fd not in there)
        short = 0
        for more in range(40):
            self.limit(pid, none + more)
            short += self.survey(client, KINDS, names)
        self.assertGreater(short, 0)
        self.limit(pid, None)
        # A sandbox that was being made has inherited the limit, and its program hears the cause.
        wait_until(lambda: self.survey(client, KINDS, names) == 0, "all programs to be run")
        self.assert_serves(client)
        other = self.client(server.unix)
        self.assert_serves(other)

    def test_the_worker_has_none(self):
        server, client = self.started("--slots", "2")
        self.assert_serves(client)
        self.exhaust(server.process.pid, server, client, {"EMFILE"})

    def test_the_warden_has_none(self):
        server, client = self.started("--slots", "2")
        self.assert_serves(client)
        warden = descendants(server.process.pid)[0]
        # EBADF: dup2(2) to a number beyond the limit.
        self.exhaust(warden, server, client, {"EMFILE", "EBADF"})

    def test_connections_find_none(self):
        server, client = self.started()
        client.status()
        pid = server.process.pid
        self.limit(pid, max(map(int, os.listdir(f"/proc/{pid}/fd"))) + 1)
        others = [Client(server.unix) for _ in range(40)]
        for other in others:
            self.addCleanup(other.close)
        calls = [other.method("Executor/Status").future(executor.StatusRequest(), timeout=DEADLINE_S)
                 for other in others]
        refused = [call for call in calls if call.exception()]
        self.assertTrue(refused)
        self.assertEqual({call.code() for call in refused}, {grpc.StatusCode.UNAVAILABLE})
        self.assertEqual(client.status().draining, False)
        self.limit(pid, None)
        self.client(server.unix).status()


class Processes(Scarce):

    def setUp(self):
        super().setUp()
        self.place = Place()
        self.addCleanup(self.place.remove)

    def start(self, *args):
        server = Server(self.folder, *args, before=self.place.enter())
        self.addCleanup(self.stop, server)
        self.assertTrue(server.tcp, server.said())
        return server

    def test_there_are_none(self):
        _, client = self.started("--slots", "1")
        self.assert_serves(client)
        limit = self.place.of["pids"] + "/pids.max"
        short = 0
        for most in range(1, 16):
            write(limit, str(most))
            short += self.survey(client, KINDS, {"EAGAIN", "HOST_PIDS"})
        self.assertGreater(short, 0)
        write(limit, "max")
        self.assert_serves(client)


if __name__ == "__main__":
    unittest.main()
