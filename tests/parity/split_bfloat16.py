# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT
"""Compares every hook point in split-bfloat16, and in float32, with float64.

usage: split_bfloat16.py [--table FILE]

Run by `make check-parity`, or by hand with top_builddir in the environment.
BF16 models of Llama's shape with random weights run here (tests/parity-dump)
in both arithmetics, and in transformers in float64, which counts as the truth.
A difference is the largest one in a row over the norm of the reference's row;
scores are judged over the largest that the row could hold. The worst row
counts. --table puts the worst errors into FILE, from the heading Split
bfloat16 to the next one. Exit status 1 if one exceeds 2e-6 and what float32 is
off by: a pattern has the exponentials of scores, in float32 either way, so
that it is off by what large scores are rounded by. 77: the processor has no
tiles.
"""
import argparse
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile
from unittest import mock

import torch
from torch.nn import functional
from transformers import AutoModelForCausalLM

import families
from family_record import record
from family_table import FAMILIES
from gguf_reference import exactly

TOLERANCE = 2e-6
SHAPES = [
    "--layers 4 --heads 16 --kv-heads 4 --width 1024 --inner 2816 "
    "--context 256 --vocab 2000",
    "--layers 3 --heads 3 --kv-heads 1 --width 120 --inner 301 "
    "--context 130 --vocab 333 --untied",
]
HEADING = "## Split bfloat16\n"


def dump(model, folder, ids, *options):
    program = pathlib.Path(os.environ["top_builddir"]) / "tests/parity-dump"
    return subprocess.run([program, *options, model, folder, *map(str, ids)],
                          capture_output=True, text=True, check=False)


def wide_softmax(scores, dim, **_kwargs):
    """Without the model's detour over float32, which rounds scores."""
    return scores.double().softmax(dim)


def compare(theirs, folder):
    worst = {}
    for (point, layer), want in theirs.items():
        got = families.read(folder, point, layer, want.shape)
        if point == "attn_scores":
            error = families.score_distance(
                got, want, theirs["pattern", layer],
                families.largest_scores(theirs, layer), False)
        else:
            error = families.distance(got, want)
        worst[point] = max(worst.get(point, 0.0), float(error))
    return worst


def run(shape, seed, folder):
    """(worst of float32, worst of split-bfloat16) by point."""
    model_folder = folder / f"model-{seed}"
    make = pathlib.Path(os.environ["top_builddir"]) / "tests/make-model"
    subprocess.run([make, model_folder, "--dtype", "BF16", "--seed",
                    str(seed), *shape.split()], check=True)
    model = exactly(AutoModelForCausalLM.from_pretrained(
        model_folder, dtype=torch.float32, attn_implementation="eager"))
    config = model.config
    choose = random.Random(seed)
    ids = [choose.randrange(config.vocab_size)
           for _ in range(config.max_position_embeddings)]
    with mock.patch.object(functional, "softmax", wide_softmax):
        theirs = record(model.eval(), FAMILIES["llama"], ids)
    both = []
    for options in [], ["--split"]:
        with tempfile.TemporaryDirectory() as place:
            done = dump(model_folder, place, ids, *options)
            if done.returncode:
                print(done.stderr.strip())
                sys.exit(77)
            both.append(compare(theirs, pathlib.Path(place)))
    return both


def write_table(path, worst):
    points = [point for point in families.POINTS if point in worst[0]]
    lines = [
        HEADING, "Written by tests/parity/split_bfloat16.py.", "",
        "BF16 models of Llama's shape, of widths 1024 and 120: the largest "
        "difference from",
        "float64 in a row over the norm of the row; of `attn_scores` over the "
        "largest that",
        "the row could hold. Allowed is 2e-06, or what float32 is off by: a "
        "pattern has the",
        "exponentials of scores, in float32 either way, and the rounding of "
        "large ones.", "",
        "| | " + " | ".join(f"`{point}`" for point in points) + " |",
        "|---" * (len(points) + 1) + "|"]
    for name, one in zip(["float32", "split-bfloat16"], worst):
        lines.append(f"| {name} | " +
                     " | ".join(f"{one[p]:.1e}" for p in points) + " |")
    text = path.read_text()
    before, _, behind = text.partition(HEADING)
    rest = re.search(r"^## ", behind, re.M)
    behind = behind[rest.start():] if rest else ""
    path.write_text(before + "\n".join(lines) + "\n" +
                    ("\n" + behind if behind else ""))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--table", type=pathlib.Path)
    table = parser.parse_args().table
    worst = [{}, {}]
    with tempfile.TemporaryDirectory() as folder:
        for seed, shape in enumerate(SHAPES):
            for all_of, one in zip(worst, run(shape, seed,
                                              pathlib.Path(folder))):
                for point, error in one.items():
                    all_of[point] = max(all_of.get(point, 0.0), error)
    for point in worst[0]:
        print(f"{point:12} float32 {worst[0][point]:.2e}  "
              f"split-bfloat16 {worst[1][point]:.2e}")
    if table:
        write_table(table, worst)
    return any(error > max(TOLERANCE, worst[0][point])
               for point, error in worst[1].items())


if __name__ == "__main__":
    sys.exit(main())
