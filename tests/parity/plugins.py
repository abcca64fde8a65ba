# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT
"""Compares mlp-trace and svd-alignment with NumPy and SciPy on random models.

usage: plugins.py [MODEL-NAME...]

Run by `make check-parity`, or by hand with top_srcdir, top_builddir and
TRANSECT (the program) in the environment. Each model has random weights and
the tokenizer of the model that ships. Its samples run through transect, and
through Hugging Face's GPT2LMHeadModel in float64; every number of every table,
of variants and of comparisons is computed again from what that shows (see
study.py). Exit status 1 if one differs by more than its tolerance.
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import torch
import transformers
from transformers import GPT2LMHeadModel

import mlp_tables  # for its tables
import study

# Options of make-model, samples, length, options of the two plugins.
MODELS = {
    "plain": ("--layers 3 --heads 4 --width 64 --context 128", 6, 128, "",
              "threshold = 0.5"),
    "odd": ("--layers 4 --heads 3 --width 33 --inner 50 --context 100 "
            "--act gelu", 5, 77, "layers = 1-2\ndims = 0 7 32\nunits = 50",
            "layers = 0 3\ndim = 7\nsingular = 4\nfirst_position = 1\n"
            "threshold = 0.2"),
    "narrow": ("--layers 2 --heads 2 --width 80 --inner 24 --context 300 "
               "--act relu --dtype F16", 3, 300, "units = 3",
               "function_words = the a of, THAT\nthreshold = 1"),
    "long": ("--layers 2 --heads 4 --width 128 --context 1024 "
             "--dtype BF16", 2, 1024, "", "threshold = 1"),
}

EXPERIMENT = """
[experiment]
name = {name}
[model]
path = {model}
[input]
files = {text}
samples = {samples}
length = {length}
[plugin mlp-trace]
{trace}
[plugin svd-alignment]
{alignment}
[variant attention-off]
pruner.attention = *
[variant heads-off]
pruner.heads = L0H* L1H1
[variant mlps-off]
pruner.mlps = 1
"""


def make_model(name, folder):
    program = pathlib.Path(os.environ["top_builddir"]) / "tests/make-model"
    subprocess.run([program, folder, "--vocab", "2048", "--seed",
                    str(len(name)), *MODELS[name][0].split()], check=True)
    for file in "vocab.json", "merges.txt", "tokenizer_config.json":
        shutil.copy(mlp_tables.DEMO / file, folder)


def check(name, folder, judge):
    model_folder, ini = folder / "model", folder / "experiment.ini"
    make_model(name, model_folder)
    _, samples, length, trace, alignment = MODELS[name]
    ini.write_text(EXPERIMENT.format(
        name=name, model=model_folder, samples=samples, length=length,
        text=(study.TOP / "data/sample.txt").resolve(), trace=trace,
        alignment=alignment))
    subprocess.run([os.environ["TRANSECT"], "run", ini, "--quiet",
                    "--output", folder / "results"], check=True,
                   stdout=subprocess.DEVNULL)
    model = GPT2LMHeadModel.from_pretrained(
        model_folder, attn_implementation="eager",
        dtype=torch.float32).eval().double()
    study.check_results(folder / "results", model, judge)


def main():
    names = sys.argv[1:] or MODELS
    if not set(names) <= set(MODELS):
        sys.exit(f"the models are {' '.join(MODELS)}")
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    judge = study.Judge()
    for name in names:
        print(name)
        with tempfile.TemporaryDirectory() as folder:
            check(name, pathlib.Path(folder), judge)
    print(f"{judge.failed} differences" if judge.failed else
          f"all {judge.compared} tables agree with float64")
    sys.exit(judge.failed > 0 or judge.compared == 0)


if __name__ == "__main__":
    main()
