"""bailiff doctor: what it says, to people and to machines."""

import json
import os
import shlex
import shutil
import subprocess
import unittest

from harness import BAILIFF, SandboxTest, bailiff
from mounts import mounts

WALLS = ("kernel root clone3 openat2 mount_setattr CAP_SYS_ADMIN user-namespace pid-namespace "
         "mount-namespace network-namespace ipc-namespace uts-namespace cgroup-namespace "
         "time-namespace pivot_root cgroup swap-limit seccomp-filter seccomp-notify").split()
OTHERS = ("idmapped-mounts unprivileged-namespaces memory-peak cpu-bandwidth clone-into-cgroup "
          "pressure landlock ids run core-pattern ulimits smt governor turbo huge-pages aslr tick "
          "steal counters swap CAP_SYS_RESOURCE").split()


class Doctor(SandboxTest):
    def test_a_host_that_isolates_is_told_so(self):
        result = bailiff("doctor")
        self.assertEqual((result.returncode, result.stderr), (0, b""))
        self.assertIn(b"This host can isolate.", result.stdout)
        self.assertNotIn(b"  lack  ", result.stdout)

    def test_json_has_every_check_and_the_trial(self):
        found = json.loads(bailiff("doctor", "--json").stdout)
        checks = {check["id"]: check for check in found["checks"]}
        self.assertEqual(len(checks), len(found["checks"]), "two checks of one name")
        for name in WALLS + OTHERS:
            self.assertEqual(checks[name]["wall"], name in WALLS, name)
        for check in found["checks"]:
            self.assertTrue(check["have"], check)
            lacks = check["status"] != "ok"
            self.assertEqual((bool(check["cost"]), bool(check["fix"])), (lacks, lacks), check)
        self.assertTrue(found["can_isolate"])
        self.assertEqual(found["trial"]["verdict"], "OK")
        for key in ("warden_ns", "start_ns", "wall_ns", "total_ns"):
            self.assertGreater(found["trial"][key], 0)

    def test_a_check_changes_nothing(self):
        before = mounts()
        bailiff("doctor")
        self.assertEqual(mounts(), before)

    def lacking(self, *command, program=BAILIFF):
        result = subprocess.run([*command, program, "doctor", "--json"], capture_output=True,
                                check=False)
        found = json.loads(result.stdout)
        return result.returncode, found, {c["id"] for c in found["checks"]
                                          if c["status"] == "lack"}

    def test_not_root_is_a_lack_with_a_fix(self):
        status, found, lacks = self.lacking("setpriv", "--reuid=65534", "--regid=65534",
                                            "--clear-groups")
        self.assertEqual((status, found["can_isolate"]), (1, False))
        self.assertIn("root", lacks)
        self.assertIn("CAP_SYS_ADMIN", lacks)
        self.assertEqual(found["trial"]["status"], "lack")

    def test_a_missing_capability_is_named(self):
        status, found, lacks = self.lacking("setpriv", "--bounding-set=-setpcap")
        self.assertEqual((status, lacks), (1, {"CAP_SETPCAP"}))
        self.assertIn("CAP_SETPCAP", found["trial"]["error"])

    def test_forbidden_namespaces_are_seen(self):
        if subprocess.run(["unshare", "-U", "-r", "true"], check=False).returncode != 0:
            self.skipTest("no user namespace can be made: in a chroot the kernel refuses it")
        # Root of a user namespace is nobody in a folder of somebody else's: copies are root's own.
        for name in ("bailiff", "bailiff-warden"):
            shutil.copy(os.path.join(os.path.dirname(BAILIFF), name), name)
        script = 'echo 0 > /proc/sys/user/max_net_namespaces; exec "$@"'
        status, _, lacks = self.lacking("unshare", "-U", "-r", "sh", "-c", script, "sh",
                                        program="./bailiff")
        self.assertEqual(status, 1)
        self.assertIn("network-namespace", lacks)
        self.assertIn("namespace-counts", lacks)

    def test_ids_of_somebody_else_are_a_note(self):
        self.write("subuid", "user:1879000000:100000\n")
        result = subprocess.run(
            ["unshare", "-m", "sh", "-c", f"mount --bind {self.folder}/subuid /etc/subuid && "
             f"exec {shlex.quote(BAILIFF)} doctor --json"], capture_output=True, check=False)
        if not os.path.exists("/etc/subuid"):
            self.skipTest("no /etc/subuid to cover")
        checks = {c["id"]: c for c in json.loads(result.stdout)["checks"]}
        self.assertEqual((checks["ids"]["status"], result.returncode), ("note", 0))
        self.assertIn("/etc/subuid", checks["ids"]["have"])


if __name__ == "__main__":
    unittest.main()
