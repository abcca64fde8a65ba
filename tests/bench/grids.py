# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT
"""Patching grids on short prompts, in transect and in other programs, on the
same cores, taking turns.

usage: grids.py [OPTIONS]

Run by `make bench-grids`, or by hand with srcdir, top_builddir, TRANSECT and
TRANSECT_PLUGIN_PATH in the environment; the interpreter has torch, and of
transformer_lens and nnsight what it has is measured.
  --threads N     for all programs (2)
  --repeats N     turns (5)
  --smollm2 GGUF  its grids, too; the interpreter has the package gguf
  --layers N      layers of its grids, evenly spread (3; 0: all)
  --only GRID     of those below; repeatable
  --small         a small model instead of GPT-2's shape, and four pairs for
                  SmolLM2, for a quick look

The prompts of a pair have nothing in common but their lengths, so that every
cell changes something; each cell is the mean difference of the answer's and
the foil's logit at the last position. The model is of GPT-2 small's shape with
random weights:
  resid_pre  8 pairs of 15 tokens, layer x position
  heads      the same pairs, z of each head at all positions
  one        one pair of 16 tokens, z of each head
  prompts    1000 prompts of 10 tokens with answers, without edits
and SmolLM2 135M, 64 pairs of 20 to 40 tokens:
  smollm2-resid_pre, smollm2-heads

transect's seconds are those that the manifest gives, all but loading the
program; a peer's those of a grid in a process that has made a layer of it
before. The cells of every turn are compared: where any is off by more than
1e-4 there is no ratio, and the exit status is 1.

The limit is what a cell needs and nothing else, at the rate that sgemm
reaches in the same turn for the weights' products with 1024 rows: the layers
behind the edit, the rows from its position on, one row of logits a prompt;
and two passes, of the prompts and of their pairs.
"""
import argparse
import collections
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
TOLERANCE = 1e-4

Shape = collections.namedtuple(
    "Shape", "n_layer n_head n_kv width inner n_mlp vocab")
GPT2 = Shape(12, 12, 12, 768, 3072, 2, 50257)
SMALL = Shape(4, 4, 4, 256, 1024, 2, 5000)
SMOLLM2 = Shape(30, 9, 3, 576, 1536, 3, 49152)

# point: resid_pre, z, or None without a sweep. ways: of peers.
Grid = collections.namedtuple(
    "Grid", "name point model shape lengths layers ways required")


def grids(args):
    shape = SMALL if args.small else GPT2
    every = list(range(shape.n_layer))
    lens = [("lens", "usual")]
    both = [*lens, ("nnsight", "best")]
    found = [
        Grid("resid_pre", "resid_pre", "gpt2", shape, [15] * 8, every, both,
             "8 times TransformerLens, 0.8 of the limit, 150 MB"),
        Grid("heads", "z", "gpt2", shape, [15] * 8, every, both,
             "4 times TransformerLens, 0.8 of the limit, 150 MB"),
        Grid("one", "z", "gpt2", shape, [16], every, both, ""),
        Grid("prompts", None, "gpt2", shape, [10] * 1000, every, [],
             "0.6 of the ceiling")]
    if args.smollm2:
        n = args.layers or SMOLLM2.n_layer
        # the middles of n equal parts
        some = [((2 * i + 1) * SMOLLM2.n_layer - n) // (2 * n)
                for i in range(n)]
        padded = [*lens, ("lens", "padded")]
        n_pair = 4 if args.small else 64
        lengths = [20 + i * 20 // (n_pair - 1) for i in range(n_pair)]
        found += [
            Grid("smollm2-" + name, point, "smollm2", SMOLLM2, lengths, some,
                 padded, "3 times TransformerLens, 0.8 of the limit")
            for name, point in (("resid_pre", "resid_pre"), ("heads", "z"))]
    return [grid for grid in found if not args.only or grid.name in args.only]


class Work:
    """The folder with models, pairs and experiments."""

    def __init__(self, args):
        self.threads = args.threads
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="transect-grids-"))
        self.paths = {}
        self.smollm2 = args.smollm2

    def model(self, grid):
        """The folder of transformers' own format, which is made once."""
        folder = self.folder / grid.model
        if folder.exists():
            return folder
        if grid.model == "smollm2":
            subprocess.run([sys.executable, HERE / "grids_model.py",
                            self.smollm2, folder], check=True)
            self.paths[grid.model] = pathlib.Path(self.smollm2).resolve()
        else:
            of = grid.shape
            subprocess.run(
                [BUILD / "tests/make-model", folder, "--layers",
                 str(of.n_layer), "--heads", str(of.n_head), "--width",
                 str(of.width), "--context", "1024", "--vocab", str(of.vocab),
                 "--seed", "1"], check=True)
            self.paths[grid.model] = folder
        return folder

    def prepare(self, grid):
        self.model(grid)
        draw = random.Random(1)
        with open(self.folder / f"{grid.name}.jsonl", "w") as stream:
            for length in grid.lengths:
                answer, foil = draw.sample(range(grid.shape.vocab), 2)
                record = {"answer": [answer], "foil": [foil]}
                for key in ("prompt", "pair") if grid.point else ("prompt",):
                    record[key] = [draw.randrange(grid.shape.vocab)
                                   for _ in range(length)]
                print(json.dumps(record), file=stream)
        (self.folder / f"{grid.name}.ini").write_text(
            self.experiment(grid))

    def experiment(self, grid):
        text = (f"[model]\npath = {self.paths[grid.model]}\n[input]\n"
                f"records = {grid.name}.jsonl\nbos = no\nanswer = answer\n"
                "foil = foil\n")
        if not grid.point:
            return text + "[plugin answer-scorer]\nkl = no\n"
        sweep = {"resid_pre": "patcher.layers = each "
                 + " ".join(map(str, grid.layers))
                 + "\npatcher.positions = each *",
                 "z": "patcher.heads = each "
                 + " ".join(f"L{layer}H*" for layer in grid.layers)}
        return (text + "pair = pair\n[run]\nfigures = baseline\n"
                "[plugin answer-scorer]\nkl = no\n"
                "[plugin patcher]\nfrom = pair\n"
                f"[sweep grid]\npatcher.point = {grid.point}\n"
                f"{sweep[grid.point]}\n")

    def run(self, grid):
        """The program, from its start to the written report."""
        results = self.folder / "results"
        began = time.monotonic()
        subprocess.run([os.environ["TRANSECT"], "run",
                        self.folder / f"{grid.name}.ini", "--quiet",
                        "--force", "--output", results], check=True)
        whole = time.monotonic() - began
        manifest = json.loads((results / "manifest.json").read_text())
        answer = {"wall": manifest["seconds"], "whole": whole}
        if grid.point:
            answer["cells"] = self.cells(grid, results)
        return answer

    def cells(self, grid, results):
        with open(results / "grid/answer-scorer/summary.csv") as stream:
            means = [float(row["mean"]) for row in csv.DictReader(stream)
                     if row["metric"] == "logit_diff"]
        n = len(means) // len(grid.layers)
        return [means[i:i + n] for i in range(0, len(means), n)]

    def beyond(self, grid):
        """Peak memory of a fresh process beyond the mapped weights, bytes"""
        words = subprocess.run(
            [BUILD / "tests/bench/bench", "once",
             self.folder / f"{grid.name}.ini"], check=True, text=True,
            stdout=subprocess.PIPE).stdout.split()
        return float(words[-1])


class Peer(Process):
    def __init__(self, name, grid, work):
        super().__init__([sys.executable, HERE / f"peer_{name}_grids.py",
                          work.model(grid),
                          work.folder / f"{grid.name}.jsonl",
                          str(work.threads)], work)
        self.versions = self.read()

    def grid(self, grid, way, layers):
        return self.ask(json.dumps(
            {"grid": grid.point, "way": way, "layers": layers}))


def d_head(of):
    return of.width // of.n_head


def weight_products(of):
    """(columns, K) of the matrices of a layer"""
    qkv = (of.n_head + 2 * of.n_kv) * d_head(of)
    return [(qkv, of.width), (of.width, of.n_head * d_head(of)),
            ((of.n_mlp - 1) * of.inner, of.width), (of.width, of.inner)]


def layer_flops(of, length, first=0):
    """Of a layer's rows from `first` on, which see all in front of them."""
    rows = length - first
    seen = (length * (length + 1) - first * (first + 1)) / 2
    weights = sum(n * k for n, k in weight_products(of))
    return 2 * rows * weights + 4 * of.n_head * d_head(of) * seen


def cell_flops(grid, length, layer, first):
    """From an edit of a sample's point on to its logits"""
    of = grid.shape
    logits = 2 * of.width * of.vocab
    behind = (of.n_layer - layer - 1) * layer_flops(of, length, first)
    if grid.point == "resid_pre":
        return logits + behind + layer_flops(of, length, first)
    projection, *mlp = weight_products(of)[1:]
    rest = sum(n * k for n, k in (projection, *mlp))
    return logits + behind + 2 * length * rest


def limit_flops(grid):
    """Of the prompts, of their pairs, and of all cells that change a
    sample"""
    of, total = grid.shape, 0
    for length in grid.lengths:
        one = of.n_layer * layer_flops(of, length) + 2 * of.width * of.vocab
        total += 2 * one if grid.point else one
        for layer in grid.layers if grid.point else []:
            if grid.point == "resid_pre":
                total += sum(cell_flops(grid, length, layer, first)
                             for first in range(length))
            else:
                total += of.n_head * cell_flops(grid, length, layer, 0)
    return total


def rate_process(grid, work):
    products = [f"1024x{n}x{k}" for n, k in weight_products(grid.shape)]
    return Process([BUILD / "tests/bench/bench", "rate", *products], work)


def check(name, ours, theirs):
    """The largest difference of two tables of cells"""
    worst = 0
    for row, right in zip(ours, theirs, strict=True):
        for x, y in zip(row, right, strict=True):
            worst = max(worst, abs(x - y))
            if not abs(x - y) <= TOLERANCE:
                sys.exit(f"grids.py: {name}: a cell is {y:.7g}, transect's "
                         f"{x:.7g}; no ratio")
    return worst


class Turns:
    """What was measured of a grid: series in the order of turns."""

    def __init__(self):
        self.ours, self.rates = [], []
        self.theirs = collections.defaultdict(list)
        self.versions, self.worst = {}, 0


def take_turn(grid, work, peers, rate, turns):
    turns.rates.append(rate.ask())
    ours = work.run(grid)
    turns.ours.append(ours)
    for name, way in grid.ways:
        if name not in peers:
            continue
        answer = peers[name].grid(grid, way, grid.layers)
        turns.worst = max(turns.worst, check(
            f"{grid.name}, {name} {way}", ours["cells"], answer["cells"]))
        turns.theirs[name, way].append(answer)


def measure(grid, work, programs, repeats):
    work.prepare(grid)
    turns = Turns()
    rate = rate_process(grid, work)
    peers = {name: Peer(name, grid, work) for name in programs
             if name in dict(grid.ways)}
    for name, way in grid.ways:  # a layer each warms up
        if name in peers:
            peers[name].grid(grid, way, grid.layers[-1:])
            turns.versions[name] = peers[name].versions
    turns.beyond = work.beyond(grid)
    for _ in range(repeats):
        take_turn(grid, work, peers, rate, turns)
    for process in [rate, *peers.values()]:
        process.end()
    return turns


NAMES = {"lens": ("TransformerLens", "transformer_lens"),
         "nnsight": ("nnsight", "nnsight")}


def title(grid):
    low, high = min(grid.lengths), max(grid.lengths)
    tokens = f"{low}" if low == high else f"{low} to {high}"
    what = "pair" if grid.point else "prompt"
    s = "s" if len(grid.lengths) > 1 else ""
    text = f"{grid.name}: {len(grid.lengths)} {what}{s} of {tokens} tokens"
    if len(grid.layers) < grid.shape.n_layer:
        text += ", layers " + ", ".join(map(str, grid.layers))
    return text


def print_grid(grid, turns, work):
    flops = limit_flops(grid)
    limits = [flops / rate for rate in turns.rates]
    reached = [limit / ours["wall"]
               for limit, ours in zip(limits, turns.ours)]
    plural = "" if work.threads == 1 else "s"
    print(f"| {title(grid)}; {work.threads} thread{plural}, medians of "
          f"{len(turns.ours)} | seconds | the whole program | times "
          "transect's | of the limit | beyond the weights, MB | required |\n"
          "|---|---|---|---|---|---|---|")
    print(f"| limit: {flops / 1e12:.3f} TFLOP at "
          f"{median(turns.rates) / 1e9:.0f} GFLOP/s | {spread(limits)} | | "
          "| 1 | | |")
    print(f"| transect | {spread([ours['wall'] for ours in turns.ours])} | "
          f"{spread([ours['whole'] for ours in turns.ours])} | 1 | "
          f"{spread(reached)} | {turns.beyond / 1e6:.0f} | {grid.required} |")
    for (name, way), answers in turns.theirs.items():
        program, package = NAMES[name]
        ratios = [answer["wall"] / ours["wall"]
                  for answer, ours in zip(answers, turns.ours)]
        beyond = median(answer["beyond"] for answer in answers) / 1e6
        print(f"| {program} {turns.versions[name][package]}, {way} | "
              f"{spread([answer['wall'] for answer in answers])} | | "
              f"{spread(ratios)} | | {beyond:.0f} | |")
    if turns.theirs:
        print(f"\nLargest difference of a cell: {turns.worst:.1g}.")
    print(flush=True)


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--smollm2")
    parser.add_argument("--layers", type=int, default=3)
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("--small", action="store_true")
    args = parser.parse_args()
    limit_threads(args.threads)
    return args


def main():
    args = parse()
    work = Work(args)
    programs = [name for name, (_, package) in NAMES.items()
                if has(sys.executable, package)]
    try:
        for grid in grids(args):
            print_grid(grid, measure(grid, work, programs, args.repeats),
                       work)
    finally:
        shutil.rmtree(work.folder)


main()
