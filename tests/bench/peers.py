# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT
"""transect's work in other programs, on the same cores, taking turns.

usage: peers.py [OPTIONS]

Run by `make bench-peers`, or by hand with top_builddir, TRANSECT and
TRANSECT_PLUGIN_PATH in the environment; the interpreter has torch and
transformers, and of transformer_lens and nnsight what it has is measured.
  --lens PYTHON      another interpreter, with another transformer_lens
  --threads N        for all programs (1)
  --repeats N        turns (5)
  --sweep-repeats N  turns of the sweeps (as many); 0: no sweeps
  --small            a small model, for a quick look

The model has GPT-2 small's shape and random weights, the sample 1024 tokens.
A pass is timed in a process that has made one before, without loading and
without writing; memory, and the time of a whole process, are those of a fresh
one. transect's sweep is whole. Those of peers are of four heads, drawn with a
seed, and their seconds are those of 145 passes like the mean of these, for
every pass does the same work; only in the way "start" does it depend on the
layer, so that it sweeps one head of each.

All statistics are compared with transect's; exit status 1 if they differ.
"""
import argparse
import csv
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import time

from statistics import median

from turns import Process, has, limit_threads, spread

HERE = pathlib.Path(__file__).resolve().parent
BUILD = pathlib.Path(os.environ.get("top_builddir", ".")).resolve()
OBSERVERS = "[plugin layerwise-stats]\n[plugin head-scorer]\n"
TOLERANCE = {"layers": 1e-4, "heads": 1e-4}  # relative


class Peer:
    """A program: how it is started, its ways and those that sweep."""

    def __init__(self, name, argv, ways, sweeps):
        self.name, self.argv, self.ways = name, argv, ways
        self.sweeps = sweeps
        self.versions = {}


def start(peer, work):
    process = Process([*peer.argv, work.folder / "model",
                       work.folder / "ids.txt", str(work.threads)], work)
    peer.versions = process.read()
    return process


def ask(process, **request):
    return process.ask(json.dumps(request))


class Transect:
    """Runs of an experiment in one process, by tests/bench/bench serve."""

    def __init__(self, work, file):
        self.child = subprocess.Popen(
            [BUILD / "tests/bench/bench", "serve", work.folder / file],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def run(self):
        print(file=self.child.stdin, flush=True)
        words = self.child.stdout.readline().split()
        if len(words) != 3:
            sys.exit("peers.py: transect failed")
        return dict(zip(("wall", "cpu", "beyond"), map(float, words)))

    end = Process.end


class Work:
    """The folder with model and experiments, and what transect finds."""

    def __init__(self, args):
        self.threads = args.threads
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="transect-peers-"))
        self.n_layer, self.n_head, width, self.n_token, vocab = (
            (4, 4, 256, 256, 5000) if args.small
            else (12, 12, 768, 1024, 50257))
        subprocess.run(
            [BUILD / "tests/make-model", self.folder / "model",
             "--layers", str(self.n_layer), "--heads", str(self.n_head),
             "--width", str(width), "--context", str(self.n_token),
             "--vocab", str(vocab), "--seed", "1"], check=True)
        ids = [(i * 7919 + 13) % vocab for i in range(self.n_token)]
        (self.folder / "ids.txt").write_text("\n".join(map(str, ids)) + "\n")
        draw = random.Random(1)
        self.heads = [[layer, draw.randrange(self.n_head)]
                      for layer in range(self.n_layer)]
        self.few = sorted(draw.sample(self.heads, 4))
        self.write("pass.ini", "")
        self.write("some.ini", "".join(
            f"[variant L{l}H{h}]\npruner.heads = L{l}H{h}\n"
            for l, h in self.heads))
        self.write("sweep.ini", "[sweep head]\npruner.heads = each *\n")

    def write(self, name, variants):
        (self.folder / name).write_text(
            f"[model]\npath = model\n[input]\nids_file = ids.txt\n"
            f"samples = 1\nlength = {self.n_token}\n{OBSERVERS}{variants}")

    def run_program(self, name):
        """The program, from its start to the written report: seconds."""
        began = time.monotonic()
        subprocess.run([os.environ["TRANSECT"], "run", self.folder / name,
                        "--quiet", "--force", "--output",
                        self.folder / "results"], check=True)
        return time.monotonic() - began

    def table(self, variant, path, columns):
        with open(self.folder / "results" / variant / path) as stream:
            return [[float(row[name]) for name in columns]
                    for row in csv.DictReader(stream)]

    def expected(self, variant):
        scores = self.table(variant, "head-scorer/heads.csv", ["score"])
        scores = [score for [score] in scores]
        return {"layers": self.table(variant, "layerwise-stats/layers.csv",
                                     ["top1", "top2", "top3", "median"]),
                "heads": [scores[i:i + self.n_head] for i in
                          range(0, len(scores), self.n_head)]}


def differences(found, expected):
    """The largest relative ones. Layers that a peer left out are None."""
    worst = {"layers": 0, "heads": 0}
    for what in worst:
        for row, right in zip(found[what], expected[what], strict=True):
            for x, y in zip(row or right, right, strict=True):
                worst[what] = max(worst[what], abs(x - y) / abs(y))
    return worst


class Agreement:
    def __init__(self):
        self.worst = {"layers": 0, "heads": 0}

    def check(self, peer, way, found, expected):
        for what, value in differences(found, expected).items():
            if not value <= TOLERANCE[what]:
                sys.exit(f"peers.py: {peer.name}, {way}: {what} differ by "
                         f"{value:.2g}; at most {TOLERANCE[what]:g}")
            self.worst[what] = max(self.worst[what], value)


def threads(work):
    return "1 thread" if work.threads == 1 else f"{work.threads} threads"


def make_peers(args):
    python = sys.executable

    def worker(interpreter, name):
        return [interpreter, HERE / f"peer_{name}.py"]

    peers = [Peer("transformers", worker(python, "transformers"),
                  ["usual", "best"], [])]
    if args.lens:
        peers.append(Peer("TransformerLens", worker(args.lens, "lens"),
                          ["usual", "best"], ["usual", "best", "start"]))
    if has(python, "transformer_lens"):
        peers.append(Peer("TransformerLens", worker(python, "lens"),
                          ["usual", "best"], ["usual", "best"]))
    if has(python, "nnsight"):
        peers.append(Peer("nnsight", worker(python, "nnsight"),
                          ["usual", "best"], ["best"]))
    return peers


def measure_fresh(peers, work, agreement):
    """For each peer and way a process of its own, and one pass in it."""
    fresh = {}
    work.run_program("pass.ini")
    expected = work.expected("baseline")
    for peer in peers:
        for way in peer.ways:
            began = time.monotonic()
            process = start(peer, work)
            answer = ask(process, do="pass", way=way)
            answer["whole"] = time.monotonic() - began
            process.end()
            agreement.check(peer, way, answer["statistics"][0], expected)
            fresh[peer, way] = answer
    return fresh


def measure_passes(peers, work, repeats):
    """All take turns: [(transect's answer, {(peer, way): answer})...]."""
    transect = Transect(work, "pass.ini")
    processes = {peer: start(peer, work) for peer in peers}
    rounds = []
    for turn in range(repeats + 1):
        ours = transect.run()
        theirs = {(peer, way): ask(processes[peer], do="pass", way=way)
                  for peer in peers for way in peer.ways}
        if turn:  # the first ones warm up
            rounds.append((ours, theirs))
    for process in [transect, *processes.values()]:
        process.end()
    return rounds


def measure_sweeps(peers, work, repeats, agreement):
    transect = Transect(work, "sweep.ini")
    processes = {peer: start(peer, work) for peer in peers if peer.sweeps}
    work.run_program("some.ini")
    expected = {(l, h): work.expected(f"L{l}H{h}") for l, h in work.heads}
    rounds = []
    for _ in range(repeats):
        ours, theirs = transect.run(), {}
        for peer, process in processes.items():
            for way in peer.sweeps:
                heads = work.heads if way == "start" else work.few
                answer = ask(process, do="sweep", way=way, heads=heads)
                for found, head in zip(answer["statistics"], heads):
                    agreement.check(peer, way, found, expected[tuple(head)])
                theirs[peer, way] = answer
        rounds.append((ours, theirs))
    for process in [transect, *processes.values()]:
        process.end()
    return rounds


def label(peer, way):
    key = {"transformers": "transformers", "nnsight": "nnsight",
           "TransformerLens": "transformer_lens"}[peer.name]
    return f"{peer.name} {peer.versions[key]}, {way}"


def ratios(rounds, key, clock, scale=1):
    return [scale * theirs[key][clock] / ours[clock]
            for ours, theirs in rounds]


def print_passes(rounds, fresh, work):
    ours = [ours for ours, _ in rounds]
    memory = ours[0]["beyond"] / 1e6
    whole = [work.run_program("pass.ini") for _ in range(3)]
    print(f"| one sample of {work.n_token} tokens, {threads(work)}, "
          f"medians of {len(rounds)} | seconds | times transect's | the same "
          "in processor time | peak beyond the weights, MB | of it made by "
          "the pass | times all of transect's | a fresh process, s |\n"
          "|---|---|---|---|---|---|---|---|")
    print(f"| transect | {spread([our['wall'] for our in ours])} | 1 | 1 | "
          f"{memory:.0f} | | 1 | {median(whole):.1f} |")
    for key in rounds[0][1]:
        seconds = [theirs[key]["wall"] for _, theirs in rounds]
        grown = fresh[key]["grown"] / 1e6
        print(f"| {label(*key)} | {spread(seconds)} | "
              f"{spread(ratios(rounds, key, 'wall'))} | "
              f"{spread(ratios(rounds, key, 'cpu'))} | "
              f"{fresh[key]['beyond'] / 1e6:.0f} | {grown:.0f} | "
              f"{grown / memory:.1f} | {fresh[key]['whole']:.1f} |")
    print()


def print_sweeps(rounds, work):
    n = work.n_layer * work.n_head + 1
    ours = [ours["wall"] for ours, _ in rounds]
    print(f"| sweep of {n - 1} heads and the baseline, {threads(work)}, "
          f"medians of {len(rounds)} | seconds | times transect's "
          "| the same in processor time |\n|---|---|---|---|")
    print(f"| transect | {spread(ours, 1)} | 1 | 1 |")
    for key in rounds[0][1]:
        seconds = [n * theirs[key]["wall"] for _, theirs in rounds]
        print(f"| {label(*key)} | {spread(seconds, 1)} | "
              f"{spread(ratios(rounds, key, 'wall', n))} | "
              f"{spread(ratios(rounds, key, 'cpu', n))} |")
    print()


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument("--lens")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--sweep-repeats", type=int)
    parser.add_argument("--small", action="store_true")
    args = parser.parse_args()
    if args.sweep_repeats is None:
        args.sweep_repeats = args.repeats
    limit_threads(args.threads)
    return args


def main():
    args = parse()
    work, agreement = Work(args), Agreement()
    try:
        peers = make_peers(args)
        fresh = measure_fresh(peers, work, agreement)
        print_passes(measure_passes(peers, work, args.repeats), fresh, work)
        if args.sweep_repeats:
            print_sweeps(measure_sweeps(peers, work, args.sweep_repeats,
                                        agreement), work)
        print("Largest relative difference from transect's statistics: "
              f"{agreement.worst['layers']:.1g} of magnitudes and medians, "
              f"{agreement.worst['heads']:.1g} of head scores. Versions: "
              + ", ".join(sorted({f"{name} {version}" for peer in peers
                                  for name, version in
                                  peer.versions.items()})) + ".")
    finally:
        shutil.rmtree(work.folder)


main()
