"""What a configuration names and this host has not: told by --check-config and by the start alike."""

import os
import subprocess
import unittest

from bailiffd import BAILIFFD, DEADLINE_S, DaemonTest, need_root


class HostCheck(DaemonTest):

    def check(self, text):
        """What --check-config tells of it, which is wrong."""
        result = subprocess.run([BAILIFFD, "--check-config", self.config(text)], text=True,
                                stdin=subprocess.DEVNULL, capture_output=True, timeout=DEADLINE_S,
                                check=False)
        self.assertEqual((result.returncode, result.stdout), (78, ""), text)
        return result.stderr.splitlines()

    def wrong(self):
        """Configurations, and what is said of them."""
        file = self.write("file", "")
        policy = self.write("policy.json", "{\"a\": }")
        languages = self.path("languages")
        os.makedirs(languages, exist_ok=True)
        if not os.path.lexists(languages + "/c.yaml"):
            os.symlink(file, languages + "/c.yaml")
        missing = "/nonexistent: No such file or directory"
        return (
            ("state: {directory: /nonexistent/a/b}", "state.directory: /nonexistent/a/b: "),
            (f"state: {{directory: {file}}}", f"state.directory: {file}: is no folder"),
            ("resources: {cpus: \"8191\"}", "resources.cpus: 8191: none is there"),
            ("resources: {memory: 100TiB}", "resources.memory: there are "),
            (f"listen: [unix:{file}]", f"listen: unix:{file}: is there already, and is no socket"),
            ("listen: [unix:/nonexistent/x]", "listen: unix:/nonexistent/x: the folder "
                                              "/nonexistent: No such file"),
            (f"listen: [unix:{file}/x]", "Not a directory"),
            ("http: unix:/nonexistent/x", "http: unix:/nonexistent/x: the folder /nonexistent"),
            ("sandbox: {cgroup: rel}", "cgroup: must be an absolute path"),
            ("sandbox: {cgroup: /../rel}", "sandbox.cgroup: "),
            ("sandbox: {cgroup: /nonexistent}", "/nonexistent: No such file or directory"),
            ("fetch: {urls: [https://h/], authority: /nonexistent}",
             "fetch.authority: /nonexistent: No such file"),
            (f"fetch: {{urls: [https://h/], authority: {self.folder}}}",
             f"fetch.authority: {self.folder}: is no file"),
            ("unix: {group: nobodys}", "unix.group: no group nobodys in /etc/group"),
            ("access: {users: [nobodys]}", "access.users: no user nobodys in /etc/passwd"),
            ("access: {groups: [nobodys]}", "access.groups: no group nobodys in /etc/group"),
            ("access: {name_tenants: [nobodys]}", "access.name_tenants: no user nobodys"),
            ("access: {tokens: /nonexistent}", "access.tokens: " + missing),
            ("tls: {certificate: /nonexistent, key: /nonexistent}", "tls: /nonexistent: "),
            ("languages: /nonexistent", "languages: " + missing),
            (f"languages: {languages}", f"languages: {languages}: c.yaml: a link that leads outside"),
            ("languages: /", "languages: /: "),
            ("profiles: {default: {root: /nonexistent}}", "profiles: default: root: " + missing),
            (f"profiles: {{default: {{root: {file}}}}}",
             f"profiles: default: root: {file}: Not a directory"),
            ("profiles: {default: {policy: /nonexistent}}", "profiles: default: policy: " + missing),
            ("profiles: {default: {policy: lax}}", "profiles: default: policy: lax: no such policy"),
            (f"profiles: {{default: {{policy: {policy}}}}}",
             f"profiles: default: policy: {policy}: line 1, column 7: "),
        )

    def test_check_config_tells(self):
        for text, said in self.wrong():
            with self.subTest(text):
                lines = self.check(text)
                self.assertEqual(len(lines), 1, lines)
                self.assertIn(said, lines[0])
                self.assertEqual(sorted(os.listdir(self.folder)), ["bailiffd.yaml", "file", "languages", "policy.json"])

    @need_root()
    def test_the_start_tells_and_is_not_tried_again(self):
        for text, said in self.wrong():
            with self.subTest(text):
                daemon = self.launch(self.config(text))
                self.assertEqual(daemon.finish(), 78, daemon.lines)
                self.assertTrue([line for line in daemon.lines
                                 if "level=error" in line and said in line], daemon.lines)

    def test_what_is_not_there_is_told_beside_what_is_wrong(self):
        lines = self.check("nonsense: 1\nprofiles: {default: 3, a: {root: rel}}\n"
                           "listen: [unix:/nonexistent/x]\nsandbox: {cgroup: /nonexistent}\n")
        self.assertEqual(len(lines), 5, lines)
        for line, said in zip(lines, ("nonsense: unknown", "default: must be a map", "root: must be",
                                      "sandbox.cgroup", "listen: unix:/nonexistent/x")):
            self.assertIn(said, line)
        # Of a file that can't be read at all nothing is known.
        self.assertEqual(len(self.check("sandbox: {cgroup: /nonexistent}\n}")), 1)

    def test_what_only_the_start_makes_is_right(self):
        path = self.config("listen: [unix:/run/bailiff/rpc.sock, unix:/var/run/bailiff/x.sock]\n"
                           "fetch: {authority: /nonexistent}")  # nothing is fetched
        result = subprocess.run([BAILIFFD, "--check-config", path], stdin=subprocess.DEVNULL,
                                capture_output=True, text=True, timeout=DEADLINE_S, check=False)
        self.assertEqual((result.returncode, result.stdout, result.stderr), (0, "OK\n", ""))


if __name__ == "__main__":
    unittest.main()
