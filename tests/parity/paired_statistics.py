# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT
"""Standard errors, p- and q-values against SciPy's.

usage: paired_statistics.py FILE [--golden]

FILE is tests/data/paired-statistics.json: changes of samples, and what SciPy
makes of them, which the unit test paired-statistics holds ours to. Without
--golden the file's values must be SciPy's of today, within 1e-9.
"""
import json
import math
import pathlib
import sys

import numpy as np
import scipy.stats


def cases():
    """Lists of changes: of few and many, with ties, zeros, large offsets."""
    rng = np.random.default_rng(16)
    yield [0.5, -0.25]
    yield [1.0, 1.0, 1.0]
    yield [2.0, -2.0, 2.0, -2.0]
    yield [0.0, 0.0, 3.0, 1.0, 0.0]
    yield [1, 2, 3, -1, -2, 4, 1, 1, 0, -3]
    yield list(rng.normal(0.3, 1, 7).round(6))
    yield list(rng.normal(0, 1, 12).round(6))
    yield list(rng.normal(1e6, 1, 9).round(6))
    yield list(rng.integers(-3, 6, 15).astype(float))
    yield list((rng.normal(0.2, 1, 16) * 1e-9).round(15))
    yield list(rng.normal(0.5, 1, 18).round(6))


def lists_of_p():
    rng = np.random.default_rng(17)
    yield [0.04]
    yield [0.01, 0.04, 0.03, 0.005, 0.55, 1]
    yield [0.5, 0.5, 0.5]
    yield list(rng.uniform(0, 1, 25).round(6))
    yield list((rng.uniform(0, 1, 40) ** 4).round(9))


def two_sided(x):
    """Of the mean, with all 2^n signs."""
    return scipy.stats.permutation_test(
        (np.array(x),), lambda a, axis: np.mean(a, axis=axis),
        permutation_type="samples", alternative="two-sided", vectorized=True,
        n_resamples=np.inf).pvalue


def by_scipy():
    changes = [{"changes": [float(value) for value in x],
                "mean": float(np.mean(x)), "se": float(scipy.stats.sem(x)),
                "p": float(two_sided(x))}
               for x in cases()]
    rates = [{"p": [float(value) for value in p],
              "q": [float(value) for value in
                    scipy.stats.false_discovery_control(p, method="bh")]}
             for p in lists_of_p()]
    return {"changes": changes, "rates": rates}


def numbers(value):
    if isinstance(value, dict):
        value = [value[key] for key in sorted(value)]
    if isinstance(value, list):
        return [number for one in value for number in numbers(one)]
    return [value]


def main():
    path = pathlib.Path(sys.argv[1])
    now = by_scipy()
    if "--golden" in sys.argv:
        path.write_text(json.dumps(now, indent=1) + "\n")
        return
    kept, now = numbers(json.loads(path.read_text())), numbers(now)
    if len(kept) != len(now):
        sys.exit(f"{path}: {len(kept)} numbers, not {len(now)}")
    for a, b in zip(kept, now):
        if not math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-24):
            sys.exit(f"{path}: {a!r}, which SciPy has as {b!r}")
    print(f"paired statistics: {len(now)} numbers as SciPy "
          f"{scipy.__version__} has them")


main()
