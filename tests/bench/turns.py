# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT
"""What the comparisons with other programs have in common: workers that take
turns, on as many threads each."""
import json
import os
import pathlib
import subprocess
import sys

from statistics import median


class Process:
    """A worker that was started: requests are lines, answers lines of JSON."""

    def __init__(self, argv, work):
        self.log = open(work.folder / "worker.log", "a+")
        self.child = subprocess.Popen(
            argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            stderr=self.log)

    def read(self):
        line = self.child.stdout.readline()
        if not line:
            self.log.seek(0)
            sys.exit(self.log.read()[-2000:] +
                     f"{pathlib.Path(sys.argv[0]).name}: a worker ended")
        return json.loads(line)

    def ask(self, line=""):
        print(line, file=self.child.stdin, flush=True)
        return self.read()

    def end(self):
        self.child.stdin.close()
        self.child.wait()


def spread(values, decimals=2):
    return (f"{median(values):.{decimals}f} ({min(values):.{decimals}f} to "
            f"{max(values):.{decimals}f})")


def has(python, module):
    return subprocess.run(
        [python, "-c", "import importlib.util, sys; sys.exit(not "
         f"importlib.util.find_spec({module!r}))"]).returncode == 0


def limit_threads(n):
    """Of all programs that are started from here, which stay off the net."""
    for name in ("OMP", "MKL", "OPENBLAS"):
        os.environ[f"{name}_NUM_THREADS"] = str(n)
    os.environ["HF_HUB_OFFLINE"] = "1"
