"""A folder in which a script that asks for packages runs among programs that only pretend to."""
import os
import shutil
import subprocess
import tempfile
import unittest

SCRIPTS = os.path.join(os.path.dirname(__file__), "..", "..", "scripts")

# Writes down what it was asked. Finds nothing until the lists were fetched; then does what %s says.
APT_GET = """#!/bin/sh
echo "$@" >>"$LOG"
case "$*" in
*update*) touch "$LOG.lists" ;;
*) [ -e "$LOG.lists" ] || { echo "unable to locate"; exit 100; }; %s ;;
esac
exit "${APT_STATUS:-0}"
"""


class PackageScript(unittest.TestCase):
    """Of a class with SCRIPT, its name; LIST, its packages.txt; PROGRAMS, texts by name."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        shutil.copy(os.path.join(SCRIPTS, self.SCRIPT), self.folder)
        self.write("packages.txt", self.LIST)
        os.mkdir(self.path("bin"))
        for name, text in self.PROGRAMS.items():
            self.write("bin/" + name, text)

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(self.path(name), 0o755)

    def run_script(self, *arguments, uid=0, **environment):
        """(exit status, output, apt-get's command lines)."""
        self.write("bin/id", f"#!/bin/sh\necho {uid}\n")
        environment = dict(os.environ, LOG=self.path("log"), **environment,
                           PATH=self.path("bin") + ":" + os.environ["PATH"])
        done = subprocess.run([self.path(self.SCRIPT), *arguments], env=environment,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False)
        asked = []
        if os.path.exists(self.path("log")):
            with open(self.path("log"), encoding="utf-8") as file:
                asked = file.read().splitlines()
        return done.returncode, done.stdout, asked
