"""Two thousand jobs from twenty clients that are killed at moments by chance, and that come again for
what they were not told (ledger_clients.py): each job that was accepted has one outcome, and only one.
"""

import collections
import json
import os
import re
import subprocess
import sys
import unittest

from ledger_clients import JOBS, KILLS, LANES, exit_of, name_of
from served import HERE, SiteTest, executor, result

SEED = os.environ.get("BAILIFF_SEED", "20")


class Ledger(SiteTest):

    def test_each_accepted_job_has_one_outcome(self):
        server = self.start("--slots", "2")
        numbers = list(range(JOBS))
        clients = subprocess.run(
            [sys.executable, "-B", os.path.join(HERE, "ledger_clients.py"), server.unix, SEED],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=True)
        books = json.loads(clients.stdout)
        self.assertEqual(books.get("failed", []), [])
        self.assertEqual(books.get("wrong", []), [])
        self.assertEqual(sorted(books["done"]), numbers)
        self.assertEqual(set(books["accepted"]), set(numbers))
        self.assertGreater(books["lives"], LANES + KILLS // 2)
        self.assert_outcomes(self.client(server.unix))
        # Runs that were given up because nobody listened any more apart, each was run once.
        ended = collections.Counter(re.findall(r" id=(job-\d+) .* abandoned=0", server.said()))
        self.assertEqual(ended, collections.Counter(map(name_of, numbers)))

    def assert_outcomes(self, client):
        for number in range(JOBS):
            answer = client.call("Executor/Result", executor.JobRef(id=name_of(number)))
            self.assertEqual(answer.done.end, result.END_COMPLETED)
            self.assertEqual(answer.cases[0].commands[0].exit_code, exit_of(number))


if __name__ == "__main__":
    unittest.main()
