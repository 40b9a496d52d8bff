"""What the queue costs its servers here: messages, bytes, CPU and disk of a job, of an idle feeder, and
how fast a worker fetches. Prints JSON, which simulate.py begins with.

    measure.py BAILIFF [--quick]
"""

import argparse
import hashlib
import json
import os
import statistics
import time

JOB_BYTES, RESULT_BYTES, TENANTS = 20 << 10, 10 << 10, 20
FETCHED_BYTES = 64 << 20


def run_jobs(rig, count, prefix):
    """Through the queue, all submitted at once; the workers answer at once."""
    padding = os.urandom(JOB_BYTES)
    for i in range(count):
        job = rig.job(f"{prefix}{i}", f"t{i % TENANTS}", do=str(RESULT_BYTES))
        job.steps[0].cases.add(name="one").input.inline = padding
        rig.nats.publish(f"jobs.t{i % TENANTS}.normal", job.SerializeToString(),
                         {"Nats-Msg-Id": f"t{i % TENANTS}.{prefix}{i}"})
    wait_until(lambda: rig.nats.count_of("JOBS") == 0, "all are done", PATIENCE_S)


def per_job(rig, count):
    """Of the server that leads everything, and of another one."""
    rig.lead_all()
    leader = rig.leader()
    spent = rig.measured(lambda: run_jobs(rig, count, "m"))
    follower = (leader + 1) % rig.nodes
    whole = {key: sum(used[key] for used in spent) / count for key in spent[0] if key != "at_s"}
    return {"jobs": count,
            "client_messages": whole["client_in_msgs"] + whole["client_out_msgs"],
            "client_bytes": whole["client_in_bytes"] + whole["client_out_bytes"],
            "route_messages": whole["route_out_msgs"], "route_bytes": whole["route_out_bytes"],
            "disk_bytes_of_a_server": whole["disk_bytes"] / rig.nodes,
            "leader_cpu_us": spent[leader]["cpu_s"] / count * 1e6,
            "follower_cpu_us": (spent[follower]["cpu_s"] / count * 1e6) if rig.nodes > 1 else 0}


def one_at_a_time(rig, count):
    """From a submission until its result is heard, with nothing else to do, in milliseconds."""
    heard = rig.listen("results.t0.*")
    times = []
    for i in range(count):
        begin = time.perf_counter()
        rig.submit(f"s{i}", "t0")
        heard.hear()
        times.append((time.perf_counter() - begin) * 1e3)
    times.sort()
    return {"p50_ms": statistics.median(times), "p99_ms": times[len(times) * 99 // 100]}


def idle_feeders(rig, count, seconds):
    """What more feeders that have nothing to do cost, each in a second; with TENANTS lanes."""
    feeders = []

    def rest():
        until = time.monotonic() + seconds
        wait_until(lambda: time.monotonic() > until, "they are idle", PATIENCE_S)

    def start():
        for i in range(count):
            os.symlink(f"{rig.folder.name}/w.sock", f"{rig.folder.name}/idle{i}.sock")
            feeders.append(rig.start_feeder(f"idle{i}", rig.addresses(), look="2s", log="info"))
        for i in range(count):
            wait_until(lambda i=i: "the worker is there" in rig.log(f"idle{i}-feeder.log"),
                       "it is there", PATIENCE_S)

    alone = sum_of(rig, rest)
    start()
    rest()
    together = sum_of(rig, rest)
    for feeder in feeders:
        feeder.terminate()
        feeder.wait()
    return {key: (together[key] - alone[key]) / count for key in together}


def sum_of(rig, act):
    before = rig.usage()
    act()
    spent = rig.spent(before, rig.usage())
    seconds = spent[0]["at_s"]
    return {"messages_s": sum(u["client_in_msgs"] + u["client_out_msgs"] for u in spent) / seconds,
            "cpu_us_s": sum(u["cpu_s"] for u in spent) / seconds * 1e6}


def measure_queue(nodes, jobs, feeders, seconds):
    class Sized(Rig):
        pass
    Sized.nodes = nodes
    rig = Sized()
    rig.setUp()
    try:
        rig.start_worker("w", slots=8)
        for name in ("a", "b"):
            os.symlink(f"{rig.folder.name}/w.sock", f"{rig.folder.name}/{name}.sock")
            rig.start_feeder(name, rig.addresses(), look="2s", ack_wait="30s", log="info")
        run_jobs(rig, 4 * TENANTS, "warm")
        return {"job": per_job(rig, jobs), "one_at_a_time": one_at_a_time(rig, jobs // 10),
                "idle_feeder": idle_feeders(rig, feeders, seconds) if feeders else None}
    finally:
        rig.doCleanups()


def measure_fetch(rounds):
    """How fast a worker fetches a file over loopback, checks it and gives it to a program: the least
    that a job took that had to, less the least that one took that had not."""
    from objects import Objects
    from served_worker import Worker
    data = os.urandom(1 << 20) * (FETCHED_BYTES >> 20)
    objects = Objects(data)
    worker = Worker(f"fetch: {{internal_urls: [\"{objects.url}\"]}}\n")
    fetching, having = [], []
    try:
        for i in range(rounds):
            data = data[:-8] + i.to_bytes(8, "little")
            objects.put(data)
            took = worker.fetch(objects.url + "f", hashlib.sha256(data).digest())
            fetching.append(took[0])
            having.append(took[1])
    finally:
        worker.end()
        objects.close()
    return {"bytes": FETCHED_BYTES, "bytes_s": FETCHED_BYTES / (min(fetching) - min(having))}


def measure(quick):
    jobs, feeders, seconds = (300, 5, 6) if quick else (2000, 20, 20)
    return {"job_bytes": JOB_BYTES, "result_bytes": RESULT_BYTES, "tenants": TENANTS, "look_s": 2,
            "replicas_1": measure_queue(1, jobs, 0, seconds),
            "replicas_3": measure_queue(3, jobs, feeders, seconds),
            "fetch": measure_fetch(2 if quick else 5)}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bailiff")
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    os.environ["BAILIFF"] = os.path.abspath(options.bailiff)
    global PATIENCE_S, Rig, wait_until  # which look for that bailiff when they are loaded
    from rig import PATIENCE_S, Rig, wait_until
    Rig.setUpClass()
    try:
        print(json.dumps(measure(options.quick), indent=2))
    finally:
        Rig.tearDownClass()


if __name__ == "__main__":
    main()
