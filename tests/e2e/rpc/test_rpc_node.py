"""gRPC's JavaScript library against executor/rpc, over each way in (node/calls.js).

The library comes from npm, in the versions of node/package-lock.json, into NODE_FOLDER (CTest sets
it). Where there is no npm the tests are skipped; where it can't fetch, too, but in CI (CI=true) that is
a failure.
"""

import os
import shutil
import subprocess
import unittest

from echo import KINDS, EchoTest

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "node")
FOLDER = os.environ.get("NODE_FOLDER", "/tmp/bailiff-rpc-node")
FILES = ("package.json", "package-lock.json", "calls.js")


def install():
    """Skips or fails the test where the library can't be had."""
    if not shutil.which("npm"):
        raise unittest.SkipTest("there is no npm")
    reason = why_not()
    if reason and os.environ.get("CI") == "true":
        raise AssertionError(reason)
    if reason:
        raise unittest.SkipTest(reason)


def why_not():
    """Fetches it where it isn't there. Why it can't be had, or None."""
    os.makedirs(FOLDER, exist_ok=True)
    lock = os.path.join(FOLDER, "package-lock.json")
    with open(os.path.join(HERE, "package-lock.json"), encoding="utf-8") as file:
        wanted = file.read()
    done = os.path.join(FOLDER, "node_modules", ".installed")
    fresh = os.path.exists(done) and os.path.exists(lock)
    if fresh:
        with open(lock, encoding="utf-8") as file:
            fresh = file.read() == wanted
    for name in FILES:
        shutil.copy(os.path.join(HERE, name), FOLDER)
    if fresh:
        return None
    result = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
                            cwd=FOLDER, stdin=subprocess.DEVNULL, capture_output=True, timeout=300)
    if result.returncode != 0:
        return "npm ci: " + result.stderr.decode(errors="replace")
    with open(done, "w", encoding="ascii"):
        return None


class Node(EchoTest):

    @classmethod
    def setUpClass(cls):
        install()

    def test_calls(self):
        for kind in KINDS:
            with self.subTest(kind):
                server, channel = self.start_on(kind, "--max-message", str(16 << 20))
                channel.close()
                files = {"tls": ("ca.pem",), "mtls": ("ca.pem", "client.pem", "client.key")}
                result = subprocess.run(
                    ["node", "calls.js", server.addresses[0],
                     *(self.path(name) for name in files.get(kind, ()))],
                    cwd=FOLDER, stdin=subprocess.DEVNULL, capture_output=True, timeout=300)
                self.assertEqual(result.returncode, 0, result.stderr.decode(errors="replace"))
                self.stop(server)


if __name__ == "__main__":
    unittest.main()
