"""bailiff run: standard streams, passed through or redirected."""

import fcntl
import os
import pty
import shlex
import subprocess
import tempfile
import unittest

from harness import BAILIFF, DEADLINE_S, SandboxTest, bailiff

CAT = ["/bin/cat"]


class PassedThrough(SandboxTest):
    def test_every_byte_arrives(self):
        data = bytes(range(256)) * 20000
        self.assertEqual(self.run_program(program=CAT, input=data).stdout, data)
        self.write("data", data)
        with open("data", "rb") as file:
            self.assertEqual(self.run_program(program=CAT, stdin=file).stdout, data)

    def test_a_file_goes_on_where_the_caller_had_read_to(self):
        self.write("lines", "one\ntwo\nthree\n")
        with open("lines", "rb", buffering=0) as file:
            self.assertEqual(file.read(4), b"one\n")
            self.assertEqual(self.run_program(program=CAT, stdin=file).stdout, b"two\nthree\n")
            self.assertEqual(file.tell(), 4)  # the caller's own place is untouched

    def test_a_file_cannot_be_written_by_way_of_its_descriptor(self):
        self.write("open-to-all", "old", 0o666)
        script = "echo new > /proc/self/fd/0; echo new >> /dev/stdin; echo new >&0; cat"
        for option in ((), ("--stdin=open-to-all",)):
            with open("open-to-all", "r+b") as file:
                result = self.shell(script, *option, stdin=file)
            self.assertEqual(result.stdout, b"old")
            self.assertEqual(self.read("open-to-all"), b"old")

    def test_files_of_no_mount_are_passed_on_as_well(self):
        with tempfile.TemporaryFile() as deleted:
            deleted.write(b"deleted")
            deleted.seek(0)
            self.assertEqual(self.run_program(program=CAT, stdin=deleted).stdout, b"deleted")
        memory = os.memfd_create("x")
        self.addCleanup(os.close, memory)
        os.write(memory, b"memory")
        os.lseek(memory, 0, os.SEEK_SET)
        self.assertEqual(self.run_program(program=CAT, stdin=memory).stdout, b"memory")

    def test_closed_streams_are_empty_and_lost(self):
        for script in ("<&- ", ">&- ", "2>&- ", "<&- >&- 2>&- "):
            with self.subTest(script=script):
                result = subprocess.run(
                    ["/bin/sh", "-c", f'exec "$0" run -- /bin/sh -c "cat; echo out; echo err >&2; '
                     f'exit 5" {script}', BAILIFF], capture_output=True, check=False,
                    stdin=subprocess.DEVNULL, timeout=DEADLINE_S)
                self.assertEqual(result.returncode, 5, result.stderr)
                self.assertEqual(result.stdout, b"" if ">&- " in script.replace("2>&-", "") else
                                 b"out\n")

    def test_the_program_can_open_its_streams_by_name(self):
        self.write("in", "input")
        script = "cat /dev/stdin /dev/fd/0 > /dev/stdout; echo err > /dev/stderr"
        result = self.shell(script, input=b"input")
        self.assertEqual((result.stdout, result.stderr), (b"input", b"err\n"))
        with open("in", "rb") as file:
            self.assertEqual(self.shell(script, stdin=file).stdout, b"inputinput")
        self.assertEqual(self.shell(script, "--stdin=in").stdout, b"inputinput")

    def test_other_descriptors_of_the_caller_stay_outside(self):
        secret = os.open(self.write("secret", "s", 0o600), os.O_RDONLY)
        self.addCleanup(os.close, secret)
        result = self.run_program(program=["/bin/ls", "/proc/self/fd"], pass_fds=[secret])
        self.assertEqual(result.stdout.split(), [b"0", b"1", b"2", b"3"])  # 3 is ls's own

    def test_a_reader_that_goes_away_does_not_hold_the_program(self):
        result = subprocess.run(
            ["/bin/bash", "-c", f"{shlex.quote(BAILIFF)} run --output=1GiB -- /usr/bin/head -c 100000000 "
             "/dev/zero | head -c 1; echo ${PIPESTATUS[0]}"], capture_output=True, check=False,
            timeout=DEADLINE_S)
        self.assertEqual(result.stdout, b"\0" + b"0\n", result.stderr)

    def test_a_reader_that_is_slow_loses_nothing(self):
        call = subprocess.Popen([BAILIFF, "run", "--", "/usr/bin/head", "-c", "3000000",
                                 "/dev/zero"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        fcntl.fcntl(call.stdout, fcntl.F_SETPIPE_SZ, 4096)
        total = 0
        while piece := call.stdout.read(1000):
            total += len(piece)
        call.stdout.close()
        call.stderr.close()
        self.assertEqual((call.wait(DEADLINE_S), total), (0, 3000000))

    def test_a_terminal_works_and_is_not_given_to_the_program(self):
        script = "read line; echo got $line; test -t 0 || echo no terminal; tty"
        main, other = pty.openpty()
        call = subprocess.Popen([BAILIFF, "run", "--", "/bin/sh", "-c", script], stdin=other,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        os.write(main, b"hello\n")
        out, _ = call.communicate(timeout=DEADLINE_S)
        os.close(main)
        os.close(other)
        self.assertEqual(out, b"got hello\nno terminal\nnot a tty\n")

    def test_blocking_mode_of_the_callers_descriptors_is_kept(self):
        reader, writer = os.pipe()
        self.run_program(program=["/bin/echo", "x"], stdout=writer)
        self.assertFalse(fcntl.fcntl(writer, fcntl.F_GETFL) & os.O_NONBLOCK)
        self.assertEqual(os.read(reader, 10), b"x\n")
        os.close(reader)
        os.close(writer)


class Redirected(SandboxTest):
    def test_to_and_from_files(self):
        self.write("in", "input")
        self.write("out", "something old and longer")
        result = self.shell("cat; echo err >&2", "--stdin=in", "--stdout", "out", "--stderr=err")
        self.assertEqual((result.returncode, result.stdout, result.stderr), (0, b"", b""))
        self.assertEqual((self.read("out"), self.read("err")), (b"input", b"err\n"))

    def test_both_to_one_file_overwrite_nothing(self):
        self.shell("for i in 1 2 3 4 5; do echo out; echo err >&2; done", "--stdout=both",
                   "--stderr=./both")
        lines = self.read("both").split()
        self.assertEqual((len(lines), lines.count(b"out"), lines.count(b"err")), (10, 5, 5))

    def test_a_pipe_and_devices(self):
        os.mkfifo("pipe")
        writer = subprocess.Popen(["/bin/sh", "-c", "echo piped > pipe"])
        self.addCleanup(writer.wait)
        self.addCleanup(writer.kill)
        self.assertEqual(self.run_program("--stdin=pipe", program=CAT).stdout, b"piped\n")
        self.assertEqual(self.run_program("--stdin=/dev/null", program=CAT).stdout, b"")
        self.assertEqual(self.run_program("--stdin=/proc/self/comm", program=CAT).stdout,
                         b"bailiff\n")
        self.assertEqual(self.shell("echo x", "--stdout=/dev/stderr").stderr, b"x\n")

    def test_a_full_disk_is_told(self):
        for option in ("--stdout=/dev/full", "--stderr=/dev/full"):
            report = self.report(option, program=["/bin/sh", "-c", "echo x; echo y >&2"])
            self.assertEqual((report["status"], report["verdict"]), (125, "FILE_ERROR"))
            self.assertEqual(report["cause"]["errno"], "ENOSPC")

    def test_wrong_ones_are_refused_and_nothing_runs(self):
        os.mkdir("folder")
        for option in ("--stdin=none", "--stdin=folder", "--stdout=folder", "--stdout=none/x",
                       "--stderr=folder", "--stderr=none/x", "--stdin=", "--stdout=", "--stderr="):
            with self.subTest(option=option):
                self.assert_refused(self.shell("echo ran", option), option.split("=")[0][2:])

    def test_a_flood_ends_at_the_limit_exactly(self):
        result = self.run_program("--output=1000000", "--quiet", program=["/usr/bin/yes"])
        self.assertEqual((result.returncode, len(result.stdout)), (124, 1000000))

    def test_standard_input_of_a_folder_is_refused(self):
        folder = os.open(self.folder, os.O_RDONLY)
        self.addCleanup(os.close, folder)
        self.assert_refused(bailiff("run", "--", "/bin/cat", stdin=folder), "directory")


if __name__ == "__main__":
    unittest.main()
