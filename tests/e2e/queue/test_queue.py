"""Jobs through a real nats-server and a feeder to a worker, and their results back."""

import os
import re
import signal
import time
import unittest

from scene import DEADLINE_S, SLOWNESS, Nats, Scene, wait_until


class Jobs(Scene):
    def setUp(self):
        super().setUp()
        self.worker = self.start_worker()
        self.feeder = self.start_feeder()

    def test_job__has_one_result_and_leaves_the_queue(self):
        from bailiff.v1 import result_pb2
        for i in range(20):
            self.submit(f"j{i}")
        for i in range(20):
            result = self.result(f"j{i}")
            self.assertEqual(result.job_id, f"j{i}")
            self.assertEqual(result.done.end, result_pb2.END_COMPLETED)
        self.await_empty()
        self.assertEqual(sorted(self.ran()), sorted(f"j{i}" for i in range(20)))
        self.assertEqual(self.nats.count_of("RESULTS"), 20)

    def test_job__of_dotted_names_is_found_by_them(self):
        self.nats.publish("jobs.blue=team.high",
                          self.job("a.b:c", "blue.team").SerializeToString(),
                          {"Nats-Msg-Id": "blue=team.a=b:c"})
        wait_until(lambda: self.nats.last("RESULTS", "results.blue=team.a=b:c"), "the result")

    def test_job__with_a_result_is_not_run_again(self):
        self.submit("twice")
        self.result("twice")
        self.await_empty()
        self.nats.publish("jobs.t.normal", self.job("twice").SerializeToString(),
                          {"Nats-Msg-Id": "t.twice#later"})
        self.await_empty()
        self.assertEqual(self.ran(), ["twice"])
        self.assertEqual(self.nats.count_of("RESULTS"), 1)

    def test_job__past_its_deadline_is_answered_and_not_run(self):
        from bailiff.v1 import result_pb2
        self.feeder.send_signal(signal.SIGSTOP)
        self.submit("late", deadline_ns=50_000_000)
        late = time.monotonic() + 0.05
        wait_until(lambda: time.monotonic() > late, "its deadline is past")
        self.feeder.send_signal(signal.SIGCONT)
        self.assertEqual(self.result("late").done.end, result_pb2.END_EXPIRED)
        self.await_empty()
        self.assertEqual(self.ran(), [])

    def test_job__runs_no_longer_than_its_deadline(self):
        from bailiff.v1 import result_pb2
        self.submit("long", do="hold", deadline_ns=700_000_000)
        self.assertEqual(self.result("long").done.end, result_pb2.END_EXPIRED)

    def test_job__that_is_wrong_is_refused_in_words(self):
        from bailiff.v1 import result_pb2
        job = self.job("wrong")
        job.parallel = 4000
        self.nats.publish("jobs.t.normal", job.SerializeToString(), {"Nats-Msg-Id": "t.wrong"})
        done = self.result("wrong").done
        self.assertEqual(done.end, result_pb2.END_BROKEN)
        self.assertEqual(done.error.fault, result_pb2.FAULT_CLIENT)
        self.assertIn("parallel", done.error.message)
        self.submit("refused", do="refuse")
        self.assertIn("of no use", self.result("refused").done.error.message)

    def test_job__of_another_tenant_than_its_subject_is_refused(self):
        self.nats.publish("jobs.t.normal", self.job("x", "other").SerializeToString(),
                          {"Nats-Msg-Id": "t.x"})
        self.assertIn("queued as t's", self.result("x").done.error.message)
        self.assertEqual(self.ran(), [])

    def test_message__that_is_no_job_lies_among_the_dead(self):
        self.nats.publish("jobs.t.normal", b"\xff\xff", {"Nats-Msg-Id": "other.name"})
        self.nats.publish("jobs.t.normal", b"no name")
        wait_until(lambda: self.nats.count_of("DEAD") == 2, "both are buried")
        self.await_empty()
        self.assertIn("the message is no job", self.queue("dead"))

    def test_result__that_is_too_large_is_cut(self):
        self.submit("large", do="large")
        stdout = self.result("large").cases[0].commands[0].stdout
        self.assertTrue(stdout.cut)
        self.assertEqual(stdout.size_bytes, 3 << 20)
        self.assertEqual(stdout.data, b"")

    def test_job__is_held_while_the_worker_runs_it(self):
        """Longer than ack_wait: the queue is told so each third of it, and gives it to nobody."""
        told = self.listen("$JS.ACK.JOBS.t_normal.>")
        self.submit("hold", do="hold")
        self.assertEqual([told.hear() for _ in range(4)], [b"+WPI"] * 4)
        self.assertEqual(self.ran(), ["hold"])
        open(self.runs() + ".hold", "w", encoding="ascii").close()
        self.result("hold")
        self.await_empty()
        self.assertEqual(self.ran(), ["hold"])

    def test_cancel__ends_what_runs_and_what_waits(self):
        from bailiff.v1 import result_pb2
        self.submit("runs", do="hold")
        wait_until(lambda: "runs" in self.ran(), "it runs")
        self.queue("cancel", "--tenant=t", "runs")
        self.assertEqual(self.result("runs").done.end, result_pb2.END_CANCELLED)
        self.queue("cancel", "--tenant=t", "waits")
        self.submit("waits")
        self.assertEqual(self.result("waits").done.end, result_pb2.END_CANCELLED)
        self.await_empty()
        self.assertNotIn("waits", self.ran())

    def test_worker__that_is_full_gets_it_later(self):
        self.submit("busy", do="busy")
        self.result("busy")
        self.assertEqual(self.ran(), ["busy"] * 4)
        self.await_empty()

    def test_worker__that_drains_gets_nothing_more(self):
        self.submit("before")
        self.result("before")
        self.worker.send_signal(signal.SIGUSR1)
        wait_until(lambda: self.nats.ask_json("CONSUMER.INFO.JOBS.t_normal")["num_waiting"] == 0,
                   "nothing is pulled any more")
        self.submit("after")
        self.start_worker("other")
        self.start_feeder("other")
        self.result("after")
        self.assertEqual((self.ran(), self.ran("other")), (["before"], ["after"]))

    def test_feeder__pulls_no_more_than_the_worker_has_room_for(self):
        for i in range(12):
            self.submit(f"h{i}", do="hold")
        wait_until(lambda: len(self.ran()) == 4, "two slots and two ahead are taken")
        pending = self.nats.ask_json("CONSUMER.INFO.JOBS.t_normal")
        self.assertEqual(pending["num_ack_pending"], 4)
        for i in range(12):
            open(f"{self.runs()}.h{i}", "w", encoding="ascii").close()
        for i in range(12):
            self.result(f"h{i}")

    def test_feeder__goes_on_while_the_last_status_says_full(self):
        """The worker tells that all is taken, and nothing more; what was there ends."""
        with open(self.runs() + ".last", "w", encoding="ascii") as file:
            file.write("4")
        for i in range(4):
            self.submit(f"h{i}", do="hold")
        wait_until(lambda: len(self.ran()) == 4, "two slots and two ahead are taken")
        for i in range(8):
            self.submit(f"n{i}")
        for i in range(4):
            open(f"{self.runs()}.h{i}", "w", encoding="ascii").close()
        for i in range(8):
            self.result(f"n{i}")

    def test_feeder__that_drains_gives_back_what_has_not_begun(self):
        self.submit("runs", do="hold")
        wait_until(lambda: self.ran() == ["runs"], "it runs")
        self.feeder.terminate()
        wait_until(lambda: "draining" in self.log("w-feeder.log"), "it drains")
        self.submit("waits")
        open(self.runs() + ".runs", "w", encoding="ascii").close()
        self.assertEqual(self.feeder.wait(DEADLINE_S), 0, self.all_logs())
        self.result("runs")
        self.assertEqual(self.nats.count_of("JOBS"), 1)
        self.start_feeder()
        self.result("waits")

    def test_feeder__told_twice_gives_back_what_runs(self):
        self.submit("runs", do="hold")
        wait_until(lambda: self.ran() == ["runs"], "it runs")
        self.feeder.terminate()
        wait_until(lambda: "draining" in self.log("w-feeder.log"), "it drains")
        self.feeder.terminate()
        self.assertEqual(self.feeder.wait(DEADLINE_S), 0, self.all_logs())
        self.start_feeder()
        wait_until(lambda: len(self.ran()) == 2, "it runs again, and long before ack_wait")

    def test_tenant__does_not_wait_for_anothers_flood(self):
        wait_until(lambda: "the worker is there" in self.log("w-feeder.log"), "they have met")
        self.worker.kill()
        wait_until(lambda: "the worker is lost" in self.log("w-feeder.log"), "the worker is gone")
        for i in range(60):
            self.submit(f"f{i}", "flood")
        for i in range(5):
            self.submit(f"s{i}", "small")
        self.start_worker()
        self.await_empty()
        order = self.ran()
        self.assertEqual(len(order), 65)
        self.assertLess(max(order.index(f"s{i}") for i in range(5)), 40, order)

    def test_class__high_goes_before_low(self):
        wait_until(lambda: "the worker is there" in self.log("w-feeder.log"), "they have met")
        self.worker.kill()
        wait_until(lambda: "the worker is lost" in self.log("w-feeder.log"), "the worker is gone")
        for i in range(10):
            self.submit(f"l{i}", class_="low")
        for i in range(10):
            self.submit(f"h{i}", class_="high")
        self.start_worker(slots=1)
        self.await_empty()
        order = self.ran()
        before = sum(order.index(f"h{i}") for i in range(10))
        self.assertLess(before, sum(order.index(f"l{i}") for i in range(10)), order)


class Deaths(Scene):
    def test_feeder__killed_has_its_jobs_run_by_another(self):
        self.start_worker("a")
        self.start_worker("b")
        feeder = self.start_feeder("a")
        self.submit("job", do="hold")
        wait_until(lambda: self.ran("a") == ["job"], "it runs")
        feeder.kill()
        self.start_feeder("b")
        wait_until(lambda: self.ran("b") == ["job"], "it runs elsewhere",
                   (3 + 5) * SLOWNESS)
        open(self.runs("b") + ".job", "w", encoding="ascii").close()
        self.result("job")

    def test_poison__is_buried_after_its_tries_and_harms_nobody_else(self):
        self.start_feeder(tries=3)
        worker = self.start_worker()
        self.submit("poison", do="die")
        for i in range(10):
            self.submit(f"good{i}")
        deaths = 0
        until = time.monotonic() + DEADLINE_S
        while self.nats.count_of("JOBS") > 0 and time.monotonic() < until:
            if worker.poll() is not None:
                deaths += 1
                worker = self.start_worker()
            time.sleep(0.02)
        self.assertEqual(self.nats.count_of("JOBS"), 0, self.all_logs())
        self.assertEqual(deaths, 3)
        self.assertEqual(self.nats.count_of("RESULTS"), 10)
        for i in range(10):  # each try of the poison job can have cost another one a run, no more
            self.assertLessEqual(self.ran().count(f"good{i}"), 1 + deaths)
        listed = self.queue("dead")
        self.assertRegex(listed, r"t\.poison  delivered too often")
        self.assertRegex(listed, r"delivery 2  w  given to the worker")
        self.assertEqual(len(re.findall("the worker died", listed)), 3)

    def test_dead__can_be_submitted_again(self):
        feeder = self.start_feeder(tries=1)
        self.start_worker()
        self.submit("lacks", do="lack")
        wait_until(lambda: self.nats.count_of("DEAD") == 1, "it is buried")
        self.await_empty()
        feeder.kill()
        feeder.wait()
        self.queue("dead", "--tenant=t", "--resubmit", "lacks")
        self.assertEqual(self.nats.count_of("JOBS"), 1)
        self.assertEqual(self.nats.count_of("DEAD"), 0)
        self.assertEqual(self.nats.count_of("TRIES"), 0)
        self.start_feeder(tries=1)
        wait_until(lambda: self.nats.count_of("DEAD") == 1, "it was tried again")

    def test_server__restarted_is_found_again(self):
        self.start_worker()
        self.start_feeder()
        self.submit("before", do="hold")
        wait_until(lambda: self.ran() == ["before"], "it runs")
        self.server.kill()
        self.server.wait()
        open(self.runs() + ".before", "w", encoding="ascii").close()
        wait_until(lambda: "the broker is lost" in self.log("w-feeder.log"), "it is noticed")
        self.server = self.start_server()
        self.nats.close()
        self.nats = Nats(self.port)
        self.result("before")
        self.submit("after")
        self.result("after")
        self.await_empty()

    def test_server__that_hangs_while_much_is_sent_is_given_up(self):
        """More than sockets hold: whoever writes it waits, and must not for as long as that lasts."""
        ids = [f"h{i}" for i in range(24)]
        self.start_worker(slots=len(ids))
        feeder = self.start_feeder()
        for id_ in ids:
            self.submit(id_, do="hold")
        wait_until(lambda: len(self.ran()) == len(ids), "all run")
        for id_ in ids:
            with open(self.runs() + ".size", "w", encoding="ascii") as file:
                file.write("900000")
            os.rename(file.name, f"{self.runs()}.{id_}.size")
        self.server.send_signal(signal.SIGSTOP)
        for id_ in ids:
            os.rename(f"{self.runs()}.{id_}.size", f"{self.runs()}.{id_}")
        wait_until(lambda: "the broker is lost" in self.log("w-feeder.log"), "it is noticed")
        self.server.send_signal(signal.SIGCONT)
        for id_ in ids:
            self.result(id_)
        self.assertIsNone(feeder.poll())

    def test_feeder__begun_before_anything_else_serves_in_the_end(self):
        self.server.kill()
        self.server.wait()
        self.start_feeder()
        wait_until(lambda: os.path.exists(os.path.join(self.folder.name, "w-feeder.log")), "a log")
        self.server = self.start_server()
        self.nats.close()
        self.nats = Nats(self.port)
        self.start_worker()
        self.submit("job")
        self.result("job")


class Sweep(Scene):
    def setUp(self):
        """A stream that keeps what is acknowledged, as a server that died meanwhile does."""
        super().setUp()
        self.nats.ask_json("STREAM.DELETE.JOBS")
        self.nats.ask_json("STREAM.CREATE.JOBS", {
            "name": "JOBS", "subjects": ["jobs.*.*"], "retention": "limits", "storage": "file",
            "num_replicas": 1, "allow_direct": True})
        self.start_worker()

    def acknowledged(self, count):
        floor = self.nats.ask_json("CONSUMER.INFO.JOBS.t_normal").get("ack_floor", {})
        return floor.get("stream_seq") == count

    def test_sweep__removes_what_is_acknowledged_and_leaves_what_waits(self):
        feeder = self.start_feeder()
        for i in range(5):
            self.submit(f"j{i}")
        wait_until(lambda: self.acknowledged(5), "all are acknowledged")
        feeder.kill()
        feeder.wait()
        self.submit("waits")
        self.submit("elsewhere", "other")
        self.assertIn("5 left behind and removed, 0 of them", self.queue("sweep"))
        self.assertEqual(self.nats.subjects("JOBS", "jobs.>"),
                         {"jobs.t.normal": 1, "jobs.other.normal": 1})
        self.assertIn("0 left behind", self.queue("sweep"))

    def test_sweep__puts_back_what_has_no_result(self):
        self.start_feeder()
        self.submit("lost")
        wait_until(lambda: self.acknowledged(1), "it is acknowledged")
        self.nats.ask_json("STREAM.PURGE.RESULTS")
        self.assertIn("1 left behind and removed, 1 of them", self.queue("sweep"))
        self.result("lost")
        self.assertEqual(self.ran(), ["lost", "lost"])

    def test_sweep__does_not_run_again_what_was_forgotten(self):
        """Its result is gone because it was kept for long enough, not because there was none."""
        self.start_feeder()
        self.submit("old")
        wait_until(lambda: self.acknowledged(1), "it is acknowledged")
        self.nats.ask_json("STREAM.PURGE.RESULTS")
        later = time.monotonic() + 2  # the server's times are compared by seconds
        wait_until(lambda: time.monotonic() > later, "some time has passed")
        self.submit("new")
        wait_until(lambda: self.acknowledged(2), "this one, too")
        self.assertIn("2 left behind and removed, 0 of them", self.queue("sweep"))
        self.assertEqual(self.ran(), ["old", "new"])

    def test_sweep__is_done_by_the_feeders_themselves(self):
        self.start_worker("b")
        for name in ("w", "b"):
            self.start_feeder(name, sweep="1s")
        for i in range(5):
            self.submit(f"j{i}")
        wait_until(lambda: self.nats.count_of("JOBS") == 0, "all are swept")
        self.assertEqual(sorted(self.ran() + self.ran("b")), [f"j{i}" for i in range(5)])
        wait_until(lambda: self.all_logs().count("left behind were removed") == 1, "it is told")
        self.assertRegex(self.all_logs(), "removed=5 requeued=0")

    def test_sweep__by_feeders_puts_back_what_has_no_result(self):
        feeder = self.start_feeder()
        self.submit("lost")
        wait_until(lambda: self.acknowledged(1), "it is acknowledged")
        feeder.kill()
        feeder.wait()
        self.nats.ask_json("STREAM.PURGE.RESULTS")
        self.start_feeder(sweep="1s")
        self.result("lost")
        wait_until(lambda: self.nats.count_of("JOBS") == 0, "both are swept")
        self.assertEqual(self.ran(), ["lost", "lost"])

    def test_sweep__by_feeders_leaves_what_waits(self):
        """Behind a job that runs nothing of its lane counts as acknowledged, whatever its number."""
        self.start_feeder(tries=1, sweep="1s")
        self.submit("lacks", do="lack")
        wait_until(lambda: self.nats.count_of("DEAD") == 1, "it is buried")
        for i in range(8):
            self.submit(f"h{i}", do="hold")
        wait_until(lambda: "removed=1 requeued=0" in self.all_logs(), "the dead one is swept")
        claimed = self.listen("tries.$.sweep")
        self.assertEqual(claimed.hear(), b"w")  # and once more
        self.assertEqual(self.nats.count_of("JOBS"), 8)
        self.assertEqual(self.nats.count_of("DEAD"), 1)


if __name__ == "__main__":
    unittest.main()
