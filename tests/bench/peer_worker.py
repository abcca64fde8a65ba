# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT
"""What the workers share that run transect's work in other programs.

Each is a process of its own. It gets the model's folder, the file of token
ids and a number of threads, loads the model, touches all of its weights, and
answers each line of JSON on standard input by one. Requests are

    {"do": "pass", "way": W}
    {"do": "sweep", "way": W, "heads": [[layer, head], ...]}

Answers have the seconds (of a sweep, for each head), processor seconds, the
peak of memory in bytes, beyond what the process held before and beyond the
weights, and the statistics: for each layer the three largest magnitudes and
the median of resid_post, for each head its mean attention to position 0.
"""
import json
import os
import sys
import time

import torch


def status_bytes(key):
    with open("/proc/self/status") as stream:
        for line in stream:
            if line.startswith(key):
                return int(line.split()[1]) * 1024
    raise KeyError(key)


class Statistics:
    """What layerwise-stats and head-scorer measure."""

    def __init__(self, n_layer):
        self.layers = [None] * n_layer
        self.dims = [None] * n_layer
        self.heads = [None] * n_layer

    def resid_post(self, layer, x):
        """x: (1, T, D)"""
        magnitudes = x[0].abs()
        flat = magnitudes.flatten()
        top = torch.topk(flat, 3).values.tolist()
        self.layers[layer] = top + [flat.median().item()]
        self.dims[layer] = magnitudes.amax(0)

    def pattern(self, layer, pattern):
        """pattern: (1, H, T, T)"""
        self.heads[layer] = pattern[0, :, :, 0].mean(1).tolist()

    def as_json(self):
        return {"layers": self.layers, "heads": self.heads}


class Worker:
    """A peer has load(), which leaves self.weights (tensors), self.n_layer
    and self.versions; one(way), a pass that returns Statistics; and, if it
    has sweeps, prepare(way), which a sweep needs once, and
    without(way, layer, head)."""

    def __init__(self, model, ids, threads):
        torch.set_num_threads(threads)
        self.folder = model
        with open(ids) as stream:
            tokens = [int(word) for word in stream.read().split()]
        self.ids = torch.tensor([tokens])

    def prepare(self, way):
        pass

    def sweep(self, way, heads):
        self.prepare(way)
        return [self.without(way, *head) for head in heads]

    def touch(self):
        self.weight_bytes = 0
        for tensor in {t.data_ptr(): t for t in self.weights}.values():
            tensor.sum()
            self.weight_bytes += tensor.numel() * tensor.element_size()

    def answer(self, request):
        with open("/proc/self/clear_refs", "w") as stream:
            stream.write("5")  # the peak begins anew
        before = status_bytes("VmRSS:")
        wall, cpu = time.monotonic(), time.process_time()
        with torch.inference_mode():
            if request["do"] == "pass":
                results, share = [self.one(request["way"])], 1
            else:
                results = self.sweep(request["way"], request["heads"])
                share = 1 / len(results)
        wall, cpu = time.monotonic() - wall, time.process_time() - cpu
        peak = status_bytes("VmHWM:")
        return {"wall": wall * share, "cpu": cpu * share,
                "grown": peak - before, "beyond": peak - self.weight_bytes,
                "statistics": [result.as_json() for result in results]}

    def serve(self, answers):
        self.load()
        self.touch()
        print(json.dumps(self.versions), file=answers, flush=True)
        for line in sys.stdin:
            print(json.dumps(self.answer(json.loads(line))), file=answers,
                  flush=True)


def run(worker):
    # Libraries print to standard output what they like.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    model, ids, threads = sys.argv[1:]
    worker(model, ids, int(threads)).serve(answers)
