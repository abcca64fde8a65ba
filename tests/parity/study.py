# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT
"""Compares the tables of experiments in conf/ with float64.

usage: study.py [NAME...]

Run by `make check-parity`, or by hand with top_srcdir and TRANSECT (the
program) in the environment. Each conf/NAME.ini that takes windows of a text
runs on the model that ships; records and their edits are for patching.py.
Then Hugging Face's GPT2LMHeadModel runs the same samples in float64, with the
edits of each variant as hooks of its own modules, and every number of every
table is computed again from what it shows, by plain definition. A table that
is not known here is a failure, too. Exit status 1 if a number differs by more
than its tolerance.
"""
import csv
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import torch
import transformers
from transformers import GPT2LMHeadModel, GPT2TokenizerFast

import mlp_tables  # for its tables
from study_coordinates import coordinate_edit
from study_tables import COMPARISONS, NO_NUMBERS, TABLES, compare, means

TOP = pathlib.Path(os.environ["top_srcdir"])


def windows(config, model):
    """(samples, length) ids, as [input] of transect.ini(5) says."""
    settings = config["input"]
    if "text" in settings:
        text = settings["text"].encode()
    else:
        text = (TOP / "conf" / settings["files"]).read_bytes()
    output = subprocess.run(
        [os.environ["TRANSECT"], "tokenize", TOP / "models/demo", "--ids"],
        input=text, check=True, capture_output=True).stdout
    ids = np.array([int(word) for word in output.split()])
    bos = [model.config.bos_token_id] if settings.get("bos") == "yes" else []
    length = int(settings.get("length",
                              min(len(ids) + len(bos),
                                  model.config.n_positions)))
    fresh = length - len(bos)
    n = int(settings.get("samples", len(ids) // fresh))
    return np.array([bos + ids[i * fresh:(i + 1) * fresh].tolist()
                     for i in range(n)])


def layers_of(text, n_layer):
    if text == "*":
        return list(range(n_layer))
    found = []
    for word in text.replace(",", " ").split():
        first, _, last = word.partition("-")
        found += range(int(first), int(last or first) + 1)
    return found


def heads_of(text, n_layer, n_head):
    found = []
    for word in text.replace(",", " ").split():
        layer, _, head = word.replace("*", "L*H*" if word == "*"
                                      else "*").lstrip("L").partition("H")
        found += [(l, h)
                  for l in (range(n_layer) if layer == "*" else [int(layer)])
                  for h in (range(n_head) if head == "*" else [int(head)])]
    return found


class Pass:
    """What one variant's pass over all samples shows, in float64. Tensors
    are (samples, T, columns), those of heads (samples, H, T, columns)."""

    tokenizer = GPT2TokenizerFast.from_pretrained(TOP / "models/demo")

    def __init__(self, model, ids, edits):
        self.model, self.ids = model, ids
        self.n_layer = model.config.n_layer
        self.n_head = model.config.n_head
        self.shown = {}
        self.handles = []
        # Hooks run in the order in which they are made: edits first.
        for edit in edits:
            edit(self)
        self.watch()
        with torch.no_grad():
            out = model(torch.tensor(ids), use_cache=False,
                        output_attentions=True)
        for handle in self.handles:
            handle.remove()
        self.shown["logits", None] = out.logits.numpy()
        for layer, pattern in enumerate(out.attentions):
            self.shown["pattern", layer] = pattern.numpy()

    def after(self, module, change):
        """change(tensor) gives what takes the place of module's output."""
        def hook(_module, _args, output):
            if isinstance(output, tuple):
                return (change(output[0]), *output[1:])
            return change(output)
        self.handles.append(module.register_forward_hook(hook))

    def before(self, module, change):
        self.handles.append(module.register_forward_pre_hook(
            lambda _module, args: (change(args[0]), *args[1:])))

    def see(self, point, layer):
        def keep(tensor):
            self.shown[point, layer] = tensor.detach().numpy().copy()
            return tensor
        return keep

    def watch(self):
        for layer, block in enumerate(self.model.transformer.h):
            self.after(block.ln_1, self.see("ln1", layer))
            self.after(block.attn, self.see("attn_out", layer))
            self.after(block.ln_2, self.see("ln2", layer))
            self.after(block.mlp.c_fc, self.see("mlp_pre", layer))
            self.before(block.mlp.c_proj, self.see("mlp_post", layer))
            self.after(block.mlp, self.see("mlp_out", layer))
            self.after(block, self.see("resid_post", layer))

    def get(self, point, layer=None):
        return self.shown[point, layer]

    def label(self, token):
        """As tables show it; right for tokens of plain letters."""
        return f'"{self.tokenizer.decode([token])}"'


def zero_columns(columns):
    def change(tensor):
        tensor = tensor.clone()
        tensor[..., columns] = 0
        return tensor
    return change


def pruner_edit(options, _baseline):
    """transect-pruner(7), method zero."""
    if options.get("method", "zero") != "zero":
        sys.exit(f"pruner.method = {options['method']} is not known here")
    semantics = options.get("semantics", "z")

    def edit(run):
        blocks = run.model.transformer.h
        d = run.model.config.n_embd // run.n_head
        for layer in layers_of(options.get("attention", ""), run.n_layer):
            run.after(blocks[layer].attn, torch.zeros_like)
        for layer in layers_of(options.get("mlps", ""), run.n_layer):
            run.after(blocks[layer].mlp, torch.zeros_like)
        for layer, head in heads_of(options.get("heads", ""), run.n_layer,
                                    run.n_head):
            columns = range(head * d, (head + 1) * d)
            if semantics == "z":
                run.before(blocks[layer].attn.c_proj, zero_columns(columns))
            elif semantics == "post-projection-slice":
                run.after(blocks[layer].attn, zero_columns(columns))
            else:
                sys.exit(f"pruner.semantics = {semantics} is not known here")
    return edit


EDITORS = {"coordinate-editor": coordinate_edit, "pruner": pruner_edit}


def edits_of(variant, baseline):
    """Each a function of a Pass. variant: as the manifest describes it;
    baseline: the unedited model's Pass."""
    return [EDITORS[instance["plugin"]](instance["options"], baseline)
            for instance in variant["instances"]
            if instance["plugin"] in EDITORS]


def close(got, want, scale):
    """Difference over scale; equal infinities and NaNs are no difference,
    and where the scale is infinite nothing is."""
    if np.isinf(scale) or got == want or (np.isnan(got) and np.isnan(want)):
        return 0.0
    return abs(got - want) / scale if np.isfinite(got - want) else np.inf


class Judge:
    def __init__(self):
        self.failed = self.compared = 0

    def fail(self, text):
        print(f"  {text}")
        self.failed += 1

    def table(self, path, want):
        """want: [{column: value}], of a real column (value, scale,
        tolerance): the difference is judged over scale."""
        with open(path, newline="") as stream:
            got = list(csv.DictReader(stream))
        worst = 0.0
        self.compared += 1
        if len(got) != len(want):
            return self.fail(f"{path.name}: {len(got)} rows, not {len(want)}")
        for row, expected in zip(got, want):
            if set(row) != set(expected):
                return self.fail(f"{path.name}: columns {list(row)}, not "
                                 f"{list(expected)}")
            for column, value in expected.items():
                if not isinstance(value, tuple):
                    if row[column] != str(value):
                        self.fail(f"{path.name}: {column} {row[column]}, not "
                                  f"{value} in {row}")
                    continue
                value, scale, tolerance = value
                error = close(float(row[column]), value, scale)
                worst = max(worst, error / tolerance)
                if not error <= tolerance:
                    self.fail(f"{path.name}: {column} {row[column]}, not "
                              f"{value:.9g} in {row}")
        return worst


def report(judge, path, folder, want):
    worst = judge.table(path, want)
    if worst is not None:
        print(f"  {path.relative_to(folder)}: worst difference {worst:.3g} "
              f"of the tolerance", flush=True)


def check_results(results, model, judge):
    manifest = json.loads((results / "manifest.json").read_text())
    config = manifest["configuration"]
    ids = windows(config, model)
    runs = {}  # by variant, the baseline's first
    compared = {}  # (plugin, table): {variant: rows}
    for described in manifest["variants"]:
        variant = described["name"]
        run = runs[variant] = Pass(model, ids, edits_of(
            described, runs.get("baseline")))
        for path in sorted((results / variant).glob("*/*.csv")):
            key = path.parent.name, path.stem
            if key in NO_NUMBERS:
                continue
            if key not in TABLES:
                judge.fail(f"{variant}: {key} is not known here")
                continue
            want = TABLES[key](run, runs["baseline"],
                               config.get(f"plugin {key[0]}", {}))
            report(judge, path, results,
                   [{**row, "variant": variant} for row in want])
            compared.setdefault(key, {})[variant] = want
    for path in sorted((results / "comparison").glob("*/*.csv")):
        key = path.parent.name, path.stem
        if key in COMPARISONS:
            want = COMPARISONS[key](runs, config.get(f"plugin {key[0]}", {}))
        elif path.stem.endswith("-means"):
            of = key[0], path.stem.removesuffix("-means")
            want = means(of, compared.get(of, {}))
        else:
            want = compare(key, compared.get(key, {}))
        report(judge, path, results, want)


def check(name, model, judge):
    with tempfile.TemporaryDirectory() as folder:
        results = pathlib.Path(folder) / "results"
        subprocess.run([os.environ["TRANSECT"], "run",
                        TOP / "conf" / f"{name}.ini", "--quiet",
                        "--output", results], check=True)
        check_results(results, model, judge)


def main():
    torch.set_num_threads(2)
    transformers.logging.disable_progress_bar()
    names = sys.argv[1:] or sorted(
        path.stem for path in (TOP / "conf").glob("*.ini")
        if "\nrecords" not in path.read_text())
    model = GPT2LMHeadModel.from_pretrained(
        TOP / "models/demo", attn_implementation="eager",
        dtype=torch.float32).eval().double()
    judge = Judge()
    for name in names:
        print(f"{name}.ini")
        check(name, model, judge)
    print(f"{judge.failed} differences" if judge.failed else
          f"all {judge.compared} tables agree with float64")
    sys.exit(judge.failed > 0 or judge.compared == 0)


if __name__ == "__main__":
    main()
