# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT
"""Hugging Face transformers: eager attention, with output_hidden_states and
output_attentions. Ways of a pass: "usual", the model with its logits; "best",
its body alone, without them. The last of hidden_states has been normalized,
so that the last resid_post is got by a hook."""
import torch
import transformers

from peer_worker import Statistics, Worker, run


class Transformers(Worker):
    def load(self):
        self.model = transformers.GPT2LMHeadModel.from_pretrained(
            self.folder, attn_implementation="eager").eval()
        self.blocks = self.model.transformer.h
        self.n_layer = len(self.blocks)
        self.weights = list(self.model.parameters())
        self.versions = {"transformers": transformers.__version__,
                         "torch": torch.__version__}
        self.blocks[-1].register_forward_hook(self.keep_last)

    def keep_last(self, module, inputs, output):
        self.last = output[0] if isinstance(output, tuple) else output

    def one(self, way):
        model = self.model if way == "usual" else self.model.transformer
        statistics = Statistics(self.n_layer)
        output = model(self.ids, output_hidden_states=True,
                       output_attentions=True, use_cache=False)
        hidden = [*output.hidden_states[1:-1], self.last]
        for layer, (x, pattern) in enumerate(zip(hidden, output.attentions)):
            statistics.resid_post(layer, x)
            statistics.pattern(layer, pattern)
        return statistics


run(Transformers)
