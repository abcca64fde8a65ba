# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT
"""Patching grids by nnsight around Hugging Face's model, with eager attention.
Way "best": one trace for each layer, with a copy of the prompts for each
place, which makes logits of the last position alone."""
import nnsight
import torch
import transformers
from nnsight import NNsight

from grid_worker import GridWorker, run


class SightGrids(GridWorker):
    def load(self):
        model = transformers.AutoModelForCausalLM.from_pretrained(
            self.folder, dtype=torch.float32,
            attn_implementation="eager").eval()
        config = model.config
        self.n_head = config.num_attention_heads
        self.d_head = config.hidden_size // self.n_head
        self.weights = list(model.parameters())
        self.model = NNsight(model)
        self.gpt2 = config.model_type == "gpt2"
        self.versions = {"nnsight": nnsight.__version__,
                         "transformers": transformers.__version__,
                         "torch": torch.__version__}

    def module(self, grid, layer):
        """Whose input the point is."""
        if self.gpt2:
            block = self.model.transformer.h[layer]
            return block if grid == "resid_pre" else block.attn.c_proj
        block = self.model.model.layers[layer]
        return block if grid == "resid_pre" else block.self_attn.o_proj

    def total(self, of):
        with self.model.trace(of.prompt, logits_to_keep=1):
            logits = self.model.output.logits.save()
        return self.difference(logits, of)

    def kept(self, grid, of, layers):
        with self.model.trace(of.pair) as tracer:
            kept = nnsight.save([])
            for layer in layers:
                kept.append(self.module(grid, layer).input.clone())
            tracer.stop()
        return kept

    def cells(self, way, grid, of, layers):
        n, n_position = of.prompt.shape
        n_place = n_position if grid == "resid_pre" else self.n_head
        prompts = of.prompt.repeat(n_place, 1)
        sums = torch.zeros(len(layers), n_place)
        kept = self.kept(grid, of, layers)
        for number, layer in enumerate(layers):
            module, other = self.module(grid, layer), kept[number]
            d_head = self.d_head
            with self.model.trace(prompts, logits_to_keep=1):
                x = module.input
                for place in range(n_place):
                    rows = slice(place * n, (place + 1) * n)
                    if grid == "resid_pre":
                        x[rows, place] = other[:, place]
                    else:
                        head = slice(place * d_head, (place + 1) * d_head)
                        x[rows, :, head] = other[:, :, head]
                logits = self.model.output.logits.save()
            for place in range(n_place):
                sums[number, place] = self.difference(
                    logits[place * n:(place + 1) * n], of)
        return sums


run(SightGrids)
