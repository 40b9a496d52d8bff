"""bench/run, with a handful of rounds: the form of what it leaves. No figure is asserted.

BAILIFF names the program. Where nothing can be isolated it skips with the reason, and under
BAILIFF_MUST_ISOLATE=1 it fails.
"""
import json
import os
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as xml

BENCH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "bench")
sys.path.insert(0, BENCH)
import promises  # noqa: E402

BAILIFF = os.environ["BAILIFF"]

SPAWN_KEYS = {"p50_us", "p90_us", "p99_us", "ratio_p50", "ratio_p99", "cpu_us", "isolates"}


def why_not():
    """Why nothing can be isolated here, or an empty text."""
    tried = subprocess.run([BAILIFF, "run", "--", "/bin/true"], capture_output=True, text=True,
                           check=False)
    return "" if tried.returncode == 0 else tried.stderr or "status %d" % tried.returncode


class Results(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        reason = why_not()
        if reason and os.environ.get("BAILIFF_MUST_ISOLATE") != "1":
            raise unittest.SkipTest("no isolation here: %s" % reason)
        cls.folder = tempfile.TemporaryDirectory()
        subprocess.run([os.path.join(BENCH, "run"), "--handful", "--results", cls.folder.name,
                        BAILIFF], stdout=subprocess.DEVNULL, check=True)
        with open(os.path.join(cls.folder.name, "latest.json"), encoding="utf-8") as file:
            cls.results = json.load(file)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def read(self, name):
        with open(os.path.join(self.folder.name, name), encoding="utf-8") as file:
            return file.read()

    def test_every_start_has_its_percentiles_and_ratios(self):
        spawn = self.results["spawn"]
        self.assertLessEqual({"bare", "bare_static", "warm", "warm_static", "cold"}, set(spawn))
        for name, row in spawn.items():
            with self.subTest(name):
                self.assertLessEqual(SPAWN_KEYS, set(row))
                self.assertLessEqual(row["p50_us"], row["p90_us"])
                self.assertLessEqual(row["p90_us"], row["p99_us"])
        self.assertEqual(spawn["bare"]["ratio_p50"], 1)

    def test_warm_was_warm_and_cold_was_cold(self):
        self.assertEqual(self.results["spawn"]["warm"]["warm_share"], 1)
        self.assertEqual(self.results["spawn"]["cold"]["warm_share"], 0)

    def test_every_peer_is_measured_or_told_why_not(self):
        for name, peer in self.results["peers"].items():
            with self.subTest(name):
                self.assertEqual(peer["status"] == "measured", name in self.results["spawn"])
                self.assertTrue(peer["status"] and peer["isolates"])

    def test_throughput_is_told_for_each_number_at_once(self):
        throughput = self.results["throughput"]
        for width in (1, 2, 4):
            for key in ("bare", "warm", "naked", "ratio", "ratio_naked"):
                self.assertGreater(throughput["%s_at_%d" % (key, width)], 0)

    def test_overhead_is_told_for_each_kind_of_work(self):
        self.assertEqual(set(self.results["overhead"]), {"compute", "syscalls", "faults", "forks"})

    def test_overshoot_tells_limits_and_exactness(self):
        names = [row["name"] for row in self.results["overshoot"]]
        for kind in ("cpu,", "wall,", "reported,"):
            self.assertTrue(any(name.startswith(kind) for name in names), kind)

    def test_steps_each_took_some_time(self):
        self.assertTrue(self.results["steps"])
        for row in self.results["steps"]:
            self.assertGreater(row["p50_us"], 0, row["name"])

    def test_runs_leave_nothing_behind(self):
        self.assertIs(self.results["endurance"]["nothing_left"], True)

    def test_each_attack_and_each_killed_is_told(self):
        sys.path.insert(0, BENCH)
        import report
        self.assertEqual(set(self.results["refill"]), set(report.BESIDE))
        self.assertEqual(set(self.results["siege"]["under"]), set(report.HOSTILE))
        for row in [*self.results["siege"]["under"].values(), self.results["siege"]["peace"]]:
            self.assertGreater(row["p50_us"], 0)
        for victim in ("worker", "warden", "until_dead", "start_to_answer"):
            self.assertGreater(self.results["revive"][victim]["times"], 0, victim)

    def test_says_where_it_comes_from(self):
        machine = self.results["machine"]
        self.assertTrue(machine["cpu"] and machine["kernel"] and machine["cores"] >= 1)
        self.assertEqual(len(machine["load_at_start"]), 3)
        self.assertIn("commit", self.results)

    def test_table_tells_every_promise(self):
        table = self.read("latest.md")
        for sentence, *_ in promises.PROMISES:
            self.assertIn(sentence, table)

    def test_picture_is_well_formed_and_names_every_contender(self):
        picture = xml.fromstring(self.read("latest.svg"))
        words = " ".join(text for text in picture.itertext())
        for name in set(self.results["spawn"]) & set(self.results["peers"]):
            self.assertIn(name, words)
        self.assertIn("Bailiff, warm", words)

    def test_says_which_part_failed(self):
        failed = subprocess.run([os.path.join(BENCH, "run"), "--handful", "--results",
                                 self.folder.name, "/nonexistent/bin/bailiff"],
                                capture_output=True, text=True, check=False)
        self.assertEqual(failed.returncode, 1)
        self.assertIn("spawn", failed.stderr)


class Promises(unittest.TestCase):
    def test_a_bound_itself_still_holds_and_what_is_beyond_does_not(self):
        self.assertTrue(promises.holds(1.0, promises.AT_MOST, 1.0))
        self.assertFalse(promises.holds(1.001, promises.AT_MOST, 1.0))
        self.assertTrue(promises.holds(0.3, promises.AT_LEAST, 0.3))
        self.assertFalse(promises.holds(0.299, promises.AT_LEAST, 0.3))


if __name__ == "__main__":
    unittest.main()
