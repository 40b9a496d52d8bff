"""docs/protocol.md shows the example that is tested, and every status that it promises."""

import pathlib
import re
import unittest

TOP = pathlib.Path(__file__).resolve().parents[2]


class ProtocolPage(unittest.TestCase):
    def setUp(self):
        self.page = (TOP / "docs/protocol.md").read_text()
        self.calls = (TOP / "proto/bailiff/v1/executor.proto").read_text()

    def test_the_example_is_the_file(self):
        shown, = re.findall(r"```textproto\n(.*?)```", self.page, re.DOTALL)
        self.assertEqual(shown, (TOP / "docs/examples/submission.txtpb").read_text())

    def test_page_and_schema_tell_the_same_statuses(self):
        head = self.calls.split("syntax")[0]
        told = set(re.findall(r"^//   ([A-Z_]+)  ", head, re.MULTILINE))
        table = self.page.split("## How calls end")[1].split("\n## ")[0]
        shown = {name for row in table.splitlines() if row.startswith("| `")
                 for name in re.findall(r"`([A-Z_]+)`", row.split("|")[1])}
        self.assertGreater(len(told), 10)
        self.assertEqual(told, shown)

    def test_every_call_is_mentioned(self):
        for name in re.findall(r"^  rpc (\w+)\(", self.calls, re.MULTILINE):
            self.assertIn(f"`{name}`", self.page.replace("`Files.", "`"))


if __name__ == "__main__":
    unittest.main()
