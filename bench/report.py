"""The results as Markdown: what is pasted into docs/performance.md, and what `make bench` prints."""
import promises

OURS = {"bare": "posix_spawn, exec, wait", "bare_static": "the same of a static program",
        "bare_nolibc": "the same of one without libc", "warm": "**Bailiff, warm**",
        "warm_static": "**Bailiff, warm**, the static program",
        "warm_nolibc": "**Bailiff, warm**, the one without libc",
        "cold": "**Bailiff, cold**"}


def table(head, rows):
    """The first column is text, the others mostly numbers."""
    lines = ["| %s |" % " | ".join(head),
             "|%s|" % "|".join("---" if i == 0 else "---:" for i in range(len(head)))]
    lines += ["| %s |" % " | ".join(row) for row in rows]
    return "\n".join(lines) + "\n"


def where(results):
    machine, commit = results["machine"], results["commit"]
    code = "no commit known" if commit is None else "commit %s%s" % (
        commit["id"][:12], " with changes" if commit["changed"] else "")
    return "%s, %d cores, kernel %s, load %s at the start; %s; %s (%s).\n" % (
        machine["cpu"], machine["cores"], machine["kernel"],
        " / ".join("%.2f" % load for load in machine["load_at_start"]), code, results["when"],
        results["size"])


def by_median(spawn):
    return sorted(spawn.items(), key=lambda item: item[1]["p50_us"])


def spawn_table(spawn):
    rows = []
    for name, row in by_median(spawn):
        rows.append((OURS.get(name, name), "%.2f" % row["ratio_p50"], "%.2f" % row["ratio_p99"],
                     "%.0f" % row["p50_us"], "%.0f" % row["p90_us"], "%.0f" % row["p99_us"],
                     "%.0f" % row["cpu_us"], row["isolates"]))
    return table(("one run of", "× p50", "× p99", "p50 µs", "p90 µs", "p99 µs", "CPU µs",
                  "what it isolates"), rows)


def parts_table(spawn):
    rows = []
    for name, row in by_median(spawn):
        if "order_to_exec_p50_us" in row:
            rows.append((OURS[name], "%.0f" % row["order_to_exec_p50_us"],
                         "%.0f" % row["program_p50_us"], "%.0f" % row["end_to_result_p50_us"],
                         "%.0f %%" % (100 * row["warm_share"])))
    return table(("medians, µs", "order to exec", "exec to end", "end to result", "found warm"), rows)


def steps_table(steps):
    return table(("one step alone", "p50 µs", "p90 µs"),
                 [(row["name"], "%.1f" % row["p50_us"], "%.1f" % row["p90_us"]) for row in steps])


def left_out(peers):
    rows = ["%s (%s)" % (name, peer["status"]) for name, peer in sorted(peers.items())
            if peer["status"] != "measured"]
    return "Not measured: %s.\n" % "; ".join(rows) if rows else ""


def throughput_table(throughput):
    rows = []
    for width in (1, 2, 4):
        row = {key: throughput["%s_at_%d" % (key, width)]
               for key in ("bare", "naked", "warm", "ratio", "ratio_naked", "warm_share")}
        rows.append(("%d at once" % width, "%.0f" % row["bare"], "%.0f" % row["naked"],
                     "%.0f" % row["warm"], "%.2f" % row["ratio"], "%.2f" % row["ratio_naked"],
                     "%.0f %%" % (100 * row["warm_share"])))
    return table(("runs per second", "plain spawn", "naked clones", "Bailiff", "× spawn", "× naked",
                  "found warm"), rows)


def overhead_table(results):
    rows = [(kind, "%.3f" % ratio, "%.3f" % results["overhead_filter_only"][kind],
             "%.3f" % results["overhead_wall"][kind],
             "%.1f" % results["overhead_bare_ms"][kind])
            for kind, ratio in results["overhead"].items()]
    return table(("inside, × bare (medians)", "CPU time", "by a filter alone", "wall time",
                  "bare, CPU ms"), rows)


def overshoot_table(rows):
    return table(("beyond the limit, or off", "p50", "p90", "p99", "most", "unit", "runs"),
                 [(row["name"], *("%.3f" % row[key] for key in ("p50", "p90", "p99", "max")),
                   row["unit"], str(row["runs"])) for row in rows])


BESIDE = {"alone": "alone: nothing is made meanwhile",
          "own_core": "one on each CPU but the worker's, spares made meanwhile",
          "shared": "one on each CPU, spares made once one has left",
          "shared_cold": "one on each CPU, each sandbox made when it is wanted"}


def refill_table(refill):
    rows = [(words, *("%.1f" % (refill[way]["p%d_us" % rank] / 1000) for rank in (50, 90, 99)),
             "%.3f" % refill[way]["ratio_p50"], "%.0f" % refill[way]["runs_per_second"],
             "%.0f %%" % (100 * refill[way]["warm_share"])) for way, words in BESIDE.items()]
    return table(("programs that compute, wall time", "p50 ms", "p90 ms", "p99 ms", "× alone",
                  "a second", "found warm"), rows)


def endurance_lines(endurance):
    before, after = endurance["before"], endurance["after"]
    rows = [(key.replace("_", " "), str(before[key]), str(after[key])) for key in before]
    verdict = "nothing left behind" if endurance["nothing_left"] else "SOMETHING IS LEFT BEHIND"
    return "%d runs, two at once, %.0f a second, %.0f %% of them warm: %s.\n\n%s" % (
        endurance["runs"], endurance["per_second"], 100 * endurance["warm_share"], verdict,
        table(("held by worker and warden", "before", "after"), rows))


def serve_lines(serve):
    empty, hurried = serve["empty"], serve["hurried"]
    submission, queue = serve["submission"], serve["queue"]
    return table(("over gRPC, through bailiffd", "measured"), [
        ("an empty program, from the call to the whole result, p50 / p90 / p99",
         "%.0f / %.0f / %.0f µs" % tuple(empty["p%d_us" % rank] for rank in (50, 90, 99))),
        ("of it until the exec / the program / from its end to the client, p50 each",
         "%.0f / %.0f / %.0f µs" % (empty["call_to_exec_p50_us"], empty["program_p50_us"],
                                    empty["end_to_result_p50_us"])),
        ("the same, p50, × plain spawn in turns with it; found warm",
         "%.2f; %.0f %%" % (empty["ratio_p50"], 100 * empty["warm_share"])),
        ("with no moment between the turns, p50, × plain spawn; found warm",
         "%.2f; %.0f %%" % (hurried["ratio_p50"], 100 * hurried["warm_share"])),
        ("a testcase's result in the client's hands after its end, p50 / p99",
         "%.2f / %.2f ms" % (submission["told_p50_ms"], submission["told_p99_ms"])),
        ("compile and %d testcases of 10 ms on one slot, × their own wall time"
         % submission["cases"], "%.3f" % submission["whole_by_programs"]),
        ("%d jobs from 100 connections, all at once" % queue["jobs"],
         "%.0f a second, worker's peak %.0f MiB" % (queue["jobs_per_second"],
                                                    queue["worker_peak_mib"])),
    ])


HOSTILE = {"stall": "180 connections with halves of prefaces, headers and messages",
           "flood": "PING and SETTINGS without end, on eight connections",
           "reset": "jobs begun and reset without end, on eight connections",
           "halves": "half frames, and then a new connection, without end",
           "unread": "a thousand streams of a file, unread", "garbage": "random bytes without end",
           "upload": "files in pieces of 4 MiB, without end (nothing forbidden)"}


def siege_lines(siege):
    rows = [(HOSTILE[kind], "%.0f" % row["p50_us"], "%.0f" % row["p99_us"],
             "%.2f" % row["ratio_p50"], "%.2f" % row["ratio_p99"])
            for kind, row in siege["under"].items()]
    peace = siege["peace"]
    return "%s\nWorker's peak in all that: %.0f MiB.\n" % (
        table(("others' empty program, while a client sends", "p50 µs", "p99 µs", "× p50", "× p99"),
              [("nothing", "%.0f" % peace["p50_us"], "%.0f" % peace["p99_us"], "1", "1")] + rows),
        siege["worker_peak_mib"])


def revive_table(revive):
    names = {"worker": "worker killed, to the next job that passes (100 ms of it are systemd's)",
             "warden": "warden killed, likewise",
             "init": "a sandbox's init killed, to the next job that passes",
             "until_dead": "of these: from the kill to the worker's end",
             "start_to_answer": "of these: from its start to the first answer"}
    return table(("kill -9 under load", "p50 ms", "most ms", "times"),
                 [(name, "%.1f" % revive[key]["p50_ms"], "%.1f" % revive[key]["max_ms"],
                   str(revive[key]["times"])) for key, name in names.items()])


def promise_table(results):
    rows = [(sentence, "%.3f" % value, "%s %g" % (side, bound), "yes" if good else "**no**")
            for sentence, value, side, bound, good in promises.check(results)]
    return table(("what must hold", "measured", "bound", "holds"), rows)


def markdown(results):
    """All tables, one after another."""
    rounds = results["rounds"]
    return "\n".join([
        where(results),
        "%s rounds of starts, %s of throughput, %s of overhead.\n" % (
            rounds["spawn"], rounds["throughput"], rounds["overhead"]),
        promise_table(results),
        spawn_table(results["spawn"]),
        left_out(results["peers"]),
        parts_table(results["spawn"]),
        steps_table(results["steps"]),
        throughput_table(results["throughput"]),
        overhead_table(results),
        overshoot_table(results["overshoot"]),
        refill_table(results["refill"]),
        endurance_lines(results["endurance"]),
        serve_lines(results["serve"]),
        siege_lines(results["siege"]),
        revive_table(results["revive"]),
    ])
