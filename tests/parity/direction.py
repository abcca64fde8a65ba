# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT
"""Compares the plugin direction with scikit-learn on the same vectors.

usage: direction.py [--golden]

Run by `make check-parity`, or by hand with top_srcdir and TRANSECT (the
program) in the environment. Made-up vectors are token embeddings of a model
made here, one token a sample, so that both see the same bits at the hook point
embed; those of each layer of the model that ships, and of the GGUF file that
TRANSECT_SMOLLM2 names, come from activation-export in the same run. Directions
and held-out scores must agree within BOUND of their size; accuracies, also
those of shuffled labels, must be equal. --golden writes what `make check`
holds the plugin to.
"""
import csv
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import sklearn
from safetensors.numpy import load_file, save_file
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import PredefinedSplit, cross_val_predict
from sklearn.neighbors import NearestCentroid
from sklearn.pipeline import make_pipeline

BOUND = 1e-6
TOP = pathlib.Path(os.environ["top_srcdir"])
GOLDEN = TOP / "tests/data/direction.json"
METHODS = "mean", "pca", "logistic"

EXPERIMENT = """
[experiment]
name = x
[model]
path = .
[input]
records = records.jsonl
label = label
[run]
seed = 7
[plugin direction]
points = embed
folds = {folds}
c = {c}
shuffles = 1
"""

PROMPTS = """
[experiment]
name = x
[model]
path = {model}
[input]
records = {records}
label = label
[plugin direction]
shuffles = 1
[plugin activation-export]
points = resid_post
positions = last
"""


def blobs(seed, n, width, apart, odd=0):
    """n rows of two classes, every third of class 1 if odd; float32."""
    random = np.random.default_rng(seed)
    y = np.arange(n) % (3 if odd else 2) == 1
    x = random.normal(size=(n, width)) * np.linspace(3, 0.5, width)
    x += np.where(y, apart, 0)[:, None] * random.normal(size=width)
    return x.astype("<f4"), y


def massive(seed, n, width):
    """Two coordinates far larger than all others, as models have them."""
    x, y = blobs(seed, n, width, 0.5)
    x[:, 3] += 3000
    x[:, 5] = x[:, 5] * 20 - 800
    return x, y


# Rows, folds, c.
CASES = {
    "fewer rows than columns": (lambda: blobs(1, 24, 40, 0.6), 4, 1),
    "more rows than columns": (lambda: blobs(2, 60, 12, 0.5), 5, 1),
    "unequal classes": (lambda: blobs(3, 32, 40, 0.4, odd=1), 4, 1),
    "no difference": (lambda: blobs(4, 40, 40, 0), 5, 1),
    "strong penalty": (lambda: blobs(5, 40, 30, 0.3), 5, 1e-3),
    "weak penalty": (lambda: blobs(6, 40, 64, 0.3), 5, 1e3),
    "massive, few rows": (lambda: massive(7, 28, 36), 5, 1),
    "massive, many rows": (lambda: massive(8, 160, 32), 5, 1),
}
IN_GOLDEN = ("fewer rows than columns", "more rows than columns",
             "unequal classes", "massive, few rows")


def table(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def write_model(folder, x):
    """A GPT-2 of one layer whose token embeddings are x."""
    n, width = x.shape
    inner = 4
    shapes = {"ln_1.weight": [width], "ln_1.bias": [width],
              "attn.c_attn.weight": [width, 3 * width],
              "attn.c_attn.bias": [3 * width],
              "attn.c_proj.weight": [width, width],
              "attn.c_proj.bias": [width],
              "ln_2.weight": [width], "ln_2.bias": [width],
              "mlp.c_fc.weight": [width, inner], "mlp.c_fc.bias": [inner],
              "mlp.c_proj.weight": [inner, width], "mlp.c_proj.bias": [width]}
    tensors = {f"transformer.h.0.{name}": np.zeros(shape, "<f4")
               for name, shape in shapes.items()}
    tensors |= {"transformer.wte.weight": x,
                "transformer.wpe.weight": np.zeros((4, width), "<f4"),
                "transformer.ln_f.weight": np.ones(width, "<f4"),
                "transformer.ln_f.bias": np.zeros(width, "<f4")}
    save_file(tensors, folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps({
        "model_type": "gpt2", "n_layer": 1, "n_head": 1, "n_embd": width,
        "n_inner": inner, "n_positions": 4, "vocab_size": n,
        "layer_norm_epsilon": 1e-5, "activation_function": "gelu_new"}))
    # Records want a tokenizer, though their prompts are ids.
    (folder / "vocab.json").write_text(
        json.dumps({f"t{i}": i for i in range(n)}))
    (folder / "merges.txt").write_text("#version: 0.2\n")


def run(folder, x, y, folds, c):
    write_model(folder, x)
    (folder / "records.jsonl").write_text("".join(
        json.dumps({"text": [i], "label": int(label)}) + "\n"
        for i, label in enumerate(y)))
    (folder / "x.ini").write_text(EXPERIMENT.format(folds=folds, c=c))
    subprocess.run([os.environ["TRANSECT"], "run", "--quiet", "--output",
                    folder / "out", folder / "x.ini"], check=True,
                   stdout=subprocess.DEVNULL)
    return folder / "out/baseline/direction"


def estimator(method, c):
    if method == "mean":
        return NearestCentroid()
    if method == "pca":
        return make_pipeline(PCA(1, svd_solver="full"), NearestCentroid())
    return LogisticRegression(C=c, solver="newton-cholesky", tol=1e-14,
                              max_iter=1000)


def rule(method, c, x, y):
    """w, b of the estimator made from these."""
    made = clone(estimator(method, c)).fit(x, y)
    if method == "logistic":
        return made.coef_[0], made.intercept_[0]
    if method == "mean":
        w = made.centroids_[1] - made.centroids_[0]
    else:
        w = made[0].components_[0]
    projected = x @ w
    means = projected[~y].mean(), projected[y].mean()
    if means[1] < means[0]:
        w = -w
        means = -means[0], -means[1]
    return w, -sum(means) / 2


def expected(method, c, x, y, fold, shuffled):
    """Of all samples: w, b; held-out scores; accuracy, that of a shuffle."""
    w, b = rule(method, c, x, y)
    scores = np.empty(len(y))
    for k in set(fold):
        out = fold == k
        a, at = rule(method, c, x[~out], y[~out])
        scores[out] = x[out] @ a + at
    right = [(cross_val_predict(estimator(method, c), x, labels,
                                cv=PredefinedSplit(fold)) == labels)
             for labels in (y, shuffled)]
    return w, b, scores, right[0].mean(), right[1].mean()


def compare(name, method, want, got):
    """Returns whether all is within the bounds."""
    w, b, scores, accuracy, control = want
    size = max(np.abs(scores).max(), abs(b))
    off = (np.linalg.norm(got[0] - w) / np.linalg.norm(w),
           np.abs(got[2] - scores).max() / size, abs(got[1] - b) / size)
    fine = (max(off) < BOUND and np.isclose(got[3], accuracy, rtol=1e-8) and
            np.isclose(got[4], control, rtol=1e-8))
    print(f"{name}, {method}: w {off[0]:.0e}, scores {off[1]:.0e}, b "
          f"{off[2]:.0e}; accuracy {got[3]:.4f} {accuracy:.4f}, shuffled "
          f"{got[4]:.4f} {control:.4f}{'' if fine else '  DIFFERS'}")
    return fine


def got_of(out, layer, method):
    """w, b, scores, accuracy and control of the plugin's tables."""
    stem = f"embed.{method}" if layer < 0 else f"resid_post.L{layer}.{method}"

    def rows(name):
        return [row for row in table(out / f"{name}.csv")
                if row["method"] == method and int(row["layer"]) == layer]
    accuracy, = rows("accuracy")
    direction, = rows("directions")
    return (load_file(out / f"{stem}.safetensors")[stem].astype(float),
            float(direction["bias"]),
            np.array([float(row["score"]) for row in rows("scores")]),
            float(accuracy["accuracy"]), float(accuracy["control"]))


def dealt(out):
    """Classes, folds, shuffled classes."""
    rows = table(out / "folds.csv")
    labels = np.array([row["label"] for row in rows])
    shuffled = np.array([row["shuffled"] for row in rows])
    return (labels == max(labels), np.array([int(r["fold"]) for r in rows]),
            shuffled == max(labels))


def check_made(name, golden):
    make, folds, c = CASES[name]
    x, y = make()
    fine = True
    with tempfile.TemporaryDirectory() as folder:
        out = run(pathlib.Path(folder), x, y, folds, c)
        _, fold, shuffled = dealt(out)
        golden[name] = {"c": c, "folds": folds, "width": x.shape[1],
                        "rows": [float(str(value)) for value in x.ravel()],
                        "classes": y.astype(int).tolist(),
                        "fold": fold.tolist(),
                        "shuffled": shuffled.astype(int).tolist()}
        for method in METHODS:
            want = expected(method, c, x.astype(float), y, fold, shuffled)
            fine &= compare(name, method, want, got_of(out, -1, method))
            golden[name][method] = {
                "w": want[0].tolist(), "b": want[1],
                "scores": want[2].tolist(), "accuracy": want[3],
                "control": want[4]}
    return fine


def check_model(name, path):
    """All layers, with the prompts of conf/direction.ini."""
    fine = True
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "x.ini").write_text(PROMPTS.format(
            model=path, records=(TOP / "data/quotations.jsonl").resolve()))
        subprocess.run([os.environ["TRANSECT"], "run", "--quiet", "--output",
                        folder / "out", folder / "x.ini"], check=True,
                       stdout=subprocess.DEVNULL)
        out = folder / "out/baseline/direction"
        y, fold, shuffled = dealt(out)
        for file in sorted((folder / "out/baseline/activation-export").glob(
                "resid_post.L*.npy")):
            layer = int(file.stem.removeprefix("resid_post.L"))
            x = np.load(file).astype(float)
            for method in METHODS:
                fine &= compare(f"{name}, layer {layer}", method,
                                expected(method, 1, x, y, fold, shuffled),
                                got_of(out, layer, method))
    return fine


def main():
    golden, fine = {}, True
    print(f"scikit-learn {sklearn.__version__}")
    for name in CASES:
        fine &= check_made(name, golden)
    fine &= check_model("models/demo", (TOP / "models/demo").resolve())
    if os.environ.get("TRANSECT_SMOLLM2"):
        fine &= check_model("SmolLM2", os.environ["TRANSECT_SMOLLM2"])
    if sys.argv[1:] == ["--golden"]:
        GOLDEN.write_text("".join((
            "{\n", ",\n".join(f'"{name}": {json.dumps(golden[name])}'
                              for name in IN_GOLDEN), "\n}\n")))
    sys.exit(not fine)


if __name__ == "__main__":
    main()
