"""bench/publish: figures stand between the page's marks, and nothing else of it changes."""
import os
import subprocess
import tempfile
import unittest

PUBLISH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "bench", "publish")
PAGE = "before\n<!-- figures begin -->\nold\n<!-- figures end -->\nafter\n"


class Publish(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.page = self.write("page.md", PAGE)
        self.write("latest.md", "| new |\n")
        self.write("latest.svg", "<svg/>\n")

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def read(self, name):
        with open(os.path.join(self.folder, name), encoding="utf-8") as file:
            return file.read()

    def publish(self):
        return subprocess.run([PUBLISH, self.folder, self.page], capture_output=True, text=True,
                              check=False)

    def test_replaces_what_stands_between_the_marks(self):
        self.assertEqual(self.publish().returncode, 0)
        page = self.read("page.md")
        self.assertTrue(page.startswith("before\n") and page.endswith("\nafter\n"))
        self.assertIn("| new |", page)
        self.assertIn("(page.svg)", page)
        self.assertNotIn("old", page)
        self.assertEqual(self.read("page.svg"), "<svg/>\n")

    def test_publishing_again_changes_nothing(self):
        self.publish()
        once = self.read("page.md")
        self.publish()
        self.assertEqual(self.read("page.md"), once)

    def test_page_without_marks_is_left_alone(self):
        self.write("page.md", "no marks\n")
        done = self.publish()
        self.assertEqual(done.returncode, 1)
        self.assertIn("figures begin", done.stderr)
        self.assertEqual(self.read("page.md"), "no marks\n")

    def test_the_page_of_this_house_has_its_marks(self):
        docs = os.path.join(os.path.dirname(PUBLISH), "..", "docs", "performance.md")
        with open(docs, encoding="utf-8") as file:
            self.write("page.md", file.read())
        self.assertEqual(self.publish().returncode, 0)


if __name__ == "__main__":
    unittest.main()
