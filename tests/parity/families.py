# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT
"""Compares the hook points of every family with Hugging Face's model of it.

usage: families.py [--table FILE] [--golden FOLDER] [FAMILY...]

Run by `make check-parity`, or by hand with top_builddir in the environment.
For each family several configurations are drawn: sizes at random, and between
them every switch of the family's config that is supported. Weights are random
too, gains are not 1 and biases not 0. Each is saved by save_pretrained, run by
tests/parity-dump, and by Hugging Face in float32 with eager attention.

A difference is the largest one in a row over the norm of Hugging Face's row,
and the worst row counts; of logits it is absolute. Scores are judged over the
largest that the row could hold, |q_i| max_j |k_j| scale, because those of
early rows may cancel. ALiBi's part of a score counts from the query here and
from the sample's start there, which a softmax does not see: scores are then
compared less that of the query's own position.

--table writes the worst errors as Markdown, and keeps what stands there from
the heading Patching on; --golden writes the small models that `make check`
compares without Python. Exit status 1 if anything exceeds its
tolerance.
"""
import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import numpy as np
import torch
import transformers
from safetensors.numpy import save_file
from transformers import AutoModelForCausalLM

from family_record import record
from family_table import FAMILIES, SEED, make_config

TOLERANCE = 1e-5
LOGIT_TOLERANCE = 5e-5

POINTS = ["embed", "pos_embed", "resid_pre", "ln1", "q", "k", "v",
          "attn_scores", "pattern", "z", "attn_out", "resid_mid", "ln2",
          "mlp_pre", "mlp_gate", "mlp_post", "mlp_out", "resid_post",
          "ln_final", "logits"]


def make_weights(model, seed):
    """Of a size that keeps activations moderate."""
    generator = torch.Generator().manual_seed(seed)
    less_one = type(model).__name__.startswith("Gemma")
    with torch.no_grad():
        for name, tensor in model.named_parameters():
            noise = torch.randn(tensor.shape, generator=generator)
            is_norm = "norm" in name or ".ln_" in name
            if tensor.dim() > 1:
                tensor.copy_(noise * 0.9 / tensor.shape[1] ** 0.5)
            elif is_norm and name.endswith("weight"):
                tensor.copy_(0.2 * noise + (0 if less_one else 1))
            else:
                tensor.copy_(0.1 * noise)


def dump(model_folder, ids, folder):
    program = pathlib.Path(os.environ["top_builddir"]) / "tests/parity-dump"
    subprocess.run([program, model_folder, folder, *map(str, ids)],
                   check=True)


def read(folder, point, layer, shape):
    def one(suffix, one_shape):
        path = folder / f"{point}{suffix}.f32"
        values = np.fromfile(path, dtype="<f4").reshape(one_shape)
        path.unlink()
        return values
    suffix = "" if layer is None else f".L{layer}"
    if len(shape) == 2:
        return one(suffix, shape)
    return np.stack([one(f"{suffix}.H{head}", shape[1:])
                     for head in range(shape[0])])


def distance(got, want, scale=None):
    """The largest in a row over the row's norm or scale; the worst row."""
    got, want = got.astype(np.float64), want.astype(np.float64)
    largest = np.abs(got - want).max(axis=-1)
    if scale is None:
        scale = np.linalg.norm(want, axis=-1)
    return (largest / np.maximum(scale, 1e-30)).max()


def score_distance(got, want, pattern, largest, alibi):
    """Masked scores must be masked by both."""
    seen = np.isfinite(got)
    if (pattern[~seen] != 0).any() or (want[seen] < -1e30).any():
        return np.inf
    got, want = (np.where(seen, x, 0).astype(np.float64)
                 for x in (got, want))
    if alibi:
        own = np.arange(got.shape[-1])
        got, want = (np.where(seen, x - x[:, own, own][..., None], 0)
                     for x in (got, want))
    return distance(got, want, np.maximum(largest,
                                          np.abs(want).max(axis=-1)))


def largest_scores(theirs, layer):
    """(H, T): no score of the row can be larger (Cauchy-Schwarz), up to the
    scale of scores, which is taken to be 1 / sqrt(d)."""
    q, k = theirs["q", layer], theirs["k", layer]
    keys = np.maximum.accumulate(np.linalg.norm(k, axis=-1), axis=-1)
    keys = np.repeat(keys, q.shape[0] // k.shape[0], axis=0)
    return np.linalg.norm(q, axis=-1) * keys / q.shape[-1] ** 0.5


def compare(theirs, folder, alibi):
    """{point: worst error} and the number of excesses."""
    worst = {}
    for (point, layer), want in theirs.items():
        got = read(folder, point, layer, want.shape)
        if point == "logits":
            error = np.abs(got - want).max()
        elif point == "attn_scores":
            error = score_distance(got, want, theirs["pattern", layer],
                                   largest_scores(theirs, layer),
                                   alibi)
        else:
            error = distance(got, want)
        worst[point] = max(worst.get(point, 0.0), float(error))
    return worst


def check_rest(folder, config):
    """What is there beyond what Hugging Face shows."""
    known = {"resid_mid", "head_out"}
    if implementation(config) == "sdpa":
        known |= {"attn_scores", "pattern"}
    rest = {path.name.split(".")[0] for path in folder.glob("*.f32")}
    for path in folder.glob("*.f32"):
        path.unlink()
    if not rest <= known:
        raise SystemExit(f"{config.model_type}: nothing to compare "
                         f"{rest - known} with")


def lengths(config):
    """Also longer than the context where a model stretches it."""
    context = getattr(config, "max_position_embeddings", None) or getattr(
        config, "n_positions", None) or config.seq_length
    parameters = getattr(config, "rope_parameters", None) or {}
    if parameters.get("rope_type") == "dynamic":
        return [context, 2 * context + 3, 1]
    return [context, 1]


def describe(switches):
    shown = {key: value for key, value in switches.items()
             if key not in ("heads", "d", "layers", "long")}
    return json.dumps(shown) if shown else "(its defaults)"


def implementation(config):
    """transformers' eager Falcon adds ALiBi twice: in its mask, and again to
    the scores. Its other attention does not, but shows no pattern."""
    if config.model_type == "falcon" and config.alibi:
        return "sdpa"
    return "eager"


def build(name, number, folder, small=False):
    config = make_config(name, number, small)
    model = AutoModelForCausalLM.from_config(
        config, attn_implementation=implementation(config),
        dtype=torch.float32).eval()
    make_weights(model, SEED + number)
    if not small:
        model.save_pretrained(folder)
        return model
    model.half().save_pretrained(folder)
    return AutoModelForCausalLM.from_pretrained(
        folder, attn_implementation=implementation(config),
        dtype=torch.float32).eval()


def check(name, number, totals):
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        (folder / "dump").mkdir()
        model = build(name, number, folder / "model")
        config = model.config
        generator = np.random.default_rng(SEED)
        alibi = name == "bloom" or getattr(config, "alibi", False)
        failed = 0
        for length in lengths(config):
            ids = generator.integers(3, config.vocab_size,
                                     size=length).tolist()
            dump(folder / "model", ids, folder / "dump")
            worst = compare(record(model, FAMILIES[name], ids),
                            folder / "dump", alibi)
            check_rest(folder / "dump", config)
            failed += report(name, number, length, worst, totals)
    return failed


def report(name, number, length, worst, totals):
    failed = 0
    for point, error in worst.items():
        limit = LOGIT_TOLERANCE if point == "logits" else TOLERANCE
        if not error <= limit:
            print(f"{name} {number}, {length} tokens: {point} {error:.2e}")
            failed += 1
        key = name, point
        totals[key] = max(totals.get(key, 0.0), error)
    return failed


def kept(path):
    """The page's part about other programs."""
    page = path.read_text() if path.exists() else ""
    start = page.find("\n## Patching\n")
    return page[start:] if start >= 0 else ""


def write_table(path, totals, names):
    """Markdown."""
    lines = [
        "# Parity with Hugging Face",
        "",
        f"Written by tests/parity/families.py with transformers "
        f"{transformers.__version__} and",
        f"torch {torch.__version__}; `make check-parity` writes it again.",
        "",
        "For each family and hook point: the largest difference in a row "
        "over the norm",
        "of Hugging Face's row, both float32; the worst row, layer, head and",
        "configuration. `attn_scores` are taken over the largest score that "
        "the row could",
        f"hold, `logits` are absolute. {TOLERANCE:g} is allowed, and "
        f"{LOGIT_TOLERANCE:g} for logits.",
        "",
        "A dash: the family has no such point, or Hugging Face does not show "
        "it, as",
        "`resid_mid` where attention and MLP are side by side. `head_out` it "
        "never shows:",
        "`make check` holds its sum to `attn_out`. Falcon with ALiBi runs "
        "there without",
        "eager attention, which adds ALiBi twice in this version; its scores "
        "and patterns",
        "are then not shown. Where OPT normalizes the stream itself, "
        "`resid_mid` and",
        "`resid_post` are compared behind these norms; its `embed` is that "
        "of `project_in`",
        "where it has one.",
        "",
        "| family | " + " | ".join(f"`{point}`" for point in POINTS) + " |",
        "|---|" + "---|" * len(POINTS)]
    for name in names:
        cells = (f"{totals[name, p]:.0e}".replace("e-0", "e-")
                 if (name, p) in totals else "–" for p in POINTS)
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    lines += ["", "## Configurations", "",
              "Sizes are drawn at random; beside them each sets:", ""]
    for name in names:
        for switches in FAMILIES[name].switches:
            lines.append(f"- {name}: `{describe(switches)}`")
    path.write_text("\n".join(lines) + "\n" + kept(path))


# Of these configurations `make check` has a small copy, with what Hugging
# Face makes of it.
GOLDEN = {"gpt2": [], "llama": [1, 3, 5], "qwen2": [1], "gemma3_text": [1],
          "phi": [1], "phi3": [2], "bloom": [1], "falcon": [1, 3],
          "stablelm": [1], "olmo3": [1], "opt": [0, 4, 5]}
GOLDEN_POINTS = ["resid_pre", "attn_out", "pattern", "mlp_post",
                 "resid_post"]


def write_golden(folder, name, number):
    target = folder / f"{name}-{number}"
    shutil.rmtree(target, ignore_errors=True)
    model = build(name, number, target, small=True)
    (target / "generation_config.json").unlink(missing_ok=True)
    generator = np.random.default_rng(SEED)
    ids = generator.integers(3, model.config.vocab_size, size=12)
    tensors = record(model, FAMILIES[name], ids.tolist())
    last = model.config.num_hidden_layers - 1
    kept = {"ids": ids.astype(np.float32),
            "logits": tensors["logits", None]}
    for point in GOLDEN_POINTS:
        if (point, last) in tensors:
            kept[f"{point}.L{last}"] = np.ascontiguousarray(
                tensors[point, last])
    (target / "expected").mkdir()
    save_file(kept, target / "expected/model.safetensors")


def parse_arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--table", type=pathlib.Path)
    parser.add_argument("--golden", type=pathlib.Path)
    parser.add_argument("families", nargs="*", default=[])
    arguments = parser.parse_args()
    arguments.families = arguments.families or list(FAMILIES)
    if not set(arguments.families) <= set(FAMILIES):
        sys.exit(f"the families are {' '.join(FAMILIES)}")
    return arguments


def main():
    arguments = parse_arguments()
    torch.set_num_threads(1)
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    totals, failed = {}, 0
    for name in arguments.families:
        if arguments.golden:
            for number in GOLDEN.get(name, [0]):
                write_golden(arguments.golden, name, number)
            continue
        for number in range(len(FAMILIES[name].switches)):
            failed += check(name, number, totals)
        worst = max(totals[name, p] for p in POINTS
                    if (name, p) in totals and p != "logits")
        print(f"{name:12} {len(FAMILIES[name].switches)} configurations: "
              f"worst point {worst:.1e}, logits "
              f"{totals[name, 'logits']:.1e}")
    if arguments.table:
        write_table(arguments.table, totals, arguments.families)
    if not arguments.golden:
        print(f"{failed} excesses" if failed else
              f"all within {TOLERANCE:g}, logits within "
              f"{LOGIT_TOLERANCE:g}")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
