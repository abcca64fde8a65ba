# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT
"""transect-coordinate-editor(7) in float64, by the rules of its manual."""
import sys

import numpy as np

from study_tables import lower_median, magnitudes, real


def facts(baseline):
    """Means over samples: magnitudes (L, T, D), values, medians (L)."""
    n = range(baseline.n_layer)
    return (np.array([magnitudes(baseline, layer).mean(axis=0)
                      for layer in n]),
            np.array([baseline.get("resid_post", layer).mean(axis=0)
                      for layer in n]),
            np.array([np.mean([lower_median(sample) for sample
                               in magnitudes(baseline, layer)])
                      for layer in n]))


def appears(size, medians):
    """The layer of the coordinate with the largest ratio."""
    ratios = size / medians[:, None, None]
    _, position, dim = np.unravel_index(np.argmax(ratios), ratios.shape)
    line = ratios[:, position, dim]
    return int(np.argmax(line >= line.max() / 2))


def ordinary(found, size, median):
    """One for each of found: the nearest to the median at its position."""
    taken = list(found)
    for position, _ in found:
        order = np.argsort(abs(size[position] - median), kind="stable")
        dim = next(int(dim) for dim in order if (position, dim) not in taken)
        taken.append((position, dim))
    return taken[len(found):]


def coordinate_edit(options, baseline):
    """Leaves the rows of coordinates.csv in run.coordinates."""
    if options["point"] != "resid_post" or options["layers"] != "auto" or \
            options["coordinates"] not in ("auto", "control"):
        sys.exit("coordinate-editor: these options are not known here")
    size, value, medians = facts(baseline)
    layer = appears(size, medians)
    size, value, median = size[layer], value[layer], medians[layer]
    order = np.argsort(-size, axis=None, kind="stable")
    chosen = [tuple(int(i) for i in np.unravel_index(place, size.shape))
              for place in order[:int(options["top"])]]
    if options["coordinates"] == "control":
        chosen = ordinary(chosen, size, median)
    words = {"zero": lambda at: 0.0, "mean": lambda at: value[at]}
    new = words.get(options["value"],
                    lambda at: float(options["value"]))

    def change(tensor):
        tensor = tensor.clone()
        for at in chosen:
            tensor[:, at[0], at[1]] = new(at)
        return tensor

    def edit(run):
        run.after(run.model.transformer.h[layer], change)
        run.coordinates = [
            {"layer": layer, "position": at[0], "dim": at[1],
             "value": real(new(at), size[at]),
             "mean": real(value[at], size[at]), "magnitude": real(size[at]),
             "ratio": real(size[at] / median)} for at in chosen]
    return edit
