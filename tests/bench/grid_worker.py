# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT
"""What the workers share that patch grids in other programs; see grids.py.

Each is a process of its own. It gets the model's folder, a file of pairs (JSON
Lines with prompt, pair, answer and foil as token ids) and a number of threads,
and answers each line of JSON on standard input,

    {"grid": "resid_pre" or "z", "way": W, "layers": [...]}

by one with the cells (for each layer, for each position or head the mean
difference of answer and foil at the prompts' last positions), the seconds and
the peak of memory beyond the weights, in bytes.
"""
import collections
import json
import time

import torch

from peer_worker import Worker, run, status_bytes

__all__ = ["Group", "GridWorker", "run"]

# Prompts of one pass: ids (n, T) of both, last positions and answers (n).
Group = collections.namedtuple("Group", "prompt pair last answer foil")


def group(records):
    """Shorter prompts are filled up behind their ends, where causality keeps
    what stands there from all that is looked at."""
    longest = max(len(record["prompt"]) for record in records)

    def ids(key):
        return torch.tensor([record[key] + [0] * (longest - len(record[key]))
                             for record in records])

    def first(key):
        return torch.tensor([record[key][0] for record in records])

    return Group(ids("prompt"), ids("pair"),
                 torch.tensor([len(r["prompt"]) - 1 for r in records]),
                 first("answer"), first("foil"))


class GridWorker(Worker):
    """A peer has load(), which leaves self.weights, self.n_head and
    self.versions; total(group), the sum of the differences without an edit;
    and cells(way, grid, group, layers), the sums (layers, places)."""

    def __init__(self, model, pairs, threads):
        torch.set_num_threads(threads)
        self.folder = model
        with open(pairs) as stream:
            records = [json.loads(line) for line in stream]
        self.n_records = len(records)
        self.n_position = max(len(record["prompt"]) for record in records)
        by_length = collections.defaultdict(list)
        for record in records:
            by_length[len(record["prompt"])].append(record)
        self.by_length = [group(some) for some in by_length.values()]
        self.padded = [group(records)]

    def difference(self, logits, of):
        """(n, T, V) or, of the last position alone, (n, 1, V)"""
        rows = torch.arange(len(logits))
        last = of.last if logits.shape[1] > 1 else torch.zeros_like(of.last)
        return (logits[rows, last, of.answer]
                - logits[rows, last, of.foil]).sum()

    def measure(self, request):
        layers, grid = request["layers"], request["grid"]
        n_place = self.n_position if grid == "resid_pre" else self.n_head
        sums = torch.zeros(len(layers), n_place, dtype=torch.float64)
        groups = self.padded if request["way"] == "padded" else self.by_length
        for of in groups:
            some = self.cells(request["way"], grid, of, layers)
            n = some.shape[1]
            sums[:, :n] += some
            if n < n_place:  # they have no such position
                sums[:, n:] += self.total(of)
        return (sums / self.n_records).tolist()

    def answer(self, request):
        with open("/proc/self/clear_refs", "w") as stream:
            stream.write("5")  # the peak begins anew
        began = time.monotonic()
        with torch.inference_mode():
            cells = self.measure(request)
        return {"wall": time.monotonic() - began, "cells": cells,
                "beyond": status_bytes("VmHWM:") - self.weight_bytes}
