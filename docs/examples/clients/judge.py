#!/usr/bin/env python3
"""Judges one submission on a folder of tests with a bailiffd: docs/clients.md.

    judge.py [--ca FILE [--certificate FILE --key FILE]] [--token FILE] ADDRESS LANGUAGE SOURCE TESTS

ADDRESS is what gRPC takes: unix:/run/bailiff/rpc.sock, or host:port. TESTS holds NAME.in and
NAME.ans. --ca: by TLS, with a worker that this authority vouches for; --certificate, --key: ours, where
it asks for one; --token: a file with the bearer token. Exit status: 0 accepted, 1 not, 2 there was
nothing to judge, or the worker did not take it or could not judge, 130 interrupted.
"""

import argparse
import hashlib
import pathlib
import sys

import grpc

from bailiff.v1 import executor_pb2, job_pb2, result_pb2

SERVICE = "/bailiff.v1."


def connect(options):
    if not options.ca:  # a Unix socket, or one that listens on this machine only
        return grpc.insecure_channel(options.address)
    ca, key, certificate = (pathlib.Path(name).read_bytes() if name else None
                            for name in (options.ca, options.key, options.certificate))
    return grpc.secure_channel(options.address,
                               grpc.ssl_channel_credentials(ca, key, certificate))


class Worker:
    """The calls that are needed here; a call's path is its service and its name."""

    def __init__(self, channel, token=None):
        metadata = [("authorization", "Bearer " + token)] if token else []

        def method(kind, name, request, answer):
            call = getattr(channel, kind)(
                SERVICE + name, request_serializer=request.SerializeToString,
                response_deserializer=answer.FromString)
            return lambda message, timeout: call(message, timeout=timeout, metadata=metadata)
        self.watch = method("unary_stream", "Executor/Watch", job_pb2.Job, result_pb2.Event)
        self.missing = method("unary_unary", "Files/Missing", executor_pb2.Digests,
                              executor_pb2.Digests)
        self.put = method("stream_unary", "Files/Put", executor_pb2.PutChunk,
                          executor_pb2.FileInfo)


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


def judge(options):
    token = pathlib.Path(options.token).read_text().strip() if options.token else None
    source, tests = pathlib.Path(options.source), sorted(pathlib.Path(options.tests).glob("*.in"))
    if not tests:
        raise FileNotFoundError(f"no NAME.in in {options.tests}")
    with connect(options) as channel:  # leaving it ends what is still under way
        worker = Worker(channel, token)
        digests = send_what_is_missing(
            worker, tests + [test.with_suffix(".ans") for test in tests])
        wanted = describe(options.language, source, tests, digests)
        for event in worker.watch(wanted, timeout=600):
            what = event.WhichOneof("what")
            if what == "case_ended":
                tell(event.case_ended)
            elif what == "done":
                done = event.done
    if done.end != result_pb2.END_COMPLETED or done.outcome in (
            result_pb2.OUTCOME_ERROR, result_pb2.OUTCOME_CHECK_FAILED):
        return 2  # nobody's fault but ours: never blame the submission
    return 0 if done.outcome == result_pb2.OUTCOME_PASSED else 1


def main():
    parser = argparse.ArgumentParser(description="Judges one submission with a bailiffd.")
    for option in ("--ca", "--certificate", "--key", "--token"):
        parser.add_argument(option, metavar="FILE")
    for argument in ("address", "language", "source", "tests"):
        parser.add_argument(argument)
    try:
        return judge(parser.parse_args())
    except grpc.RpcError as error:
        print(f"{error.code().name}: {error.details()}", file=sys.stderr)
    except OSError as error:
        print(f"judge.py: {error}", file=sys.stderr)
    except KeyboardInterrupt:
        return 130  # the job is killed: nobody watches it any more
    return 2


if __name__ == "__main__":
    sys.exit(main())
