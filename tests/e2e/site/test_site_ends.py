"""How jobs end other than by themselves: deadlines, clients that leave, Cancel, drain; and those
that are meant to outlive their clients."""

import unittest

import grpc

from served import (DEADLINE_S, SiteTest, executor, inline, job, named, result, shell, wait_until)

LONG = "exec sleep 1000"


def first(events, kind):
    for event in events:
        if event.WhichOneof("what") == kind:
            return event
    raise AssertionError("no event " + kind)


class Ends(SiteTest):

    def running(self, server, count):
        wait_until(lambda: named(server.process.pid, "sleep") == count, f"{count} programs")

    def test_a_reset_call_kills_at_every_phase(self):
        server, client = self.started("--slots", "1")
        # Running.
        call = client.watch(shell(LONG))
        first(call, "started")
        self.running(server, 1)
        # Waiting.
        waiting = client.watch(shell(LONG))
        first(waiting, "queued")
        self.assertEqual(client.status().queue.used, 1)
        waiting.cancel()
        wait_until(lambda: client.status().queue.used == 0, "the queue to be empty")
        call.cancel()
        self.assert_nothing_runs(server, client)
        # Checking.
        checked = shell("exit 0", cases=[job.Case(input=inline(b""))])
        checked.steps[0].check.checker.argv[:] = ["/bin/sh", "-c", LONG]
        call = client.watch(checked)
        first(call, "started")
        self.running(server, 1)
        call.cancel()
        self.assert_nothing_runs(server, client)
        # Unary.
        call = client.method("Executor/Run").future(shell(LONG), timeout=DEADLINE_S)
        self.running(server, 1)
        call.cancel()
        self.assert_nothing_runs(server, client)
        # Compiling.
        call = client.watch(job.Job(steps=[job.Step(name="c", commands=[job.Command(
            compile=job.Compile(language="c"), inputs=[job.Input(
                name="/app/a.c", file=inline(b"#include \"/dev/zero\"\n"))])])]))
        first(call, "started")
        call.cancel()
        self.assert_nothing_runs(server, client)

    def test_a_lost_connection_kills(self):
        server, client = self.started()
        other = self.client(server.unix)
        call = client.watch(shell(LONG))
        first(call, "started")
        self.running(server, 1)
        client.close()
        self.assert_nothing_runs(server, other)

    def test_the_calls_deadline_kills(self):
        server, client = self.started()
        self.assert_status(grpc.StatusCode.DEADLINE_EXCEEDED, client.run, shell(LONG), timeout=0.5)
        self.assert_nothing_runs(server, client)

    def test_the_jobs_deadline_is_a_result(self):
        server, client = self.started("--slots", "1")
        late = shell(LONG, cases=[job.Case(name="a"), job.Case(name="b")])
        late.deadline_ns = 2_000_000_000
        answer = client.run(late)
        self.assertEqual(answer.done.end, result.END_EXPIRED)
        ended = sorted(answer.cases, key=lambda case: case.case)
        self.assertEqual([case.outcome for case in ended],
                         [result.OUTCOME_CANCELLED, result.OUTCOME_SKIPPED])
        self.assertEqual(ended[1].skip, result.SKIP_DEADLINE)
        # In the queue.
        blocker = client.watch(shell(LONG))
        first(blocker, "started")
        answer = client.run(late)
        self.assertEqual(answer.done.end, result.END_EXPIRED)
        self.assertEqual([case.skip for case in answer.cases], [result.SKIP_DEADLINE] * 2)
        self.assertFalse(answer.HasField("started"))
        blocker.cancel()
        self.assert_nothing_runs(server, client)

    def test_cancel_answers_when_nothing_is_left(self):
        server, client = self.started("--slots", "1")
        call = client.watch(shell(LONG, cases=[job.Case(name="a"), job.Case(name="b")]))
        events = [next(call), next(call)]
        self.running(server, 1)
        waiting = client.watch(shell(LONG))
        queued = next(waiting)
        self.assertEqual(client.call("Executor/Cancel", client.ref(queued.job_id)).end,
                         result.END_CANCELLED)
        self.assertEqual(list(waiting)[-1].done.end, result.END_CANCELLED)
        self.assertEqual(client.call("Executor/Cancel", client.ref(events[0].job_id)).end,
                         result.END_CANCELLED)
        self.assertEqual(named(server.process.pid, "sleep"), 0)
        events += list(call)
        self.assertEqual(events[-1].done.end, result.END_CANCELLED)
        self.assertEqual({event.case_ended.case: event.case_ended.outcome for event in events
                          if event.WhichOneof("what") == "case_ended"},
                         {0: result.OUTCOME_CANCELLED, 1: result.OUTCOME_SKIPPED})
        self.assert_status(grpc.StatusCode.NOT_FOUND, client.call, "Executor/Cancel",
                           client.ref("nosuch"))

    def test_a_detached_job_outlives_its_client(self):
        server, client = self.started()
        gone = self.client(server.unix)
        wanted = shell("read go; echo done; sleep 0.3", stdout=job.Keep(return_bytes=9))
        wanted.detached = True
        call = gone.watch(wanted)
        id = next(call).job_id
        call.cancel()
        gone.close()
        answer = client.call("Executor/Result", client.ref(id))
        self.assertEqual(answer.cases[0].commands[0].stdout.data, b"done\n")
        events = list(client.call("Executor/Attach", executor.AttachRequest(job=client.ref(id))))
        self.assertEqual([event.number for event in events], list(range(len(events))))
        self.assertEqual(events[-1].done.outcome, answer.done.outcome)
        later = list(client.call("Executor/Attach", executor.AttachRequest(
            job=client.ref(id), from_number=3)))
        self.assertEqual([event.number for event in later], list(range(3, len(events))))
        self.assertEqual(client.call("Executor/Cancel", client.ref(id)).end, result.END_COMPLETED)
        wanted = shell("exec sleep 1000")
        wanted.detached = True
        id = next(client.watch(wanted)).job_id
        for _ in range(2):  # as it ended, whoever asks again
            self.assertEqual(client.call("Executor/Cancel", client.ref(id)).end,
                             result.END_CANCELLED)
        # By the call's deadline as well.
        wanted = shell("sleep 4")
        wanted.detached = True
        wanted.id = "mine"
        self.assert_status(grpc.StatusCode.DEADLINE_EXCEEDED, client.run, wanted, timeout=2)
        self.assertEqual(client.call("Executor/Result", client.ref("mine")).done.end,
                         result.END_COMPLETED)

    def test_results_are_forgotten_after_a_while(self):
        _, client = self.started("--keep-ms", "300")
        wanted = shell("exit 0")
        wanted.id = "short"
        client.run(wanted)

        def forgotten():
            try:
                client.call("Executor/Result", client.ref("short"))
                return False
            except grpc.RpcError as error:
                return error.code() == grpc.StatusCode.NOT_FOUND
        wait_until(forgotten, "the job to be forgotten")

    def test_attaching_watches_what_runs(self):
        server, client = self.started()
        call = client.watch(shell(LONG))
        id = next(call).job_id
        attached = client.call("Executor/Attach", executor.AttachRequest(job=client.ref(id)))
        self.assertEqual(first(attached, "started").job_id, id)
        call.cancel()  # somebody still watches
        client.call("Executor/Cancel", client.ref(id))
        self.assertEqual(list(attached)[-1].done.end, result.END_CANCELLED)
        self.assert_nothing_runs(server, client)

    def test_the_same_id_is_run_once(self):
        server, client = self.started()
        wanted = shell("sleep 0.3; head -c 8 /dev/urandom | od -x",
                       stdout=job.Keep(return_bytes=100))
        wanted.id = "once"
        calls = [client.method("Executor/Run").future(wanted, timeout=DEADLINE_S)
                 for _ in range(5)]
        said = {call.result().cases[0].commands[0].stdout.data for call in calls}
        self.assertEqual(len(said), 1)
        self.assertEqual(client.run(wanted).cases[0].commands[0].stdout.data, said.pop())
        other = shell("exit 1")
        other.id = "once"
        self.assert_status(grpc.StatusCode.ALREADY_EXISTS, client.run, other)
        other.tenant = "another"  # root may name any
        self.assertEqual(client.run(other).done.outcome, result.OUTCOME_FAILED)
        # A client that went away and comes again wants it run.
        again = shell(LONG)
        again.id = "again"
        call = client.watch(again)
        first(call, "started")
        call.cancel()
        self.assert_nothing_runs(server, client)
        call = client.watch(again)
        first(call, "started")
        call.cancel()

    def test_drain(self):
        server, client = self.started("--slots", "1", "--drain-ms", "60000")
        running = client.watch(shell("sleep 5; exit 7"))
        first(running, "started")
        waiting = client.method("Executor/Run").future(shell("exit 0"), timeout=DEADLINE_S)
        wait_until(lambda: client.status().queue.used == 1, "the job to wait")
        statuses = client.call("Executor/WatchStatus", executor.StatusRequest())
        self.assertFalse(next(statuses).draining)
        server.terminate()
        with self.assertRaises(grpc.RpcError) as caught:
            waiting.result()
        self.assertEqual(caught.exception.code(), grpc.StatusCode.UNAVAILABLE)
        self.assert_status(grpc.StatusCode.UNAVAILABLE, client.run, shell("exit 0"))
        self.assertEqual(list(running)[-1].done.outcome, result.OUTCOME_FAILED)
        with self.assertRaises(grpc.RpcError) as caught:
            self.assertTrue([status.draining for status in statuses][-1])
        self.assertEqual(caught.exception.code(), grpc.StatusCode.UNAVAILABLE)
        self.assertEqual(server.finish(), 0, server.said())

    def test_a_drain_tells_of_detached_jobs(self):
        server, client = self.started("--slots", "1", "--drain-ms", "60000")
        running = client.watch(shell(LONG))
        started = first(running, "started")
        waiting = shell("exit 0")
        waiting.detached, waiting.id = True, "left-behind"
        waiting.labels.add(key="team", value='17" forged=1')
        call = client.watch(waiting)
        first(call, "queued")
        call.cancel()
        server.terminate()
        wait_until(lambda: "job lost" in server.said(), "a line in the log")
        told = self.assert_status(grpc.StatusCode.UNAVAILABLE, client.call, "Executor/Result",
                                  client.ref("left-behind"))
        self.assertIn("left-behind", told.details())
        client.call("Executor/Cancel", client.ref(started.job_id))
        self.assertEqual(list(running)[-1].done.end, result.END_CANCELLED)
        self.assertEqual(server.finish(), 0, server.said())
        lines = [line for line in server.said().splitlines() if "left-behind" in line]
        self.assertEqual(len(lines), 1, lines)
        self.assertIn("level=warning", lines[0])
        self.assertIn('labels="team=17\\" forged=1"', lines[0])

    def test_a_drain_has_its_limit(self):
        server, client = self.started("--drain-ms", "300")
        running = client.watch(shell(LONG))
        first(running, "started")
        server.terminate()
        with self.assertRaises(grpc.RpcError) as caught:
            list(running)
        self.assertEqual(caught.exception.code(), grpc.StatusCode.UNAVAILABLE)
        self.assertEqual(server.finish(), 0, server.said())


if __name__ == "__main__":
    unittest.main()
