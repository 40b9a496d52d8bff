"""A case whose time was disturbed is run again, and no other job's program runs beside it."""

import os
import unittest

from served import SiteTest, inline, job, result, shell

# 260 of 300 ms: near the limit, whoever else wants the CPU.
BURN = (b"import time\n"
        b"while time.process_time() < 0.26: pass\n")
# Each CPU is two slots', so that jobs do disturb each other; and three jobs run at a time on one, too.
SLOTS = max(4, 2 * len(os.sched_getaffinity(0)))


def span(command):
    return command.started_ns, command.ended_ns


def burner(rerun, name="s", cases=()):
    return job.Job(rerun_if_noisy=rerun, steps=[job.Step(name=name, cases=cases, commands=[job.Command(
        argv=["/usr/bin/python3", "burn.py"],
        limits=job.Limits(cpu_time_ns=300_000_000, wall_time_ns=60_000_000_000),
        inputs=[job.Input(name="burn.py", file=inline(BURN))])])])


@unittest.skipUnless(os.access("/proc/pressure/cpu", os.R_OK), "this kernel tells no pressure")
class Alone(SiteTest):

    def test_no_other_job_runs_beside_it(self):
        """Two jobs wish it at the same time, and a third one keeps all other slots busy."""
        _, client = self.started("--slots", str(SLOTS), "--alone-ms", "60000")
        load = burner(False, cases=[job.Case(name=str(i)) for i in range(6 * SLOTS)])
        load.parallel = max(1, SLOTS - 2)
        crowd = client.watch(load)
        next(crowd)
        pair = [client.watch(burner(True)) for _ in range(2)]
        cases = [[event.case_ended for event in events if event.WhichOneof("what") == "case_ended"][0]
                 for events in pair]
        others = [event.case_ended for event in crowd if event.WhichOneof("what") == "case_ended"]
        self.assertEqual(len(others), 6 * SLOTS)  # held meanwhile, and none of it lost
        again = [case for case in cases if case.set_aside]
        self.assertTrue(again, "nothing was disturbed, with two and more burning programs on each CPU")
        for case in again:
            self.assertTrue(case.was_alone)
            self.assertTrue(case.set_aside[0].noisy)
            self.assertTrue(case.set_aside[0].noise)
            self.assertEqual(len(case.commands), 1)
            begin, end = span(case.commands[0])
            for other in [c for o in others + cases if o is not case for c in o.commands]:
                there = span(other)
                self.assertTrue(there[1] <= begin or there[0] >= end,
                                f"{there} beside {begin, end}")

    def test_who_waits_for_it_may_leave(self):
        """The job that wishes it is cancelled while it waits for one that never ends."""
        server, client = self.started("--slots", str(SLOTS))
        crowd = client.watch(burner(False, cases=[job.Case(name=str(i)) for i in range(8 * SLOTS)]))
        forever = client.watch(shell("exec sleep 1000"))
        names = [next(crowd).job_id, next(forever).job_id]
        wisher = client.watch(burner(True, cases=[job.Case(name=str(i)) for i in range(50)]))
        names.append(next(wisher).job_id)
        for event in wisher:  # its first case is told, or set aside: it goes on or waits
            if event.WhichOneof("what") == "started":
                break
        for name in names:
            client.call("Executor/Cancel", client.ref(name))
        self.assert_nothing_runs(server, client)
        self.assertEqual(client.run(shell("exit 0")).cases[0].outcome, result.OUTCOME_PASSED)


if __name__ == "__main__":
    unittest.main()
