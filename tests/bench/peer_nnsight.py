# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT
"""nnsight around Hugging Face's model, with eager attention. Ways: "usual",
which saves resid_post and patterns of all layers and measures them after a
whole pass; "best", which measures inside of the trace and stops after the
last block."""
import nnsight
import torch
import transformers
from nnsight import NNsight

from peer_worker import Statistics, Worker, run


def first(output):
    return output[0] if isinstance(output, tuple) else output


class Sight(Worker):
    def load(self):
        model = transformers.GPT2LMHeadModel.from_pretrained(
            self.folder, attn_implementation="eager").eval()
        self.n_layer = model.config.n_layer
        self.d_head = model.config.n_embd // model.config.n_head
        self.weights = list(model.parameters())
        self.model = NNsight(model)
        self.versions = {"nnsight": nnsight.__version__,
                         "transformers": transformers.__version__,
                         "torch": torch.__version__}

    def one(self, way):
        return self.trace(way, -1, -1)

    def without(self, way, layer, head):
        return self.trace(way, layer, head)

    def trace(self, way, off, head):
        """head of layer off is off; -1: none is"""
        statistics = Statistics(self.n_layer)
        blocks = self.model.transformer.h
        columns = slice(head * self.d_head, (head + 1) * self.d_head)
        n_layer = self.n_layer
        if way == "usual":
            with self.model.trace(self.ids):
                saved = nnsight.save([])
                for layer in range(n_layer):
                    if layer == off:
                        blocks[layer].attn.c_proj.input[:, :, columns] = 0
                    saved.append((blocks[layer].attn.output[1],
                                  first(blocks[layer].output)))
            for layer, (pattern, x) in enumerate(saved):
                statistics.pattern(layer, pattern)
                statistics.resid_post(layer, x)
        else:
            with self.model.trace(self.ids) as tracer:
                for layer in range(n_layer):
                    if layer == off:
                        blocks[layer].attn.c_proj.input[:, :, columns] = 0
                    statistics.pattern(layer, blocks[layer].attn.output[1])
                    statistics.resid_post(layer, first(blocks[layer].output))
                tracer.stop()
        return statistics


run(Sight)
