"""bailiffd at work: programs of jobs, its pages, its drain, its death, and who pays."""

import http.client
import json
import os
import re
import signal
import socket
import sys
import time
import unittest

import grpc

from bailiffd import (DEADLINE_S, ROOT, DaemonTest, free_port, is_alive, need_root, wait_until)

if ROOT:
    sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "site"))
    from served import TREE, Client, descendants, executor, job, result, shell

LONG = "i=0; while [ $i -lt 20 ]; do sleep 0.1; i=$((i+1)); done; echo done"


@need_root()
class Serving(DaemonTest):

    def client(self, address=None):
        client = Client(address or "unix:" + self.socket)
        self.addCleanup(client.close)
        return client

    def with_token(self, client, name, message, token):
        kind = client.method(name)
        return kind(message, timeout=DEADLINE_S, metadata=[("authorization", "Bearer " + token)])

    def page(self, port, path):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=DEADLINE_S)
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read().decode()
        connection.close()
        return answer.status, body

    def test_pages(self):
        port = free_port()
        daemon = self.start(f"http: 127.0.0.1:{port}")
        self.client().run(shell("exit 0"))
        status, health = self.page(port, "/healthz")
        self.assertEqual((status, json.loads(health)["serving"]), (200, True))
        status, figures = self.page(port, "/metrics")
        self.assertEqual(status, 200)
        lines = figures.splitlines()
        self.assertIn('bailiff_runs_total{verdict="OK"} 1', lines)
        told = {line.split(" ")[0].split("{")[0] for line in lines if line[:1] not in "#"}
        # What the kernel tells in files that a confined worker can't open: they were opened before.
        for name in ("process_resident_memory_bytes", "process_open_fds", "bailiff_slots",
                     "bailiff_rpc_connections", "bailiff_store_files", "bailiff_spare_sandboxes"):
            self.assertIn(name, told)
        with open(os.path.join(TREE, "docs", "metrics.md"), encoding="ascii") as file:
            named = set(re.findall(r"^\| `(\w+)` \|", file.read(), re.MULTILINE))
        for name in sorted(named):
            kernel = name.startswith("bailiff_kernel_")  # which may not tell
            self.assertTrue(kernel or name in told or name + "_bucket" in told, name)
        self.stop(daemon)

    def test_who_is_turned_away_is_counted(self):
        port = free_port()
        daemon = self.start(f"http: 127.0.0.1:{port}\n"
                            "rpc: {connection_rate: 1, connection_burst: 1}")
        self.assertIn("bailiff_rpc_turned_away_total 0", self.page(port, "/metrics")[1].splitlines())
        heard = {}
        for _ in range(20):  # two of them wait for a second or two, the others are told at once
            sock = socket.socket(socket.AF_UNIX)
            self.addCleanup(sock.close)
            sock.connect(self.socket)
            sock.setblocking(False)
            heard[sock] = b""

        def is_each_counted():
            for sock in heard:
                try:
                    heard[sock] += sock.recv(65536)
                except BlockingIOError:
                    pass
            told = sum(b"too many new connections" in said for said in heard.values())
            return told > 0 and f"bailiff_rpc_turned_away_total {told}" in \
                self.page(port, "/metrics")[1].splitlines()

        wait_until(is_each_counted, "a count of those who were turned away")
        self.stop(daemon)

    def test_http_socket_is_passed(self):
        with socket.create_server(("127.0.0.1", 0)) as own:
            port = own.getsockname()[1]
            own.set_inheritable(True)
            daemon = self.launch(self.config(), pass_fds=[own.fileno()], wrapper=(
                "/bin/bash", "-c", 'LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=http exec "$@" '
                f"3<&{own.fileno()}", "bash"))
            daemon.await_line(r"msg=serving\b")
            self.assertEqual(self.page(port, "/healthz")[0], 200)
            self.stop(daemon)

    def test_a_drain_lets_what_runs_finish(self):
        port = free_port()
        daemon = self.start(f"http: 127.0.0.1:{port}")
        events = self.client().watch(shell(LONG, stdout=job.Keep(return_bytes=100)))
        for event in events:
            if event.WhichOneof("what") == "started":
                break
        daemon.process.send_signal(signal.SIGTERM)
        daemon.await_line("msg=draining")
        self.assertEqual(self.page(port, "/healthz")[0], 503)
        with self.assertRaises(grpc.RpcError) as refused:
            self.client().run(shell("exit 0"))
        self.assertEqual(refused.exception.code(), grpc.StatusCode.UNAVAILABLE)
        rest = list(events)
        self.assertEqual(rest[-1].done.outcome, result.OUTCOME_PASSED, rest)
        self.assertEqual(daemon.finish(), 0)
        self.assertTrue(daemon.has_logged("msg=drained"))

    def test_a_drain_ends_what_runs_too_long(self):
        daemon = self.start("drain: 300ms")
        events = self.client().watch(shell("exec sleep 1000"))
        for event in events:
            if event.WhichOneof("what") == "started":
                break
        daemon.process.send_signal(signal.SIGTERM)
        with self.assertRaises(grpc.RpcError) as ended:
            list(events)
        self.assertEqual(ended.exception.code(), grpc.StatusCode.UNAVAILABLE)
        self.assertEqual(daemon.finish(), 0)

    def assert_no_verdict(self, call):
        """Cut off, or told that we failed; nothing is said about the program."""
        try:
            events = list(call)
        except grpc.RpcError as ended:
            self.assertEqual(ended.code(), grpc.StatusCode.UNAVAILABLE)
            return
        self.assertEqual(events[-1].done.outcome, result.OUTCOME_ERROR, events)

    def test_kill_9_under_load_leaves_no_process(self):
        for victim in ("worker", "warden", "worker"):
            daemon = self.start()
            client = self.client()
            calls = [client.method("Executor/Watch")(shell("exec sleep 1000"), timeout=DEADLINE_S)
                     for _ in range(8)]
            for call in calls:
                next(call)
            wait_until(lambda: client.status().slots.used > 0, "a program")
            below = descendants(daemon.pid)
            os.kill(daemon.pid if victim == "worker" else daemon.warden(), signal.SIGKILL)
            began = time.monotonic()
            daemon.finish()
            for call in calls:
                self.assert_no_verdict(call)
            wait_until(lambda: not any(is_alive(pid) for pid in below), "the end of all")
            self.assertLess(time.monotonic() - began, DEADLINE_S)
        daemon = self.start()
        self.assertEqual(self.client().run(shell("exit 0")).done.outcome, result.OUTCOME_PASSED)
        self.stop(daemon)

    @unittest.skipIf(len(os.sched_getaffinity(0)) < 2, "one CPU is everybody's")
    def test_a_program_runs_on_another_core_than_the_worker(self):
        daemon = self.start("resources: {worker_cores: 1}")
        client = self.client()
        told = client.run(shell("exec grep Cpus_allowed_list /proc/self/status",
                                stdout=job.Keep(return_bytes=100)))
        programs = told.cases[0].commands[0].stdout.data.split()[1].decode()
        with open(f"/proc/{daemon.pid}/status", encoding="ascii") as file:
            workers = re.search(r"Cpus_allowed_list:\s*(\S+)", file.read())[1]
        self.assertTrue(programs.isdecimal() and workers.isdecimal(), (programs, workers))
        self.assertNotEqual(programs, workers)
        self.stop(daemon)

    def test_what_is_stored_is_there_after_a_restart(self):
        daemon = self.start("user: nobody")
        info = self.client().put(b"x" * 100000)
        self.stop(daemon)
        daemon = self.start("user: nobody")
        self.assertEqual(self.client().get(info.sha256), b"x" * 100000)
        self.stop(daemon)

    def test_ceilings_are_reloaded(self):
        daemon = self.start("user: nobody")
        client = self.client()
        wanted = shell("exit 0", limits=job.Limits(memory_bytes=64 << 20))
        self.assertEqual(client.run(wanted).done.outcome, result.OUTCOME_PASSED)
        self.config("user: nobody\nceilings: {memory: 32MiB}")
        daemon.process.send_signal(signal.SIGHUP)
        daemon.await_line("key=ceilings")
        daemon.await_line("msg=reloaded")
        with self.assertRaises(grpc.RpcError) as refused:
            client.run(wanted)
        self.assertEqual(refused.exception.code(), grpc.StatusCode.INVALID_ARGUMENT)
        self.stop(daemon)

    def test_ceilings_hold_what_nobody_asked_for(self):
        daemon = self.start("user: nobody\n"
                            "ceilings: {cpu-time: 4s, wall-time: 5s, memory: 200MiB, pids: 32}")
        client = self.client()
        done = client.run(shell("exit 0"))
        self.assertEqual(done.done.outcome, result.OUTCOME_PASSED)
        applied = done.cases[0].commands[0].limits
        self.assertEqual((applied.cpu_time_ns, applied.wall_time_ns, applied.memory_bytes,
                          applied.pids), (4 * 10**9, 5 * 10**9, 200 << 20, 32))
        compiled = client.run(job.Job(steps=[
            job.Step(name="compile", commands=[job.Command(
                compile=job.Compile(language="c"), inputs=[job.Input(
                    name="/app/main.c", file=job.File(inline=b"int main(void) { return 0; }\n"))])]),
            job.Step(name="run", commands=[job.Command(compiled=job.Compiled(step="compile"))])]))
        self.assertEqual(compiled.done.outcome, result.OUTCOME_PASSED, compiled)
        with self.assertRaises(grpc.RpcError) as refused:
            client.run(shell("exit 0", limits=job.Limits(wall_time_ns=6 * 10**9)))
        self.assertEqual(refused.exception.code(), grpc.StatusCode.INVALID_ARGUMENT)
        self.assertIn("limits: wall-time: 6 s is more than this worker allows: 5 s",
                      refused.exception.details())
        self.stop(daemon)

    def test_a_job_that_waits_keeps_the_ceilings_that_it_came_under(self):
        keys = "user: nobody\nresources: {slots: 1}\nceilings: {memory: %dMiB}"
        daemon = self.start(keys % 100)
        client = self.client()
        before = client.watch(shell("exec sleep 1000"))
        running = next(before).job_id
        waiting = client.watch(shell("exit 0"))
        self.assertEqual(next(waiting).WhichOneof("what"), "queued")
        self.config(keys % 200)
        daemon.process.send_signal(signal.SIGHUP)
        daemon.await_line("msg=reloaded")
        client.call("Executor/Cancel", client.ref(running))
        applied = [event.case_ended.commands[0].limits.memory_bytes >> 20 for event in waiting
                   if event.WhichOneof("what") == "case_ended"]
        self.assertEqual(applied, [100])  # as much was booked for it
        self.stop(daemon)

    def test_a_runtime_is_told_what_a_ceiling_leaves_it(self):
        os.mkdir(self.path("languages"))
        self.write("languages/x.yaml", "name: X\nextensions: [x]\nentry: file\n"
                   "run: {argv: [/bin/echo, \"{memory_mib}\"], extra_memory: 40MiB}\n")
        daemon = self.start(f"languages: {self.path('languages')}\nceilings: {{memory: 200MiB}}")
        client = self.client()
        told = []
        for limits in (job.Limits(), job.Limits(memory_bytes=100 << 20)):
            done = client.run(job.Job(steps=[
                job.Step(name="compile", commands=[job.Command(
                    compile=job.Compile(language="x"),
                    inputs=[job.Input(name="/app/a.x", file=job.File(inline=b"x"))])]),
                job.Step(name="run", commands=[job.Command(
                    compiled=job.Compiled(step="compile"), limits=limits,
                    stdout=job.Keep(return_bytes=64))])]))
            command = done.cases[-1].commands[0]
            told.append((command.stdout.data, command.limits.memory_bytes >> 20))
        self.assertEqual(told, [(b"160\n", 200), (b"100\n", 140)])
        self.stop(daemon)

    def test_tokens_are_tenants(self):
        port = free_port()
        tokens = self.write("tokens", "alices-token-00000 alice\nfronts-token-00000 front any\n",
                            0o600)
        daemon = self.start(f"listen: [127.0.0.1:{port}]\naccess: {{tokens: {tokens}}}")
        client = self.client(f"127.0.0.1:{port}")
        wanted = shell("exit 0")
        self.with_token(client, "Executor/Run", wanted, "alices-token-00000")
        wanted.tenant = "bob"
        with self.assertRaises(grpc.RpcError) as refused:
            self.with_token(client, "Executor/Run", wanted, "alices-token-00000")
        self.assertEqual(refused.exception.code(), grpc.StatusCode.PERMISSION_DENIED)
        self.with_token(client, "Executor/Run", wanted, "fronts-token-00000")
        self.stop(daemon)

    def test_profiles_are_the_configurations(self):
        daemon = self.start("profiles:\n  default: {}\n  hard: {policy: strict}\n"
                            "  net: {policy: loopback, network: loopback}\n")
        client = self.client()
        wanted = shell("(:) ; exit 0")  # a fork
        self.assertEqual(client.run(wanted).done.outcome, result.OUTCOME_PASSED)
        wanted.steps[0].commands[0].profile = "hard"
        self.assertEqual(client.run(wanted).done.outcome, result.OUTCOME_FAILED)
        wanted.steps[0].commands[0].profile = "net"
        self.assertEqual(client.run(wanted).done.outcome, result.OUTCOME_PASSED)
        wanted.steps[0].commands[0].profile = "nosuch"
        with self.assertRaises(grpc.RpcError) as refused:
            client.run(wanted)
        self.assertEqual(refused.exception.code(), grpc.StatusCode.FAILED_PRECONDITION)
        self.assertGreater(client.call("Executor/Status", executor.StatusRequest()).slots.total, 0)
        self.stop(daemon)


if __name__ == "__main__":
    unittest.main()
