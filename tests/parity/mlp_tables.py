# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT
"""The tables of mlp-trace and svd-alignment, by NumPy and SciPy in float64.

Importing this adds them to those of study_tables.
"""
import functools
import json
import os
import pathlib
import re
import subprocess

import numpy as np
import scipy.stats

from study_tables import INFO, KEYS, TABLES, lower_median, real

DEMO = pathlib.Path(os.environ["top_srcdir"]) / "models/demo"
CHECKPOINTS = "ln2", "mlp_pre", "mlp_post", "mlp_out"


def numbers(text, n):
    if text == "*":
        return list(range(n))
    found = set()
    for word in text.replace(",", " ").split():
        first, _, last = word.partition("-")
        found |= set(range(int(first), int(last or first) + 1))
    return sorted(found)


def chosen(run, options):
    return numbers(options.get("layers", "*"), run.n_layer)


def w_out(run, layer):
    """(F, D)"""
    weight = run.model.transformer.h[layer].mlp.c_proj.weight
    return weight.detach().numpy()


def largest(x):
    """(sample, position, column) of the largest magnitude"""
    return np.unravel_index(np.argmax(np.abs(x)), x.shape)


def checkpoints(run, _baseline, options):
    rows = []
    for layer in chosen(run, options):
        for point in CHECKPOINTS:
            x = run.get(point, layer)
            top = np.abs(x).max((1, 2)).mean()
            median = np.mean([lower_median(np.abs(sample)) for sample in x])
            _, pos, unit = largest(x)
            with np.errstate(invalid="ignore"):
                rows.append({"layer": layer, "point": point,
                             "max": real(top), "median": real(median),
                             "ratio": real(np.divide(top, median)),
                             "max_unit": unit, "max_pos": pos})
    return rows


def unit_row(run, layer, dim, unit):
    weight = w_out(run, layer)[unit, dim]
    post, out = run.get("mlp_post", layer), run.get("mlp_out", layer)
    values = post[..., unit].ravel()
    biggest = values[np.argmax(np.abs(values))]
    size = abs(weight * biggest)
    sample, pos, column = largest(out)
    whole = out[sample, pos, dim]
    off = out[sample, pos, column] == 0
    peak = np.nan if off else weight * post[sample, pos, unit]
    share = peak / whole if whole else np.nan
    return {"unit": unit, "weight": real(weight),
            "mean": real(values.mean(), abs(biggest)),
            "max": real(values.max(), abs(biggest)),
            "contribution": real(weight * biggest),
            "peak": real(peak, size),
            "share": real(share, size / abs(whole) if whole else 1)}


def units(run, baseline, options):
    given = options.get("dims", "auto")
    rows = []
    for layer in chosen(run, options):
        dims = ([int(largest(baseline.get("mlp_out", layer))[2])]
                if given == "auto" else numbers(given, 10 ** 9))
        for dim in dims:
            order = np.argsort(-np.abs(w_out(run, layer)[:, dim]),
                               kind="stable")
            for i, unit in enumerate(order[:int(options.get("units", 5))]):
                rows.append({"layer": layer, "dim": dim, "rank": i + 1,
                             **unit_row(run, layer, dim, unit)})
    return rows


@functools.lru_cache
def svd(model, layer):
    """s, u1, v1; the sign as transect-svd-alignment(7) says."""
    weight = model.transformer.h[layer].mlp.c_proj.weight.detach().numpy()
    u, s, vt = np.linalg.svd(weight, full_matrices=False)
    sign = np.sign(u[np.argmax(np.abs(u[:, 0])), 0])
    return s, sign * u[:, 0], sign * vt[0]


def singular(run, _baseline, options):
    rows = []
    for layer in chosen(run, options):
        s = svd(run.model, layer)[0]
        n = int(options.get("singular", 0)) or len(s)
        rows += [{"layer": layer, "index": i + 1, "value": real(s[i])}
                 for i in range(min(n, len(s)))]
    return rows


def counted(run, options):
    """The positions that count."""
    return slice(int(options.get("first_position", 0)), None)


def dim_of(baseline, layer, options):
    given = options.get("dim", "auto")
    if given != "auto":
        return int(given)
    out = baseline.get("mlp_out", layer)[:, counted(baseline, options)]
    return int(largest(out)[2])


def alignment(run, baseline, options):
    rows = []
    for layer in chosen(run, options):
        _, left, right = svd(run.model, layer)
        dim = dim_of(baseline, layer, options)
        where = counted(run, options)
        x = (run.get("mlp_post", layer)[:, where] @ left).ravel()
        y = run.get("mlp_out", layer)[:, where, dim].ravel()
        with np.errstate(invalid="ignore"):
            slope = np.cov(x, y, bias=True)[0, 1] / x.var()
            r2 = np.divide(np.cov(x, y, bias=True)[0, 1] ** 2,
                           x.var() * y.var())
        size = y.std() / x.std()  # the slope of a perfect correlation
        rows.append({"layer": layer, "dim": dim, "slope": real(slope, size),
                     "intercept": real(y.mean() - slope * x.mean(),
                                       abs(y.mean()) +
                                       size * abs(x.mean())),
                     "r2": real(r2, np.sqrt(r2)), "n": x.size,
                     "right_share": real(right[dim] ** 2,
                                         abs(right[dim]))})
    return rows


@functools.lru_cache
def pieces():
    """Bytes of the tokens: GPT-2 writes each byte as a visible character."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    other = [byte for byte in range(256) if byte not in plain]
    byte_of = {chr(byte): byte for byte in plain}
    byte_of |= {chr(256 + i): byte for i, byte in enumerate(other)}
    vocabulary = json.loads((DEMO / "vocab.json").read_text())
    return {number: bytes(byte_of.get(c, 63) for c in text)
            for text, number in vocabulary.items()}


@functools.lru_cache
def function_words():
    output = subprocess.run([os.environ["TRANSECT"], "plugins",
                             "svd-alignment", "--json"], check=True,
                            capture_output=True).stdout
    return next(option["default"] for option in json.loads(output)["options"]
                if option["name"] == "function_words")


LETTER = "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f"


def group_of(token, before, listed):
    text = pieces()[token].decode(errors="replace")
    follows = before is not None and re.search(
        f"[{LETTER}0-9]$", pieces()[before].decode(errors="replace"))
    if follows and not text.startswith(" "):
        return None
    word = text.removeprefix(" ")
    if not re.fullmatch(f"[{LETTER}][{LETTER}']*", word):
        return None
    lower = re.sub("[A-Z]", lambda found: found[0].lower(), word)
    return "function" if lower in listed else "content"


def groups(run, options):
    """(samples, T) names or None"""
    listed = options.get("function_words", function_words())
    listed = set(listed.lower().replace(",", " ").split())
    found = [[group_of(ids[i], ids[i - 1] if i else None, listed)
              for i in range(len(ids))] for ids in run.ids.tolist()]
    return np.array(found, dtype=object)[:, counted(run, options)]


def cosines(run, layer, options):
    post = run.get("mlp_post", layer)[:, counted(run, options)]
    return post @ svd(run.model, layer)[1] / np.linalg.norm(post, axis=-1)


def words(run, baseline, options):
    group, rows = groups(run, options), []
    for layer in chosen(run, options):
        dim = dim_of(baseline, layer, options)
        out = run.get("mlp_out", layer)[:, counted(run, options), dim]
        beyond = np.abs(out) > float(options.get("threshold", 100))
        for name in "function", "content":
            x = cosines(run, layer, options)[group == name]
            size = np.sqrt((x ** 2).mean())
            rows.append({"layer": layer, "group": name, "n": x.size,
                         "mean": real(x.mean(), size),
                         "std": real(x.std(), size),
                         "trigger_rate": real(beyond[group == name].mean())})
    return rows


def words_test(run, _baseline, options):
    group, rows = groups(run, options), []
    for layer in chosen(run, options):
        x = cosines(run, layer, options)
        a, b = x[group == "function"], x[group == "content"]
        test = scipy.stats.ttest_ind(a, b, equal_var=False)
        pooled = np.sqrt(((a.size - 1) * a.var(ddof=1) +
                          (b.size - 1) * b.var(ddof=1)) /
                         (a.size + b.size - 2))
        difference, t = a.mean() - b.mean(), test.statistic
        # Of a small t and d only so much is left as the means agree in.
        rows.append({"layer": layer,
                     "difference": real(difference, pooled),
                     "t": real(t, max(abs(t), 1)), "df": real(test.df),
                     # dp / p grows with t * dt
                     "p": real(test.pvalue, test.pvalue * (1 + t * t)),
                     "d": real(difference / pooled,
                               max(abs(difference / pooled), 1))})
    return rows


TABLES.update({
    ("mlp-trace", "checkpoints"): checkpoints,
    ("mlp-trace", "units"): units,
    ("svd-alignment", "singular"): singular,
    ("svd-alignment", "alignment"): alignment,
    ("svd-alignment", "words"): words,
    ("svd-alignment", "words-test"): words_test,
})
KEYS.update({
    ("mlp-trace", "checkpoints"): ("layer", "point"),
    ("mlp-trace", "units"): ("layer", "dim", "rank"),
    ("svd-alignment", "alignment"): ("layer", "dim"),
    ("svd-alignment", "words"): ("layer", "group"),
    ("svd-alignment", "words-test"): ("layer",),
})
INFO.update({"max_unit", "max_pos", "unit", "weight", "n", "df",
             "right_share"})
