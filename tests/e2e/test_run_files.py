"""bailiff run: files in, files out, binds and roots."""

import os
import shlex
import stat
import subprocess
import unittest

from harness import BAILIFF, SandboxTest


class Inputs(SandboxTest):
    def test_files_and_folders_stand_in_the_box(self):
        self.write("a.txt", "a")
        self.write("d/b.txt", "b")
        result = self.shell("cat a.txt d/b.txt x/y/c.txt e/b.txt", "--in=a.txt", "--in", "d",
                            "--in=a.txt:x/y/c.txt", "--in", f"{self.folder}/d/:e")
        self.assertEqual(result.stdout, b"abab")

    def test_an_absolute_name_stands_where_it_says(self):
        self.write("a.txt", "a")
        self.write("d/b.txt", "b")
        for name in ("/opt", "/srv/deep/er", "/app", "/app/in", "/box/in"):
            with self.subTest(name=name):
                result = self.shell(f"cat {name}/b.txt", f"--in=d:{name}")
                self.assertEqual((result.stdout, result.stderr), (b"b", b""))
        self.assertEqual(self.shell("cat /opt/a", "--in=a.txt:/opt/a").stdout, b"a")
        self.assertEqual(self.shell("cat x/a", "--in=a.txt:/box/x/a").stdout, b"a")

    def test_none_stands_below_another(self):
        self.write("a.txt", "a")
        for one, other in (("x", "x/y"), ("/box/x/y", "x"), ("/opt", "/opt/a"), ("x", "/box/x")):
            with self.subTest(one=one, other=other):
                result = self.shell("echo ran", f"--in=a.txt:{one}", f"--in=a.txt:{other}")
                self.assert_refused(result, other, "input")

    def test_they_cannot_be_changed_from_inside(self):
        self.write("a.txt", "a", 0o666)
        self.write("d/b.txt", "b", 0o666)
        os.chmod("d", 0o777)
        script = ("echo x > a.txt; echo x > d/b.txt; rm -f a.txt d/b.txt; touch d/new;"
                  "chmod 777 a.txt; mv d e")
        self.shell(script, "--in=a.txt", "--in=d")
        self.assertEqual((self.read("a.txt"), self.read("d/b.txt")), (b"a", b"b"))
        self.assertEqual(os.listdir("d"), ["b.txt"])

    def test_what_others_may_not_read_is_shown_to_the_program_alone(self):
        self.write("secret.txt", "s", 0o600)
        self.write("closed/f", "f", 0o600)
        os.chmod("closed", 0o700)
        result = self.shell("cat secret.txt closed/f", "--in=secret.txt", "--in=closed")
        if b"idmapped" in result.stderr:
            self.skipTest(result.stderr.decode().strip())
        self.assertEqual(result.stdout, b"sf")
        self.assertEqual(os.stat("secret.txt").st_uid, 0)

    def test_what_can_not_be_shown_to_the_program_alone_is_refused(self):
        result = self.shell("cat x", "--in=/proc/self/environ:x")  # no idmapped mounts of proc
        self.assert_refused(result, "x", "others may not read it")

    def test_a_link_of_the_callers_is_followed_and_one_inside_is_not(self):
        self.write("real.txt", "r")
        os.symlink("real.txt", "link.txt")
        self.assertEqual(self.shell("cat link.txt", "--in=link.txt").stdout, b"r")
        os.mkdir("d")
        os.symlink("/etc/shadow", "d/out")
        self.assertEqual(self.shell("cat d/out", "--in=d").stdout, b"")

    def test_wrong_ones_are_refused_before_anything_runs(self):
        self.write("a.txt", "a")
        os.mkfifo("pipe")
        for text, word in (("missing", "missing"), ("pipe", "neither"), ("/dev/null", "neither"),
                           ("a.txt:", "SRC:NAME"), (":a", "SRC:NAME"), (".", "SRC:NAME"),
                           ("a.txt:../x", ".."), ("a.txt:/proc/x", "/proc"),
                           ("a.txt:a//b", "a//b"),
                           ("a.txt:/tmp/a", "/tmp/a"), ("", "--in")):
            with self.subTest(text=text):
                self.assert_refused(self.shell("echo ran", f"--in={text}"), word)

    def test_more_than_fit_are_refused(self):
        self.write("a", "a")
        result = self.shell("true", *[f"--in=a:{i}" for i in range(129)])
        self.assert_refused(result, "128")


class Outputs(SandboxTest):
    MAKE = "mkdir -p d/e; echo a > a.txt; echo b > b.txt; echo c > d/c.txt; echo f > d/e/f; " \
           "echo h > .hidden; echo '#!/bin/sh' > x; chmod 755 x"

    def kept(self):
        return sorted(os.path.relpath(os.path.join(top, name), "out")
                      for top, _, names in os.walk("out") for name in names)

    def test_keep_what_matches_below_a_folder(self):
        os.mkdir("out")
        cases = (("a.txt", ["a.txt"]), ("*.txt", ["a.txt", "b.txt"]), ("d/*.txt", ["d/c.txt"]),
                 ("*/*", None), ("d/e/f", ["d/e/f"]), ("[ab].txt", ["a.txt", "b.txt"]),
                 ("**", [".hidden", "a.txt", "b.txt", "d/c.txt", "d/e/f", "x"]))
        for glob, names in cases:
            with self.subTest(glob=glob):
                result = self.shell(self.MAKE, f"--out={glob}:out")
                if names is None:  # d/e is a folder, and that is said
                    self.assertEqual(result.returncode, 125)
                    self.assertIn(b"Is a directory", result.stderr)
                else:
                    self.assertEqual((result.returncode, result.stderr), (0, b""))
                    self.assertEqual(self.kept(), names)
                subprocess.run(["rm", "-rf", "out"], check=True)
                os.mkdir("out")

    def test_go_to_the_current_folder_or_to_a_name(self):
        self.shell(self.MAKE, "--out=a.txt", "--out", "b.txt:other.name", "--out=d/c.txt",
                   "--out=x")
        self.assertEqual((self.read("a.txt"), self.read("other.name"), self.read("d/c.txt")),
                         (b"a\n", b"b\n", b"c\n"))
        self.assertTrue(os.stat("x").st_mode & stat.S_IXUSR)
        self.assertFalse(os.stat("a.txt").st_mode & stat.S_IXUSR)
        self.assertEqual([name for name in os.listdir(".") if name.startswith(".bailiff")], [])

    def test_one_file_goes_wherever_it_was_asked_for(self):
        for name in ("one", "two"):
            os.mkdir(name)
        report = self.report("--out=a.*:one", "--out=*.txt:two",
                             program=["/bin/sh", "-c", self.MAKE])
        self.assertEqual(os.listdir("one"), ["a.txt"])
        self.assertEqual(sorted(os.listdir("two")), ["a.txt", "b.txt"])
        self.assertIn("a.txt", [file["name"] for file in report["files"]])

    def test_more_files_than_the_callers_soft_limit_of_open_ones(self):
        os.mkdir("out")
        script = "i=0; while [ $i -lt 1500 ]; do : > f$i; i=$((i+1)); done"
        result = subprocess.run(["/bin/sh", "-c", 'ulimit -Sn 256; exec "$@"', "sh", BAILIFF, "run",
                                 "--out=**:out", "--", "/bin/sh", "-c", script],
                                capture_output=True, check=False)
        self.assertEqual((result.returncode, result.stderr), (0, b""))
        self.assertEqual(len(os.listdir("out")), 1500)

    def test_any_bytes_can_be_a_name(self):
        os.mkdir("out")
        names = [b"d\xff\n/a\x1b[2J", b"x" * 150, b" ", b"-rf", b"\\", b"a:b", b"*", b".x"]
        script = ("import os\nos.mkdir(b'd\\xff\\n')\n"
                  f"for name in {names!r}:\n    open(name, 'w').close()")
        report = self.report("--out=**:out", program=["/usr/bin/python3", "-c", script])
        self.assertEqual(report["verdict"], "OK")
        self.assertEqual(len(report["files"]), len(names))
        for name in names:
            self.assertTrue(os.path.isfile(os.path.join(b"out", name)), name)

    def test_what_is_missing_is_a_file_error(self):
        report = self.report("--out=none", program=["/bin/true"])
        self.assertEqual((report["verdict"], report["status"]), ("FILE_ERROR", 125))
        self.assertIn("none", report["cause"]["message"])

    def test_a_verdict_of_the_program_is_not_hidden_by_a_missing_file(self):
        report = self.report("--out=none", program=["/bin/sh", "-c", "exit 3"])
        self.assertEqual((report["verdict"], report["status"]), ("RUNTIME_ERROR", 3))

    def test_files_are_kept_whatever_the_exit_status(self):
        report = self.report("--out=f", program=["/bin/sh", "-c", "echo kept > f; exit 3"])
        self.assertEqual((report["verdict"], self.read("f")), ("RUNTIME_ERROR", b"kept\n"))
        report = self.report("--out=g", "--wall-time=200ms",
                             program=["/bin/sh", "-c", "echo x > g; sleep 100"])
        self.assertEqual((report["verdict"], os.path.exists("g")), ("WALL_TIME_LIMIT", False))

    def test_what_is_no_regular_file_is_an_error_and_followed_nowhere(self):
        for make in ("ln -s /etc/passwd f", "mkfifo f", "mkdir f", "ln -s / d; ln -s d/etc f"):
            with self.subTest(make=make):
                report = self.report("--out=f", program=["/bin/sh", "-c", make])
                self.assertEqual(report["verdict"], "FILE_ERROR")
                self.assertFalse(os.path.lexists("f"))

    def test_a_file_of_holes_is_held_to_the_size_of_the_box(self):
        report = self.report("--out=f", "--file-size=1TiB",
                             program=["/usr/bin/truncate", "-s", "100G", "f"])
        self.assertEqual(report["verdict"], "FILE_ERROR")

    def test_names_of_a_program_stay_below_the_folder(self):
        os.mkdir("out")
        os.mkdir("elsewhere")
        os.symlink("../elsewhere", "out/d")
        self.write("elsewhere/keep", "k")
        result = self.shell(self.MAKE, "--out=d/c.txt:out")
        self.assertEqual(result.returncode, 125)
        self.assertEqual(os.listdir("elsewhere"), ["keep"])

    def test_what_stands_there_is_replaced_whole_and_a_link_is_not_followed(self):
        self.write("elsewhere", "keep")
        os.symlink("elsewhere", "a.txt")
        self.assertEqual(self.shell(self.MAKE, "--out=a.txt").returncode, 125)
        self.assertEqual(self.read("elsewhere"), b"keep")
        os.unlink("a.txt")
        self.write("a.txt", "old")
        os.link("a.txt", "second-name")
        self.assertEqual(self.shell(self.MAKE, "--out=a.txt").returncode, 0)
        self.assertEqual((self.read("a.txt"), self.read("second-name")), (b"a\n", b"old"))

    def test_wrong_ones_are_refused_before_anything_runs(self):
        self.write("plain", "p")
        for text, word in (("*.txt:none", "none"), ("**:plain", "plain"), ("a:none/x", "none"),
                           ("a:", "GLOB:DEST"), (":x", "GLOB:DEST"), ("../x", ".."), ("", "--out"),
                           ("/etc/passwd", "/etc/passwd")):
            with self.subTest(text=text):
                self.assert_refused(self.shell("echo ran", f"--out={text}"), word)

    def test_a_full_disk_is_told_and_leaves_the_old_file(self):
        script = ("mount -t tmpfs -o size=64k tmpfs full && echo old > full/f && exec %s run "
                  "--out=f:full -- /bin/sh -c 'head -c 100000 /dev/zero > f'" % shlex.quote(BAILIFF))
        os.mkdir("full")
        check = "; s=$?; cat full/f; ls -A full; exit $s"
        result = subprocess.run(["unshare", "-m", "sh", "-c", f"({script}){check}"],
                                capture_output=True, check=False)
        self.assertEqual(result.returncode, 125, result.stderr)
        self.assertIn(b"No space left on device", result.stderr)
        self.assertEqual(result.stdout, b"old\nf\n")


class Binds(SandboxTest):
    def test_read_only_unless_it_says_otherwise(self):
        self.write("ro/a", "a", 0o666)
        self.write("rw/b", "b", 0o666)
        for name in ("ro", "rw"):
            os.chmod(name, 0o777)
        script = "cat /data/ro/a /data/rw/b; echo x > /data/ro/a; echo y > /data/rw/b"
        result = self.shell(script, f"--bind={self.folder}/ro:/data/ro", "--bind",
                            "rw:/data/rw:rw")
        self.assertEqual(result.stdout, b"ab")
        self.assertEqual((self.read("ro/a"), self.read("rw/b")), (b"a", b"y\n"))

    def test_wrong_ones_are_refused(self):
        self.write("a", "a")
        for text, word in (("a", "SRC:DST"), ("a:b", "SRC:DST"), ("none:/x", "none"),
                           ("/dev/null:/x", "neither"), ("a:/proc/x", "/proc"), ("a:/../x", ".."),
                           ("", "--bind")):
            with self.subTest(text=text):
                self.assert_refused(self.shell("echo ran", f"--bind={text}"), word)

    def test_too_many_and_too_long_ones_are_refused(self):
        self.write("a", "a")
        self.assert_refused(self.shell("true", *[f"--bind=a:/d/{i}" for i in range(97)]), "at most")
        self.assert_refused(self.shell("true", "--bind=a:/" + "x" * 250))


class Roots(SandboxTest):
    def make_root(self):
        for name in ("bin", "lib64", "tmp", "etc"):
            os.makedirs("root/" + name)
        busybox = "/bin/busybox"
        if not os.path.exists(busybox):
            self.skipTest("no static busybox for a root of its own")
        subprocess.run(["cp", busybox, "root/bin/sh"], check=True)
        self.write("root/etc/os-release", "NAME=own\n")

    def test_an_own_root_is_all_that_is_there(self):
        self.make_root()
        result = self.shell("cat /etc/os-release; ls /usr 2>/dev/null; echo x > /etc/new; pwd",
                            "--root=root")
        self.assertEqual(result.stdout, b"NAME=own\n/box\n")
        self.assertEqual(os.listdir("root/etc"), ["os-release"])

    def test_wrong_ones_are_refused(self):
        self.write("file", "f")
        self.assert_refused(self.shell("true", "--root=none"), "none")
        self.assert_refused(self.shell("true", "--root=file"), "file")
        self.assert_refused(self.shell("true", "--root="), "--root")


if __name__ == "__main__":
    unittest.main()
