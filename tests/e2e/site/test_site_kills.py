"""kill -9 of the worker, of the warden, and of sandboxes' inits, at moments by chance while many
clients have their jobs run: nothing is left, nobody is told what is not so, and the next server
serves.

Each round's seed is told when it fails; BAILIFF_SEED repeats it.
"""

import os
import random
import signal
import time
import unittest

import grpc

from load import Load
from place import Place
from served import Server, SiteTest, descendants, job, named, result, shell, wait_until
from mounts import mounts  # where served looks

ROUNDS = 8
INITS = 20
SEED = int(os.environ.get("BAILIFF_SEED", "20"))


def children(pid):
    return [child for child in descendants(pid)
            if child not in {more for one in descendants(pid) for more in descendants(one)}]


class Kills(SiteTest):

    def setUp(self):
        super().setUp()
        self.place = Place()
        self.addCleanup(self.place.remove)
        self.mounts = mounts(self.folder)

    def start(self, *args):
        server = Server(self.folder, *args, before=self.place.enter())
        self.addCleanup(self.end, server)
        self.assertTrue(server.tcp, server.said())
        return server

    def end(self, server):
        if server.process.returncode is None:
            server.process.kill()
            server.finish()
        server.log.close()

    def warden(self, server):
        return wait_until(lambda: children(server.process.pid), "the warden")[0]

    def assert_leaves(self, server):
        """It drains, and then there is nothing of any server, dead or not."""
        server.terminate()
        self.assertEqual(server.finish(), 0, server.said())
        wait_until(lambda: not self.place.processes(), "the end of all processes")
        self.assertEqual(self.place.groups(), [])
        self.assertEqual(mounts(self.folder), self.mounts)

    def assert_serves(self, server):
        client = self.client(server.unix)
        self.assertEqual(client.run(shell("exit 0")).done.outcome, result.OUTCOME_PASSED)
        self.assertEqual(client.run(shell("exit 9")).cases[0].commands[0].exit_code, 9)
        client.close()

    def kill_under_load(self, server, victim, chance):
        load = Load(server.unix, chance)
        enough = chance.randrange(0, 40)
        wait_until(lambda: load.answers >= enough or load.refusals, "answers")
        time.sleep(chance.random() / 50)  # the moment is what is tried
        os.kill(victim, signal.SIGKILL)
        load.join()
        self.assertEqual(load.wrong, [])
        self.assertEqual({error.code() for error in load.refusals},
                         {grpc.StatusCode.UNAVAILABLE}, load.refusals)
        return load

    def rounds(self, victim_of, groups_may_stay):
        for number in range(ROUNDS):
            seed = SEED + number
            with self.subTest(seed=seed):
                chance = random.Random(seed)
                server = self.start("--slots", "2")
                self.assert_serves(server)
                self.kill_under_load(server, victim_of(server), chance)
                server.finish()
                wait_until(lambda: not self.place.processes(), "the end of all processes")
                self.assertTrue(groups_may_stay or not self.place.groups())
                self.assertEqual(mounts(self.folder), self.mounts)
        server = self.start("--slots", "2")
        self.assert_serves(server)
        self.assert_leaves(server)

    def test_the_worker_is_killed(self):
        self.rounds(lambda server: server.process.pid, groups_may_stay=False)

    def test_the_warden_is_killed(self):
        self.rounds(self.warden, groups_may_stay=True)  # until the next start sweeps

    def test_both_are_killed(self):
        server = self.start("--slots", "2")
        self.assert_serves(server)
        warden = self.warden(server)
        load = Load(server.unix, random.Random(SEED))
        wait_until(lambda: load.answers >= 10, "answers")
        os.kill(warden, signal.SIGSTOP)  # it can't remove anything behind the worker
        server.process.kill()
        os.kill(warden, signal.SIGKILL)
        load.join()
        self.assertEqual(load.wrong, [])
        server.finish()
        wait_until(lambda: not self.place.processes(), "the end of all processes")
        server = self.start("--slots", "2")
        self.assert_serves(server)
        self.assert_leaves(server)

    def test_inits_are_killed(self):
        chance = random.Random(SEED)
        server = self.start("--slots", "2")
        warden = self.warden(server)
        load = Load(server.unix, chance)
        for _ in range(INITS):
            before = load.answers
            victim = chance.choice(wait_until(lambda: children(warden), "sandboxes"))
            try:
                os.kill(victim, signal.SIGKILL)
            except ProcessLookupError:
                pass  # it has ended by itself
            wait_until(lambda: load.answers > before, "answers")
        load.stop()
        self.assertEqual((load.wrong, load.refusals), ([], []))
        after = Load(server.unix, chance, errors_allowed=False)
        wait_until(lambda: after.answers >= 50, "answers")
        after.stop()
        self.assertEqual((after.wrong, after.refusals), ([], []))
        self.assert_leaves(server)

    def test_the_init_of_a_running_program_is_killed(self):
        server = self.start("--slots", "2")
        client = self.client(server.unix)
        wanted = shell("exec sleep 1000", cases=[job.Case(name="a"), job.Case(name="b")])
        call = client.method("Executor/Run").future(wanted)
        for number in range(2):
            warden = self.warden(server)
            init = wait_until(lambda: [one for one in children(warden) if named(one, "sleep")],
                              "the program")[0]
            os.kill(init, signal.SIGKILL)
            wait_until(lambda: not os.path.exists(f"/proc/{init}"), "its end")
        answer = call.result()
        self.assertEqual([case.outcome for case in answer.cases], [result.OUTCOME_ERROR] * 2)
        for case in answer.cases:
            self.assertEqual(case.commands[0].verdict, result.VERDICT_SANDBOX_ERROR)
            self.assertEqual(case.commands[0].error.fault, result.FAULT_HOST)
        client.close()
        self.assert_serves(server)
        self.assert_leaves(server)


if __name__ == "__main__":
    unittest.main()
