"""The lines of bench/overshoot.c: name, number of runs, percentiles, unit."""
import re

LINE = re.compile(r"(?P<name>.+?)\s+n (?P<runs>\d+)\s+p50\s+(?P<p50>\S+)\s+p90\s+(?P<p90>\S+)"
                  r"\s+p99\s+(?P<p99>\S+)\s+max\s+(?P<max>\S+)\s+(?P<unit>.+)$")


def rows(lines):
    """A dictionary for each line, its figures as numbers; ValueError for a line of another form."""
    found = []
    for line in lines.splitlines():
        match = LINE.match(line)
        if not match:
            raise ValueError("overshoot said: %s" % line)
        row = match.groupdict()
        found.append({key: int(value) if key == "runs" else value if key in ("name", "unit")
                      else float(value) for key, value in row.items()})
    return found


def worst(rows):
    """The greatest p99 of all ways to evade a limit: {"cpu_p99_ms", "wall_p99_ms"}."""
    return {"%s_p99_ms" % kind: max(row["p99"] for row in rows if row["name"].startswith(kind + ","))
            for kind in ("cpu", "wall")}
