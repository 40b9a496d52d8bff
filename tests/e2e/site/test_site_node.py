"""gRPC's JavaScript library, with messages from the project's own .proto files, against a site
(node/jobs.js). The library is had as for tests/e2e/rpc."""

import os
import shutil
import subprocess
import sys
import unittest

from served import DEADLINE_S, HERE, SLOWNESS, TREE, SiteTest

sys.path.insert(0, os.path.join(HERE, "..", "rpc"))
from test_rpc_node import FOLDER, install  # noqa: E402


class Node(SiteTest):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        install()

    def test_jobs(self):
        shutil.copy(os.path.join(HERE, "node", "jobs.js"), FOLDER)
        server = self.start()
        for address in (server.unix, server.tcp):
            with self.subTest(address):
                done = subprocess.run(
                    ["node", "jobs.js", os.path.join(TREE, "proto"), address, str(SLOWNESS)],
                    cwd=FOLDER, stdin=subprocess.DEVNULL, capture_output=True,
                    timeout=5 * DEADLINE_S)
                self.assertEqual(done.returncode, 0, done.stderr.decode(errors="replace"))


if __name__ == "__main__":
    unittest.main()
