"""The short form of make test-cluster: three nats-servers and three workers, and in the middle the
node that leads the jobs, a worker and a feeder are killed at once. Every job has one result, and it
is right."""

import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "daemon"))
sys.path.insert(0, os.path.join(HERE, "..", "..", "cluster"))
import cluster  # noqa: E402
from bailiffd import need_root  # noqa: E402


@need_root()
class ShortCluster(cluster.Cluster):
    jobs, which, ack_wait = 180, "together", "6s"


del cluster.Cluster  # not the long one

if __name__ == "__main__":
    unittest.main()
