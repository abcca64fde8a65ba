# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT
"""Compares what the patcher makes of a model with PyTorch.

usage: patcher.py

Run by `make check-parity`, or by hand with top_srcdir, top_builddir and
TRANSECT (the program) in the environment. Pairs of random prompts of equal
lengths run through the demo model with many variants, each of which patches
something, and through a GPT-2 written out here in float64, whose hook points
have TransformerLens' meaning. The loss of each sample in each variant must be
the same to BOUND.
"""
import csv
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import torch
import transformers
from transformers import GPT2LMHeadModel

BOUND = 1e-5  # of a loss near 8, made of float32
VOCAB = 2000
LENGTHS = [9, 7, 12, 9, 5, 8]


class Model:
    """A GPT-2 in float64; edit(point, layer, x) may return another x."""

    def __init__(self, path):
        model = GPT2LMHeadModel.from_pretrained(path, dtype=torch.float32)
        self.config = model.config
        self.w = {name.removeprefix("transformer."): tensor.double()
                  for name, tensor in model.state_dict().items()}

    def norm(self, name, x):
        return torch.nn.functional.layer_norm(
            x, x.shape[-1:], self.w[name + ".weight"], self.w[name + ".bias"],
            self.config.layer_norm_epsilon)

    def linear(self, name, x):
        return x @ self.w[name + ".weight"] + self.w[name + ".bias"]

    def attention(self, layer, x, edit):
        h, n = self.config.n_head, x.shape[0]
        qkv = self.linear(f"h.{layer}.attn.c_attn", x).reshape(n, 3, h, -1)
        q, k, v = (edit(name, layer, qkv[:, i].transpose(0, 1).clone())
                   for i, name in enumerate("qkv"))  # (H, T, d)
        scores = q @ k.transpose(1, 2) / q.shape[-1] ** 0.5
        future = torch.ones(n, n).triu(1).bool()
        scores = scores.masked_fill(future, -torch.inf)
        pattern = edit("pattern", layer, scores.softmax(-1))
        z = edit("z", layer, pattern @ v)
        out = self.linear(f"h.{layer}.attn.c_proj",
                          z.transpose(0, 1).reshape(n, -1))
        return edit("attn_out", layer, out)

    def mlp(self, layer, x, edit):
        pre = self.linear(f"h.{layer}.mlp.c_fc", x)
        post = torch.nn.functional.gelu(pre, approximate="tanh")
        out = self.linear(f"h.{layer}.mlp.c_proj",
                          edit("mlp_post", layer, post))
        return edit("mlp_out", layer, out)

    def loss(self, tokens, edit):
        ids = torch.tensor(tokens)
        x = edit("embed", -1, self.w["wte.weight"][ids].clone())
        x = x + self.w["wpe.weight"][:len(ids)]
        for layer in range(self.config.n_layer):
            x = edit("resid_pre", layer, x)
            x = x + self.attention(layer, self.norm(f"h.{layer}.ln_1", x),
                                   edit)
            x = edit("resid_mid", layer, x)
            x = x + self.mlp(layer, self.norm(f"h.{layer}.ln_2", x), edit)
        logits = self.norm("ln_f", x) @ self.w["lm_head.weight"].T
        return torch.nn.functional.cross_entropy(logits[:-1], ids[1:]).item()

    def record(self, tokens):
        """Every tensor of a pass, by point and layer."""
        seen = {}

        def keep(point, layer, x):
            seen[point, layer] = x.clone()
            return x

        self.loss(tokens, keep)
        return seen


def cases():
    """(point, layer, head, position, from): None is all, -1 the last."""
    for source in "pair", "zero", "mean":
        for point in "resid_pre", "resid_mid", "attn_out", "mlp_out":
            for layer in 0, 3, 5:
                for position in None, 1, -1:
                    yield point, layer, None, position, source
        for point in "q", "k", "v", "z":
            for layer, head in (0, 5), (4, 2):
                for position in None, 2:
                    yield point, layer, head, position, source
        yield "embed", -1, None, 3, source
        yield "mlp_post", 2, None, None, source
    for layer, head in (0, 1), (3, 7), (5, 0):
        yield "pattern", layer, head, None, "pair"
        for position in None, -1:
            yield "pattern", layer, head, position, "cut"


def settings(case):
    point, layer, head, position, source = case
    lines = [f"patcher.point = {point}",
             f"patcher.from = {'zero' if source == 'cut' else source}"]
    if head is not None:
        option = "groups" if point in ("k", "v") else "heads"
        letter = "G" if point in ("k", "v") else "H"
        lines.append(f"patcher.{option} = L{layer}{letter}{head}")
    elif layer >= 0:
        lines.append(f"patcher.layers = {layer}")
    if position is not None:
        lines.append("patcher.positions = "
                     + ("last" if position < 0 else str(position)))
    if source == "cut":
        lines += ["patcher.keys = 0 2", "patcher.renormalize = yes"]
    return lines


def rows_of(x, position):
    """The rows that are patched, x (T, ...)."""
    if position is None:
        return slice(None)
    return slice(x.shape[-2] - 1, None) if position < 0 else \
        slice(position, position + 1)


def patch(case, pair, mean):
    """The edit of a case."""
    point, layer, head, position, source = case

    def edit(at, l, x):
        if (at, l) != (point, layer):
            return x
        part = x if head is None else x[head]
        rows = rows_of(x, position)
        if source == "pair":
            other = pair[point, layer]
            part[rows] = (other if head is None else other[head])[rows]
        elif source == "mean":
            part[rows] = mean
        elif source == "zero":
            part[rows] = 0
        else:
            for key in 0, 2:
                part[rows, key] = 0
            sums = part[rows].sum(-1, keepdim=True)
            part[rows] = torch.where(sums > 0, part[rows] / sums, part[rows])
        return x

    return edit


def mean_of(case, records):
    point, layer, head, position, _ = case
    rows = []
    for record in records:
        x = record[point, layer]
        x = x if head is None else x[head]
        rows.append(x[rows_of(x, position)])
    return torch.cat(rows).mean(0)


def run(folder, model, prompts, pairs, all_cases):
    records = folder / "pairs.jsonl"
    records.write_text("".join(
        json.dumps({"prompt": a, "other": b}) + "\n"
        for a, b in zip(prompts, pairs)))
    lines = ["[experiment]", "name = patched", "[model]", f"path = {model}",
             "[input]", f"records = {records}", "pair = other",
             "[plugin perplexity]"]
    for i, case in enumerate(all_cases):
        lines += [f"[variant v{i}]", "inert = allow"] + settings(case)
    ini = folder / "patched.ini"
    ini.write_text("\n".join(lines) + "\n")
    subprocess.run([os.environ["TRANSECT"], "run", ini, "--quiet", "--output",
                    folder / "results"], check=True,
                   stdout=subprocess.DEVNULL)


def losses(path):
    with open(path, encoding="utf-8", newline="") as file:
        return [float(row["loss"]) for row in csv.DictReader(file)]


def main():
    top = pathlib.Path(os.environ["top_srcdir"]).resolve()
    model = top / "models" / "demo"
    transformers.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    reference = Model(model)
    generator = torch.Generator().manual_seed(16)

    def draw(n):
        return torch.randint(VOCAB, (n,), generator=generator).tolist()

    prompts = [draw(n) for n in LENGTHS]
    pairs = [draw(n) for n in LENGTHS]
    of_prompts = [reference.record(tokens) for tokens in prompts]
    of_pairs = [reference.record(tokens) for tokens in pairs]
    all_cases = list(cases())
    worst, moved = 0, 0
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        run(folder, model, prompts, pairs, all_cases)
        before = losses(folder / "results/baseline/perplexity/samples.csv")
        for i, case in enumerate(all_cases):
            got = losses(folder / f"results/v{i}/perplexity/samples.csv")
            mean = mean_of(case, of_prompts) if case[4] == "mean" else None
            for s, tokens in enumerate(prompts):
                want = reference.loss(tokens, patch(case, of_pairs[s], mean))
                moved += abs(want - before[s]) > 100 * BOUND
                if abs(got[s] - want) > BOUND:
                    print(f"patcher: {case}, sample {s}: {got[s]}, not "
                          f"{want}")
                worst = max(worst, abs(got[s] - want))
    n = len(all_cases) * len(prompts)
    print(f"patcher: {n} losses of {len(all_cases)} variants, {moved} of them "
          f"far from the baseline's, differ by at most {worst:.2g}")
    return worst > BOUND or moved < n / 2


if __name__ == "__main__":
    sys.exit(main())
