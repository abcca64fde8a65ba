# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT
"""Compares every hook point with Hugging Face's GPT2LMHeadModel.

usage: hooks.py [MODEL-NAME...]

Run by `make check-parity`, or by hand with top_srcdir, top_builddir and
TRANSECT (the program) in the environment. Random models, and the model that
ships on text, run in three ways: here (tests/parity-dump), by Hugging Face in
float32 (eager attention), and by Hugging Face in float64, which counts as the
truth. A difference is the largest one in a row over the norm of the
reference's row, and the worst row counts. Exit status 1 if any exceeds its
tolerance.

The first rows of attn_scores are one or a few dot products, and where these
cancel no float32 comes near 1e-5 of what is left. So scores are judged over
|q_i| max_j |k_j| / sqrt(d), the largest that row i could hold; what they are
over the row's norm is printed as attn_scores/norm, and not judged.

From scores of 16 on, neighbouring float32 numbers are 2e-6 apart, and the
softmax makes of a few roundings a relative error of 1e-5 in any float32
implementation. Where the scores of the float64 pass reach that, a difference
may be up to twice that of Hugging Face's float32 from float64.
"""
import copy
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import torch
import transformers
from transformers import GPT2Config, GPT2LMHeadModel

TOLERANCE = 1e-5
# Absolute: 5e-5 for logits of order 10, and in proportion above.
LOGIT_TOLERANCE = 5e-6
LARGE_SCORE = 16
SEED = 20190214

# By make-model: its options.
MADE = {
    "tiny": "--layers 1 --heads 1 --width 32 --context 1",
    "gelu-untied-bare": "--layers 2 --heads 2 --width 64 --context 16 "
                        "--act gelu --untied --no-prefix",
    "relu-f16-buffers": "--layers 3 --heads 3 --width 48 --context 64 "
                        "--act relu --dtype F16 --buffers",
    "bf16-shards": "--layers 4 --heads 4 --width 128 --context 256 "
                   "--dtype BF16 --shards 3",
    "scale-by-layer": "--layers 6 --heads 8 --width 96 --inner 100 "
                      "--context 130 --epsilon 1e-3 --scale-by-layer",
    "no-scale-untied": "--layers 1 --heads 12 --width 768 --context 40 "
                       "--untied --no-scale",
    "f16-long": "--layers 2 --heads 5 --width 160 --context 1024 "
                "--act gelu --dtype F16",
    "deep-wide": "--layers 6 --heads 12 --width 768 --context 150 "
                 "--vocab 3000 --dtype BF16 --untied",
}
# By save_pretrained: configuration, dtype and file size.
SAVED = {
    "hf-large-std": (dict(n_layer=4, n_head=6, n_embd=192, n_positions=300,
                          vocab_size=777, initializer_range=0.2),
                     torch.float32, "1GB"),
    "hf-untied-shards": (dict(n_layer=3, n_head=4, n_embd=64, n_inner=200,
                              n_positions=90, vocab_size=301,
                              activation_function="relu",
                              initializer_range=0.3,
                              tie_word_embeddings=False),
                         torch.float32, "200KB"),
    "hf-untied": (dict(n_layer=2, n_head=3, n_embd=96, n_positions=70,
                       vocab_size=150, initializer_range=0.1,
                       tie_word_embeddings=False),
                  torch.float32, "1GB"),
    "hf-bf16-gelu": (dict(n_layer=2, n_head=1, n_embd=40, n_positions=33,
                          vocab_size=128, activation_function="gelu",
                          initializer_range=0.15),
                     torch.bfloat16, "1GB"),
}
DEMO = "demo"

NOT_JUDGED = "attn_scores/norm"

ROW = "%-17s %5s  %-16s %10s %10s %10s  %s"


def make_model(name, folder):
    program = pathlib.Path(os.environ["top_builddir"]) / "tests/make-model"
    subprocess.run([program, folder, "--seed", str(len(name)),
                    *MADE[name].split()], check=True)


def save_model(name, folder):
    """New biases are 0 and gains 1, which would hide mistakes with them."""
    config, dtype, shard_size = SAVED[name]
    torch.manual_seed(SEED)
    model = GPT2LMHeadModel(GPT2Config(**config))
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() == 1:
                parameter += 0.1 * torch.randn_like(parameter)
    model.to(dtype).save_pretrained(folder, max_shard_size=shard_size)


def dump(model_folder, ids, folder):
    program = pathlib.Path(os.environ["top_builddir"]) / "tests/parity-dump"
    subprocess.run([program, model_folder, folder, *map(str, ids)],
                   check=True)


def text_ids(folder, config):
    """The model's own text, behind the BOS token that it expects."""
    text = pathlib.Path(os.environ["top_srcdir"]) / "data/sample.txt"
    output = subprocess.run(
        [os.environ["TRANSECT"], "tokenize", folder, text, "--ids"],
        check=True, capture_output=True).stdout
    ids = [int(word) for word in output.split()]
    return ([config.bos_token_id] + ids)[:config.n_positions]


def first(value):
    return value[0] if isinstance(value, tuple) else value


class Recorder:
    """What the modules of a model take and give in one pass."""

    def __init__(self):
        self.tensors = {}
        self.handles = []

    def give(self, module, point, layer=None, index=None):
        def hook(_module, _args, output):
            value = first(output) if index is None else output[index]
            self.tensors[point, layer] = value.detach()[0]
        self.handles.append(module.register_forward_hook(hook))

    def take(self, module, point, layer=None):
        def hook(_module, args):
            self.tensors[point, layer] = args[0].detach()[0]
        self.handles.append(module.register_forward_pre_hook(hook))

    def watch(self, model):
        body = model.transformer
        self.give(body.wte, "embed")
        self.give(body.wpe, "pos_embed")
        for layer, block in enumerate(body.h):
            self.take(block, "resid_pre", layer)
            self.give(block.ln_1, "ln1", layer)
            self.give(block.attn.c_attn, "qkv", layer)
            self.give(block.attn, "pattern", layer, index=1)
            self.take(block.attn.c_proj, "z", layer)
            self.give(block.attn, "attn_out", layer)
            self.take(block.ln_2, "resid_mid", layer)
            self.give(block.ln_2, "ln2", layer)
            self.give(block.mlp.c_fc, "mlp_pre", layer)
            self.take(block.mlp.c_proj, "mlp_post", layer)
            self.give(block.mlp, "mlp_out", layer)
            self.give(block, "resid_post", layer)
        self.give(body.ln_f, "ln_final")
        self.give(model.lm_head, "logits")


def by_head(tensor, n_head):
    """(T, H*d) -> (H, T, d)"""
    return tensor.unflatten(-1, (n_head, -1)).transpose(0, 1)


def scores(q, k, scaling):
    """In float64 always, for Hugging Face does not show its own."""
    product = q.double() @ k.double().transpose(1, 2) * scaling
    future = torch.ones(product.shape[1:], dtype=torch.bool).triu(1)
    return product.masked_fill(future, -torch.inf)


def largest_scores(q, k, scaling):
    """(H, T): no score of the row can be larger (Cauchy-Schwarz)."""
    keys = k.double().norm(dim=-1).cummax(dim=-1).values
    return q.double().norm(dim=-1) * keys * scaling


def split_heads(tensors, layer, attention):
    n_head = attention.num_heads
    q, k, v = (by_head(part, n_head)
               for part in tensors.pop(("qkv", layer)).chunk(3, dim=-1))
    z = by_head(tensors["z", layer], n_head)
    rows = attention.c_proj.weight.detach().unflatten(0, (n_head, -1))
    tensors["q", layer], tensors["k", layer], tensors["v", layer] = q, k, v
    tensors["attn_scores", layer] = scores(q, k, attention.scaling)
    tensors["largest_scores", layer] = largest_scores(q, k,
                                                      attention.scaling)
    tensors["z", layer] = z
    tensors["head_out", layer] = z @ rows


def record(model, ids):
    """{(point, layer or None): (T, cols) or (heads, T, cols)}"""
    recorder = Recorder()
    recorder.watch(model)
    with torch.no_grad():
        model(torch.tensor([ids]), use_cache=False, output_attentions=True)
    for handle in recorder.handles:
        handle.remove()
    for layer, block in enumerate(model.transformer.h):
        split_heads(recorder.tensors, layer, block.attn)
    return {key: value.numpy() for key, value in recorder.tensors.items()}


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
    """scale: of each row, if not its norm. Infinities must be the same ones;
    NaN makes the result NaN."""
    got, want = got.astype(np.float64), want.astype(np.float64)
    if not np.array_equal(np.isinf(got), np.isinf(want)):
        return np.inf
    got, want = (np.where(np.isinf(a), 0, a) for a in (got, want))
    largest = np.abs(got - want).max(axis=-1)
    if scale is None:
        scale = np.linalg.norm(want, axis=-1)
    return (largest / np.maximum(scale, np.finfo(np.float64).tiny)).max()


def distances(got, theirs, truth, scale=None):
    return np.array([distance(got, theirs, scale),
                     distance(got, truth, scale),
                     distance(theirs, truth, scale)])


def largest_score(tensors):
    return max(np.abs(values[np.isfinite(values)]).max()
               for (point, _), values in tensors.items()
               if point == "attn_scores")


def limit(large, tolerance, theirs):
    """theirs: how far Hugging Face's float32 is from float64."""
    return max(tolerance, 2 * theirs if large else 0)


def check_logits(large, got, theirs, truth):
    size = np.abs(truth).max()
    error = np.abs(got - truth).max()
    their_error = np.abs(theirs - truth).max()
    tolerance = LOGIT_TOLERANCE * max(10, size)
    bad = not error <= limit(large, tolerance, their_error)
    print(f"  logits up to {size:.3g}, absolute difference from Hugging Face "
          f"{np.abs(got - theirs).max():.2g}, from float64 {error:.2g}, of "
          f"Hugging Face from float64 {their_error:.2g}"
          f"{'  EXCESS' if bad else ''}")
    return bad


def compare(large, folder, single, double):
    """{point: three distances, worst of all layers and heads}, excesses"""
    worst = {}
    failed = 0

    def add(point, row):
        worst[point] = np.maximum(worst.get(point, 0), row)

    for (point, layer), truth in double.items():
        if point == "largest_scores":
            continue
        got = read(folder, point, layer, truth.shape)
        theirs = single[point, layer]
        scale = None
        if point == "attn_scores":
            add(NOT_JUDGED, distances(got, theirs, truth))
            scale = double["largest_scores", layer]
        add(point, distances(got, theirs, truth, scale))
        if point == "logits":
            failed += check_logits(large, got, theirs, truth)
    left = sorted(path.name for path in folder.iterdir())
    if left:
        sys.exit(f"not compared: {' '.join(left)}")
    return worst, failed


def note(large, point, row):
    if point == NOT_JUDGED:
        return "not judged"
    if not (row[:2] <= limit(large, TOLERANCE, row[2])).all():
        return "EXCESS"
    return "" if (row[:2] <= TOLERANCE).all() else "as Hugging Face"


def check_sample(name, model_folder, dump_folder, models, ids, totals):
    single, double = (record(model, ids) for model in models)
    score = largest_score(double)
    large = score >= LARGE_SCORE
    print(f"{name}, T = {len(ids)}: scores up to {score:.3g}")
    dump(model_folder, ids, dump_folder)
    worst, failed = compare(large, dump_folder, single, double)
    for point, row in worst.items():
        verdict = note(large, point, row)
        failed += verdict == "EXCESS"
        print(ROW % (name, len(ids), point, *("%.2e" % x for x in row),
                     verdict), flush=True)
        key = large, point
        totals[key] = np.maximum(totals.get(key, 0), row)
    return failed


def check(name, model_folder, dump_folder, totals):
    single = GPT2LMHeadModel.from_pretrained(
        model_folder, attn_implementation="eager",
        dtype=torch.float32).eval()
    models = single, copy.deepcopy(single).double()
    config = single.config
    generator = np.random.default_rng(SEED)
    failed = 0
    for length in sorted({1, config.n_positions}):
        ids = generator.integers(config.vocab_size, size=length).tolist()
        if name == DEMO:
            ids = text_ids(model_folder, config)[:length]
        failed += check_sample(name, model_folder, dump_folder, models, ids,
                               totals)
    return failed


def print_totals(totals):
    for (large, point), row in sorted(totals.items()):
        print(ROW % ("large scores" if large else "other models", "", point,
                     *("%.2e" % x for x in row), ""))


def check_named(name, totals):
    with tempfile.TemporaryDirectory() as folder:
        model_folder = pathlib.Path(folder) / "model"
        dump_folder = pathlib.Path(folder) / "dump"
        dump_folder.mkdir()
        if name == DEMO:
            model_folder = (pathlib.Path(os.environ["top_srcdir"]) /
                            "models/demo")
        elif name in MADE:
            make_model(name, model_folder)
        else:
            save_model(name, model_folder)
        return check(name, model_folder, dump_folder, totals)


def main():
    known = [*MADE, *SAVED, DEMO]
    names = sys.argv[1:] or known
    if not set(names) <= set(known):
        sys.exit(f"the models are {' '.join(known)}")
    torch.set_num_threads(1)
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    totals = {}
    print(ROW % ("model", "T", "point", "HF float32", "float64",
                 "HF to f64", ""))
    failed = sum(check_named(name, totals) for name in names)
    print_totals(totals)
    print(f"{failed} excesses" if failed else
          f"all that is judged is within {TOLERANCE:g}, or where scores "
          f"reach {LARGE_SCORE} within twice Hugging Face's own error")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
