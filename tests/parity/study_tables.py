# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT
"""The tables of transect's plugins, by plain definition in float64.

Each function takes the pass of a variant, that of the baseline (both as
study.Pass) and the plugin's options, and gives the rows: {column: value}. A
real number is (value, scale, tolerance): it may differ by tolerance * scale,
where scale is the size of what it is a part of, so that a small number among
large ones is not asked to be better than float32 makes it.
"""
import numpy as np
import scipy.stats

TOLERANCE = 1e-5


def real(value, scale=None, tolerance=TOLERANCE):
    return value, abs(value) if scale is None else scale, tolerance


def lower_median(values):
    """Of an even count the lower of the two in the middle."""
    values = np.sort(values, axis=None)
    return values[(len(values) - 1) // 2]


def magnitudes(run, layer):
    """(samples, T, D)"""
    return np.abs(run.get("resid_post", layer))


def tops(run, layer, n):
    """(samples, n), largest first"""
    flat = magnitudes(run, layer).reshape(len(run.ids), -1)
    return -np.sort(-flat, axis=1)[:, :n]


def layers(run, _baseline, options):
    n = int(options.get("top", 3))
    rows = []
    for layer in range(run.n_layer):
        x = magnitudes(run, layer)
        top = tops(run, layer, n)
        median = np.mean([lower_median(sample) for sample in x])
        _, pos, dim = np.unravel_index(np.argmax(x), x.shape)
        row = {"layer": layer}
        for i in range(n):
            row[f"top{i + 1}"] = real(top[:, i].mean())
        row["median"] = real(median)
        row["ratio"] = real(top[:, 0].mean() / median)
        row["top1_std"] = real(top[:, 0].std(), top[:, 0].mean())
        row["top1_dim"], row["top1_pos"] = dim, pos
        rows.append(row)
    return rows


def tracked_dims(baseline, options):
    given = options.get("dims", "auto")
    if given != "auto":
        return sorted(int(word) for word in given.replace(",", " ").split())
    return sorted({int(np.argmax(magnitudes(baseline, layer).max((0, 1))))
                   for layer in range(baseline.n_layer)})


def dims(run, baseline, options):
    rows = []
    for layer in range(run.n_layer):
        largest = magnitudes(run, layer).max(axis=1)  # (samples, D)
        for dim in tracked_dims(baseline, options):
            rows.append({"layer": layer, "dim": dim,
                         "mean": real(largest[:, dim].mean()),
                         "max": real(largest[:, dim].max())})
    return rows


def heads(run, _baseline, options):
    position = int(options.get("position", 0))
    scores = np.array([run.get("pattern", layer)[..., position].mean((0, 2))
                       for layer in range(run.n_layer)])  # (L, H)
    order = np.argsort(-scores.ravel(), kind="stable")
    ranks = np.empty(scores.size, dtype=int)
    ranks[order] = np.arange(1, scores.size + 1)
    return [{"layer": layer, "head": head,
             "score": real(scores[layer, head], 1),
             "rank": ranks[layer * run.n_head + head]}
            for layer in range(run.n_layer) for head in range(run.n_head)]


def attention(run, layer):
    """(T, T), the mean over samples and heads"""
    return run.get("pattern", layer).mean((0, 1))


def attention_map(run, _baseline, options):
    window = int(options.get("positions", 32))
    rows = []
    for layer in range(run.n_layer):
        mean = attention(run, layer)
        for query in range(min(window, len(mean))):
            rows += [{"layer": layer, "head": "mean", "query": query,
                      "key": key, "attention": real(mean[query, key], 1)}
                     for key in range(query + 1)]
    return rows


def attention_keys(run, _baseline, _options):
    rows = []
    for layer in range(run.n_layer):
        mean = attention(run, layer)
        n = len(mean)
        rows += [{"layer": layer, "head": "mean", "key": key,
                  "token": run.label(run.ids[0][key]) if len(run.ids) == 1
                  else "",
                  "attention": real(mean[:, key].mean(), 1),
                  "seen": real(mean[key:, key].mean(), 1)}
                 for key in range(n)]
    return rows


def losses(run, skip):
    """(samples, predictions), in nats"""
    logits = run.get("logits")[:, skip:-1]
    targets = run.ids[:, skip + 1:]
    largest = logits.max(axis=-1, keepdims=True)
    log_sum = np.log(np.exp(logits - largest).sum(axis=-1))
    chosen = np.take_along_axis(logits, targets[..., None], axis=-1)
    return log_sum + largest[..., 0] - chosen[..., 0]


def loss_row(loss):
    # An error of the loss is a relative error of the perplexity.
    return {"predictions": loss.size, "loss": real(loss.mean()),
            "perplexity": real(np.exp(loss.mean()),
                               np.exp(loss.mean()) * loss.mean())}


def loss_samples(run, _baseline, options):
    return [{"sample": sample, **loss_row(loss)} for sample, loss
            in enumerate(losses(run, int(options.get("skip", 0))))]


def loss_summary(run, _baseline, options):
    return [loss_row(losses(run, int(options.get("skip", 0))))]


def surface_dims(baseline, layer, options):
    """Those of the largest magnitudes of the first sample, ascending."""
    largest = magnitudes(baseline, layer)[0].max(axis=0)
    top = int(options.get("top", 10))
    return sorted(np.argsort(-largest, kind="stable")[:top])


def surface(layer):
    def rows(run, baseline, options):
        x = magnitudes(run, layer)[0]
        return [{"pos": pos, "token": run.label(run.ids[0][pos]), "dim": dim,
                 "magnitude": real(x[pos, dim], np.linalg.norm(x[pos]))}
                for pos in range(len(x))
                for dim in surface_dims(baseline, layer, options)]
    return rows


def surface_change(runs, options):
    layer = int(options["layers"])
    baseline = runs["baseline"]
    before = magnitudes(baseline, layer)[0]
    size = np.linalg.norm(before, axis=1)
    rows = []
    for variant, run in runs.items():
        if run is baseline:
            continue
        for dim in surface_dims(baseline, layer, options):
            change = magnitudes(run, layer)[0][:, dim] - before[:, dim]
            pos = np.argmax(abs(change))
            rows.append({
                "variant": variant, "point": "resid_post", "layer": layer,
                "dim": dim,
                "total_change": real(abs(change).sum(), size.sum()),
                "largest_change": real(change[pos], size[pos]),
                "largest_pos": pos,
                "largest_token": run.label(run.ids[0][pos])})
    return rows


def change_row(before, after):
    """Rounding of both is in their difference."""
    if not isinstance(before, tuple):  # whole numbers
        before, after = (before, before, 0), (after, after, 0)
    values = np.array([before[0], after[0]], dtype=float)
    change = values[1] - values[0]
    size = max(abs(values).max(), before[1], after[1])
    tolerance = 2 * max(before[2], after[2], 1e-9)
    with np.errstate(divide="ignore"):  # from 0 to something is infinite
        percent = 100 * change / abs(values[0]) if change else 0.0
    # An error of the baseline counts in what is divided, and in what it is
    # divided by. Of a baseline that may be rounding no percentage is known.
    by = abs(values[0]) or 1
    scale = 100 * (size + abs(change) * before[1] / by) / by
    if before[1] > 0 and abs(values[0]) <= before[1] * tolerance:
        scale = np.inf
    return {"baseline": real(values[0], before[1], tolerance),
            "value": real(values[1], after[1], tolerance),
            "change": real(change, size, tolerance),
            "change_pct": real(percent, scale, tolerance)}


def compare(key, by_variant):
    """Rows of comparison/PLUGIN/TABLE.csv: {variant: rows} of a table, the
    baseline's first, whose rows have the same keys in all variants."""
    rows = []
    baseline = by_variant.get("baseline", [])
    for variant, table in by_variant.items():
        if variant == "baseline":
            continue
        for before, after in zip(baseline, table):
            keys = {name: after[name] for name in KEYS[key]}
            for metric in after:
                if metric in KEYS[key] or metric in INFO:
                    continue
                rows.append({"variant": variant, **keys, "metric": metric,
                             **change_row(before[metric], after[metric])})
    return rows


def sign_flip_p(changes, error):
    """The part of all signs whose sum is as far from 0; where changes have
    this error, those that are near may be on either side."""
    n = len(changes)
    if n > 20:
        raise ValueError(f"{n} samples are too many to try all signs")
    signs = 1 - 2 * (np.arange(2 ** n)[:, None] >> np.arange(n) & 1)
    beyond = abs(signs @ changes) - abs(changes.sum())
    p = (beyond >= -1e-12 * abs(changes).sum()).mean()
    return real(p, 1, (abs(beyond) <= n * error).mean())


def means(key, by_variant):
    """Rows of comparison/PLUGIN/TABLE-means.csv: those of compare() of a table
    whose rows are samples, as means over them."""
    changed = {}  # (variant, metric): rows
    for row in compare(key, by_variant):
        changed.setdefault((row["variant"], row["metric"]), []).append(row)
    rows = []
    for (variant, metric), samples in changed.items():
        row = {"variant": variant, "metric": metric}
        for column in "baseline", "value", "change":
            values, scales, tolerances = zip(*(s[column] for s in samples))
            row[column] = real(np.mean(values), max(scales), max(tolerances))
        changes = np.array([s["change"][0] for s in samples])
        _, size, tolerance = row["change"]
        row["se"] = real(scipy.stats.sem(changes), size, tolerance)
        row["p"] = sign_flip_p(changes, size * tolerance)
        row["n"] = len(samples)
        rows.append(row)
    return rows


def coordinates(run, _baseline, _options):
    return run.coordinates


def p_value(change, size):
    """Of a mean that is not 0, by Student's t; an error of the losses moves t
    by so much of a standard error."""
    test = scipy.stats.ttest_1samp(change, 0)
    error = change.std(ddof=1) / len(change) ** 0.5
    density = scipy.stats.t.pdf(test.statistic, len(change) - 1)
    off = size / error * (1 + abs(test.statistic))
    return real(test.pvalue, max(test.pvalue, 2 * density * off))


def loss_changes(runs, options):
    """Paired by sample; rounding is that of the losses."""
    skip = int(options.get("skip", 0))
    means = {name: losses(run, skip).mean(axis=1)
             for name, run in runs.items()}  # (samples)
    rows = []
    for name, after in means.items():
        if name == "baseline":
            continue
        change = after - means["baseline"]
        size = max(after.max(), means["baseline"].max())
        factor = np.exp(change.mean())
        rows.append({
            "variant": name,
            "loss_change": real(change.mean(), size),
            "standard_error": real(change.std(ddof=1) / len(change) ** 0.5,
                                   size),
            "p": p_value(change, size),
            "perplexity_factor": real(factor, factor * size)})
    return rows


TABLES = {
    ("attention-map", "map"): attention_map,
    ("attention-map", "keys"): attention_keys,
    ("coordinate-editor", "coordinates"): coordinates,
    ("layerwise-stats", "layers"): layers,
    ("layerwise-stats", "dims"): dims,
    ("head-scorer", "heads"): heads,
    ("perplexity", "samples"): loss_samples,
    ("perplexity", "summary"): loss_summary,
    ("3d-exporter", "surface-L2"): surface(2),
}

# Those that plugins make of all variants: functions of {variant: pass}.
COMPARISONS = {
    ("3d-exporter", "change"): surface_change,
    ("perplexity", "changes"): loss_changes,
}

# Columns that say what a row is about, and those that are not compared.
KEYS = {
    ("attention-map", "map"): ("layer", "head", "query", "key"),
    ("attention-map", "keys"): ("layer", "head", "key"),
    ("layerwise-stats", "layers"): ("layer",),
    ("layerwise-stats", "dims"): ("layer", "dim"),
    ("head-scorer", "heads"): ("layer", "head"),
    ("perplexity", "samples"): ("sample",),
    ("perplexity", "summary"): (),
    ("3d-exporter", "surface-L2"): ("pos", "dim"),
}
INFO = {"top1_dim", "top1_pos", "predictions", "token"}

# What an editor did, in words.
NO_NUMBERS = {("pruner", "pruned")}
