"""The simulation of bench/cluster against what can be known without it."""

import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "bench", "cluster"))
import simulate  # noqa: E402

COSTS = {"look_s": 2, "replicas_3": {
    "job": {"leader_cpu_us": 600.0, "follower_cpu_us": 300.0, "client_messages": 12.0,
            "route_messages": 40.0, "client_bytes": 50e3, "route_bytes": 100e3,
            "disk_bytes_of_a_server": 60e3},
    "idle_feeder": {"messages_s": 2.0, "cpu_us_s": 100.0}}}


class Simulation(unittest.TestCase):
    def test_cell__with_room_does_what_is_offered(self):
        cell = simulate.simulate_cell(COSTS, 200, 0.9, 20)
        self.assertAlmostEqual(cell["offered_s"], 0.9 * 200 * simulate.SLOTS / simulate.RUN_S)
        self.assertLess(abs(cell["done_s"] / cell["offered_s"] - 1), 0.1)
        # what each job and each look takes, and nothing else
        wanted = (cell["done_s"] * 600e-6 + 200 * 100e-6) / simulate.CORES
        self.assertLess(abs(cell["leader"] / wanted - 1), 0.1)
        self.assertLess(cell["waited_p99_ms"], 100)

    def test_cell__does_no_more_than_its_leader_can(self):
        costs = {**COSTS, "replicas_3": {**COSTS["replicas_3"],
                                         "job": {**COSTS["replicas_3"]["job"],
                                                 "leader_cpu_us": 60000.0}}}
        cell = simulate.simulate_cell(costs, 200, 0.9, 20)
        self.assertLessEqual(cell["done_s"], 1.2 * simulate.CORES / 60e-3)
        self.assertGreater(cell["leader"], 0.95)
        self.assertGreater(cell["behind"], 100)

    def test_cell__holds_no_more_jobs_than_places(self):
        cell = simulate.Cell(COSTS, 20, 0.9)
        for second in range(1, 20):
            cell.run(second)
            for worker in range(20):
                self.assertGreaterEqual(cell.idle[worker], 0)
                self.assertLessEqual(cell.idle[worker], simulate.SLOTS)
                self.assertLessEqual(cell.waits[worker], simulate.SLOTS)
                self.assertLessEqual(len(cell.local[worker]), simulate.SLOTS + simulate.AHEAD)
        self.assertGreater(cell.done, 0)

    def test_traffic__goes_by_the_rate(self):
        flow = simulate.traffic(COSTS, 100, 10)
        self.assertEqual(flow["client_messages_s"], 12 * 100 + 2 * 10)
        self.assertEqual(flow["route_messages_s"], 4000)

    def test_store__fetches_each_file_once_where_all_fit(self):
        first, later = simulate.store_traffic(10, 12, 120, 0.0, (60, 120))
        self.assertEqual((first, later), (120, 120))

    def test_store__fetches_again_what_it_had_no_room_for(self):
        jobs = 60 * 60 * simulate.SLOTS / simulate.RUN_S
        (fetched,) = simulate.store_traffic(10, 100, 100, 0.0, (60,))
        self.assertLess(abs(fetched / (jobs * 0.9 * 10) - 1), 0.1)


if __name__ == "__main__":
    unittest.main()
