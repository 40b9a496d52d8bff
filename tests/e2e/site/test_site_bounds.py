"""What clients may do to others, and what they are told when it is too much."""

import os
import threading
import unittest

import grpc

from served import (DEADLINE_S, SiteTest, executor, inline, job, result, shell, wait_until)


def memory_of(pid):
    with open(f"/proc/{pid}/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def retry_ms(error):
    return dict(error.trailing_metadata()).get("grpc-retry-pushback-ms")


class Bounds(SiteTest):

    def test_messages_that_are_none(self):
        _, client = self.started()
        for method in ("Run", "Watch", "Attach", "Result", "Cancel", "Status"):
            raw = client.channel.unary_unary("/bailiff.v1.Executor/" + method)
            with self.subTest(method):
                for message in (b"\xff", b"\x0a\xff", b"\xfa\x07\x01a", os.urandom(1000)):
                    self.assert_status(grpc.StatusCode.INVALID_ARGUMENT, raw, message,
                                       timeout=DEADLINE_S)
        self.assert_status(grpc.StatusCode.INVALID_ARGUMENT, client.run, job.Job())
        told = self.assert_status(grpc.StatusCode.INVALID_ARGUMENT, client.run, job.Job(
            steps=[job.Step(name="a", commands=[job.Command(argv=["x"])]),
                   job.Step(name="b", commands=[job.Command()])]))
        self.assertIn("steps[1].commands[0].argv", told.details())
        for path in ("Executor/Nothing", "Nobody/Run"):
            self.assert_status(grpc.StatusCode.UNIMPLEMENTED,
                               client.channel.unary_unary("/bailiff.v1." + path), b"",
                               timeout=DEADLINE_S)
        self.assertEqual(client.run(shell("exit 0")).done.outcome, result.OUTCOME_PASSED)

    def test_sixteen_mebibytes(self):
        server, client = self.started()
        wanted = shell("sha256sum < data", stdout=job.Keep(return_bytes=64))
        data = os.urandom((16 << 20) - 300)
        wanted.steps[0].commands[0].inputs.add(name="data", file=inline(data))
        self.assertLessEqual(wanted.ByteSize(), 16 << 20)
        for _ in range(3):
            self.assertEqual(client.run(wanted).done.outcome, result.OUTCOME_PASSED)
        wanted.steps[0].commands[0].inputs[0].file.inline = data + bytes(500)
        self.assert_status(grpc.StatusCode.INVALID_ARGUMENT, client.run, wanted)
        wanted.steps[0].commands[0].inputs[0].file.inline = data + bytes(2 << 20)
        self.assert_status(grpc.StatusCode.RESOURCE_EXHAUSTED, client.run, wanted)

    def test_two_thousand_results_streamed(self):
        _, client = self.started("--slots", "4")
        wanted = job.Job(steps=[job.Step(
            name="s", commands=[job.Command(argv=["/bin/true"])],
            cases=[job.Case(name=str(i)) for i in range(2000)])])
        wanted.parallel = 4
        numbers, cases = [], set()
        for event in client.watch(wanted, timeout=5 * DEADLINE_S):
            numbers.append(event.number)
            if event.WhichOneof("what") == "case_ended":
                cases.add(event.case_ended.case)
        self.assertEqual(numbers, list(range(2004)))
        self.assertEqual(cases, set(range(2000)))
        self.assertEqual(event.done.counts.passed, 2000)

    def test_a_job_that_returns_much_is_to_be_watched(self):
        _, client = self.started()
        wanted = shell("head -c 2000000 /dev/zero", stdout=job.Keep(return_bytes=2000000),
                       cases=[job.Case(name=str(i)) for i in range(8)])
        told = self.assert_status(grpc.StatusCode.INVALID_ARGUMENT, client.run, wanted)
        self.assertIn("return_bytes", told.details())
        sizes = [len(event.case_ended.commands[0].stdout.data) for event in client.watch(wanted)
                 if event.WhichOneof("what") == "case_ended"]
        self.assertEqual(sizes, [2000000] * 8)

    def test_one_who_does_not_read_loses_nothing(self):
        server, client = self.started("--events", str(32 << 20))
        lazy = self.client(server.unix)
        # The last case goes on until it is cancelled, so that nothing here depends on the time.
        wanted = shell("", stdout=job.Keep(return_bytes=1000000),
                       cases=[job.Case(args=["head", "-c", "1000000", "/dev/zero"])] * 20
                       + [job.Case(args=["sleep", "1000"])])
        wanted.steps[0].commands[0].argv[:] = ["/usr/bin/env"]
        calls = [lazy.watch(wanted)]
        id = next(calls[0]).job_id
        calls += [lazy.call("Executor/Attach", executor.AttachRequest(job=lazy.ref(id)))
                  for _ in range(8)]
        for event in client.call("Executor/Attach", executor.AttachRequest(
                job=client.ref(id), from_number=21)):
            break  # the twentieth case
        self.assertLess(memory_of(server.process.pid), 150 << 20)
        # The events of that job take two thirds of what there is.
        told = self.assert_status(grpc.StatusCode.RESOURCE_EXHAUSTED, client.watch, shell(
            "exit 0", stdout=job.Keep(return_bytes=2 << 20),
            cases=[job.Case(name=str(i)) for i in range(7)]))
        self.assertIsNotNone(retry_ms(told))
        never = self.assert_status(grpc.StatusCode.RESOURCE_EXHAUSTED, client.watch, shell(
            "exit 0", stdout=job.Keep(return_bytes=2 << 20),
            cases=[job.Case(name=str(i)) for i in range(60)]))
        self.assertIsNone(retry_ms(never))
        client.call("Executor/Cancel", client.ref(id))
        for call in calls:
            events = list(call)
            self.assertEqual(events[-1].WhichOneof("what"), "done")
            self.assertEqual(sum(len(event.case_ended.commands[0].stdout.data)
                                 for event in events if event.WhichOneof("what") == "case_ended"
                                 and event.case_ended.commands),
                             20 * 1000000)

    def test_a_full_queue_says_when_to_come_again(self):
        _, client = self.started("--slots", "1", "--queue", "2")
        calls = []
        for _ in range(3):
            call = client.watch(shell("exec sleep 1000"))
            next(call)
            calls.append(call)
            if len(calls) == 1:
                next(call)
        told = self.assert_status(grpc.StatusCode.RESOURCE_EXHAUSTED, client.run, shell("exit 0"))
        self.assertGreaterEqual(int(retry_ms(told)), 100)
        for call in calls:
            call.cancel()
        wait_until(lambda: client.status().queue.used == 0, "an empty queue")
        self.assertEqual(client.run(shell("exit 0")).done.outcome, result.OUTCOME_PASSED)

    def test_a_job_that_never_fits(self):
        _, client = self.started("--memory", str(300 << 20))
        told = self.assert_status(grpc.StatusCode.RESOURCE_EXHAUSTED, client.run, shell(
            "exit 0", limits=job.Limits(memory_bytes=1 << 30)))
        self.assertIsNone(retry_ms(told))
        self.assertEqual(client.run(shell("exit 0")).done.outcome, result.OUTCOME_PASSED)

    def test_tenants_share_and_know_nothing_of_each_other(self):
        server, client = self.started("--slots", "1")
        stranger = self.client(server.tcp)  # "anonymous"
        blocker = client.watch(shell("exec sleep 1000"))
        first = next(blocker)
        next(blocker)
        order, threads = [], []

        def run(who, name):
            who.run(shell("exit 0"))
            order.append(name)
        for number in range(8):
            threads.append(threading.Thread(target=run, args=(client, "root")))
            threads[-1].start()
        wait_until(lambda: client.status().queue.used == 8, "eight jobs to wait")
        for number in range(2):
            threads.append(threading.Thread(target=run, args=(stranger, "stranger")))
            threads[-1].start()
        wait_until(lambda: client.status().queue.used == 10, "all jobs to wait")
        own = stranger.status().tenants
        self.assertEqual([(t.name, t.queued) for t in own], [("anonymous", 2)])
        self.assert_status(grpc.StatusCode.NOT_FOUND, stranger.call, "Executor/Cancel",
                           stranger.ref(first.job_id))
        self.assert_status(grpc.StatusCode.PERMISSION_DENIED, stranger.call, "Executor/Cancel",
                           stranger.ref(first.job_id, tenant="uid-0"))
        self.assert_status(grpc.StatusCode.PERMISSION_DENIED, stranger.run,
                           job.Job(tenant="uid-0", steps=shell("exit 0").steps))
        client.call("Executor/Cancel", client.ref(first.job_id))
        for thread in threads:
            thread.join(DEADLINE_S)
        self.assertEqual(len(order), 10)
        self.assertIn("stranger", order[:3], "who came last waited for all of another's jobs")

    def test_a_flood_leaves_the_results_of_others(self):
        _, client = self.started("--jobs", "20")

        def detached(tenant, id):
            wanted = shell("exit 0")
            wanted.tenant, wanted.id, wanted.detached = tenant, id, True
            return client.run(wanted)
        detached("quiet", "mine")
        for i in range(40):
            detached("flood", str(i))
        mine = client.call("Executor/Result", client.ref("mine", "quiet"))
        self.assertEqual(mine.done.outcome, result.OUTCOME_PASSED)
        self.assert_status(grpc.StatusCode.NOT_FOUND, client.call, "Executor/Result",
                           client.ref("0", "flood"))
        last = client.call("Executor/Result", client.ref("39", "flood"))
        self.assertEqual(last.done.outcome, result.OUTCOME_PASSED)

    def test_a_waiting_jobs_files_stay(self):
        """More is put than the store holds, while a job waits for its turn."""
        _, client = self.started("--slots", "1")
        held = client.watch(shell("exec sleep 1000", limits=job.Limits(
            wall_time_ns=3600 * 10 ** 9)))
        wanted = shell("sha256sum < data", stdout=job.Keep(return_bytes=64))
        digest = client.put(b"data of the one that waits").sha256
        wanted.steps[0].commands[0].inputs.add(name="data").file.sha256 = digest
        waits = client.watch(wanted)
        self.assertEqual(next(waits).WhichOneof("what"), "queued")
        other = client.put(b"what nobody waits for").sha256
        for i in range(9):
            client.put(bytes([i]) * (32 << 20))  # 288 of 256 MiB
        self.assertEqual(list(client.call("Files/Missing", executor.Digests(
            sha256=[digest, other])).sha256), [other])
        client.call("Executor/Cancel", client.ref(next(held).job_id))
        ended = [event.case_ended for event in waits if event.WhichOneof("what") == "case_ended"]
        self.assertEqual(ended[0].commands[0].stdout.data, digest.hex().encode())

    def test_status_tells_changes(self):
        _, client = self.started("--slots", "1")
        statuses = client.call("Executor/WatchStatus", executor.StatusRequest())
        self.assertEqual(next(statuses).slots.used, 0)
        call = client.watch(shell("exec sleep 1000"))
        next(call)
        for status in statuses:
            if status.slots.used == 1:
                break
        call.cancel()
        for status in statuses:
            if status.slots.used == 0:
                break
        statuses.cancel()


if __name__ == "__main__":
    unittest.main()
