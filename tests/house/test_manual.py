"""The manual pages: an enclosure of mdoc(7) that lasts to the end of its line holds what it means to."""

import glob
import os
import unittest

FOLDER = os.path.join(os.path.dirname(__file__), "..", "..", "docs", "man")
ENCLOSURES = {"Aq", "Bq", "Brq", "Dq", "Pq", "Ql", "Qq", "Sq"}


def swallowed(line):
    """What else stands behind an enclosure's own words, and would be enclosed with them."""
    if not line.startswith("."):
        return []
    words = line[1:].split()
    return [word for at, first in enumerate(words) if first in ENCLOSURES
            for word in words[at + 2:] if word in ENCLOSURES | {"Cm", "No", "\\(dg"}]


class Manual(unittest.TestCase):

    def test_enclosures_hold_what_is_theirs(self):
        pages = sorted(glob.glob(os.path.join(FOLDER, "*.[158]")))
        self.assertGreater(len(pages), 10)
        for page in pages:
            with open(page, encoding="utf-8") as file:
                for number, line in enumerate(file, 1):
                    self.assertEqual(swallowed(line), [], f"{page}:{number}: {line}")

    def test_what_is_swallowed_is_seen(self):
        self.assertEqual(swallowed(".It Cm a Bq 1 , Cm b Bq 2"), ["Cm", "Bq"])
        self.assertEqual(swallowed(".Pq Ql none No or Ql loopback ."),
                         ["No", "Ql", "No", "Ql"])
        self.assertEqual(swallowed(".Pq Ql rerun_if_noisy"), [])
        self.assertEqual(swallowed(".It Cm a Bo 1 Bc , Cm b Bo 2 Bc"), [])


if __name__ == "__main__":
    unittest.main()
