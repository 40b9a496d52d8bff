#!/usr/bin/env python3
"""Judges one submission on a folder of tests with a bailiffd: docs/clients.md.

    judge.py ADDRESS LANGUAGE SOURCE TESTS

ADDRESS is what gRPC takes: unix:/run/bailiff/rpc.sock, or host:port. TESTS holds NAME.in and
NAME.ans. Exit status: 0 accepted, 1 not, 2 the worker did not take it or could not judge.
"""

import hashlib
import pathlib
import sys

import grpc

from bailiff.v1 import executor_pb2, job_pb2, result_pb2

SERVICE = "/bailiff.v1."


class Worker:
    """The calls that are needed here; a call's path is its service and its name."""

    def __init__(self, address):
        channel = grpc.insecure_channel(address)
        self.watch = channel.unary_stream(
            SERVICE + "Executor/Watch",
            request_serializer=job_pb2.Job.SerializeToString,
            response_deserializer=result_pb2.Event.FromString)
        self.missing = channel.unary_unary(
            SERVICE + "Files/Missing",
            request_serializer=executor_pb2.Digests.SerializeToString,
            response_deserializer=executor_pb2.Digests.FromString)
        self.put = channel.stream_unary(
            SERVICE + "Files/Put",
            request_serializer=executor_pb2.PutChunk.SerializeToString,
            response_deserializer=executor_pb2.FileInfo.FromString)


def chunks(path):
    with open(path, "rb") as file:
        while data := file.read(1 << 20):
            yield executor_pb2.PutChunk(data=data)


def send_what_is_missing(worker, paths):
    """Test data travels once, however many submissions are judged with it. {path: digest}"""
    digests = {path: hashlib.sha256(path.read_bytes()).digest() for path in paths}
    asked = executor_pb2.Digests(sha256=sorted(set(digests.values())))
    missing = set(worker.missing(asked, timeout=60).sha256)
    for path, digest in digests.items():
        if digest in missing:
            worker.put(chunks(path), timeout=600)
            missing.discard(digest)
    return digests


def describe(language, source, tests, digests):
    """The whole submission: compile once, run on each test, stop at the first that fails."""
    compile_step = job_pb2.Step(name="compile", commands=[job_pb2.Command(
        compile=job_pb2.Compile(language=language),
        inputs=[job_pb2.Input(name="/app/" + source.name,
                              file=job_pb2.File(inline=source.read_bytes()))],
        stderr=job_pb2.Keep(return_bytes=16384))])
    run_step = job_pb2.Step(
        name="tests",
        commands=[job_pb2.Command(
            compiled=job_pb2.Compiled(step="compile"),
            limits=job_pb2.Limits(cpu_time_ns=2_000_000_000, wall_time_ns=6_000_000_000,
                                  memory_bytes=256 << 20))],
        cases=[job_pb2.Case(name=test.stem, input=job_pb2.File(sha256=digests[test]),
                            answer=job_pb2.File(sha256=digests[test.with_suffix(".ans")]))
               for test in tests],
        check=job_pb2.Check(tokens=job_pb2.Tokens()),
        stop=job_pb2.STOP_STEP)
    return job_pb2.Job(steps=[compile_step, run_step])


def tell(case):
    program = case.commands[0] if case.commands else result_pb2.CommandResult()
    verdict = result_pb2.Verdict.Name(program.verdict).removeprefix("VERDICT_")
    outcome = result_pb2.Outcome.Name(case.outcome).removeprefix("OUTCOME_")
    print(f"{case.step_name:8} {case.case_name:12} {outcome:10} {verdict:16} "
          f"{program.usage.cpu_time_ns / 1e9:6.3f} s {program.usage.memory_peak_bytes / 2**20:7.1f} MiB "
          f"{case.check.message.decode(errors='replace')}".rstrip())
    if case.step_name == "compile" and case.outcome != result_pb2.OUTCOME_PASSED:
        print(program.stderr.data.decode(errors="replace"))  # hostile: not for a terminal as it is


def main(address, language, source, folder):
    worker = Worker(address)
    source, tests = pathlib.Path(source), sorted(pathlib.Path(folder).glob("*.in"))
    try:
        digests = send_what_is_missing(
            worker, tests + [test.with_suffix(".ans") for test in tests])
        for event in worker.watch(describe(language, source, tests, digests), timeout=600):
            what = event.WhichOneof("what")
            if what == "case_ended":
                tell(event.case_ended)
            elif what == "done":
                done = event.done
    except grpc.RpcError as error:
        print(f"{error.code().name}: {error.details()}", file=sys.stderr)
        return 2
    if done.end != result_pb2.END_COMPLETED or done.outcome in (
            result_pb2.OUTCOME_ERROR, result_pb2.OUTCOME_CHECK_FAILED):
        return 2  # nobody's fault but ours: never blame the submission
    return 0 if done.outcome == result_pb2.OUTCOME_PASSED else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
