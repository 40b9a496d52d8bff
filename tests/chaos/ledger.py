"""The ledger: what every job was told, and what is left to be done."""


class Ledger:
    """entry: (number, attempt). A job whose call was cut off is sent again as it was; one that we
    failed is sent again under another name."""

    def __init__(self, excuse):
        self.excuse = excuse  # excuse(began): was anything done to the worker since then?
        self.next_number = 0
        self.again = []
        self.accepted, self.outcomes = set(), {}
        self.faults = []
        self.counts = {}

    def take(self, fresh):
        """The next entry to be sent; None: there is none, unless fresh ones may be begun."""
        if self.again:
            return self.again.pop(0)
        if not fresh:
            return None
        self.next_number += 1
        return self.next_number - 1, 0

    def give_back(self, entries):
        """Of a client that is dead."""
        self.again += sorted(entries)

    def _count(self, what):
        self.counts[what] = self.counts.get(what, 0) + 1

    def enter(self, line):
        """Returns the entry if nothing more will be told of it, else None."""
        what, number, attempt, *rest = line.split(" ", 4)
        entry = (int(number), int(attempt))
        self._count(what)
        if what == "accepted":
            self.accepted.add(entry)
            return None
        if what in ("ours", "lost") and not self.excuse(float(rest[0])):
            self.faults.append(f"with nothing done to the worker: {line}")
        if what == "lost":
            self._count("lost: " + rest[1].split(" ")[0])
            self.again.append(entry)
            return entry
        if entry in self.outcomes:
            self.faults.append(f"a second outcome, after {self.outcomes[entry]}: {line}")
        self.outcomes[entry] = what
        if what == "wrong":
            self.faults.append(line)
        if what == "ours":
            self.again.append((entry[0], entry[1] + 1))
        return entry

    def close(self):
        """At the end: each that was accepted has its outcome, and each job ended well in the end."""
        self.faults += [f"accepted, and never an outcome: {entry}"
                        for entry in sorted(self.accepted - set(self.outcomes))]
        well = {number for (number, _), what in self.outcomes.items() if what != "ours"}
        self.faults += [f"never ended well: {number}" for number in range(self.next_number)
                        if number not in well]
