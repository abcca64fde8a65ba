# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT
"""The grids of TransformerLens 4: get_act_patch_resid_pre and
get_act_patch_attn_head_out_all_pos, with a batch of all prompts of a length,
or, in the way "padded", of all. The weights are as they are."""
import os

os.environ["TQDM_DISABLE"] = "1"  # a bar for each grid

import pandas
import torch
import transformers
import transformer_lens.patching as patching

from importlib.metadata import version
from transformer_lens.model_bridge import TransformerBridge

from grid_worker import GridWorker, run

GRIDS = {"resid_pre": ("hook_resid_pre", patching.get_act_patch_resid_pre),
         "z": ("hook_z", patching.get_act_patch_attn_head_out_all_pos)}


class LensGrids(GridWorker):
    def load(self):
        model = transformers.AutoModelForCausalLM.from_pretrained(
            self.folder, dtype=torch.float32, attn_implementation="eager")
        self.n_layer = model.config.num_hidden_layers
        self.n_head = model.config.num_attention_heads
        self.lens = TransformerBridge.boot_transformers(
            self.folder, hf_model=model.eval(), device="cpu")
        self.lens.eval()
        self.weights = list(self.lens.parameters())
        self.versions = {"transformer_lens": version("transformer_lens"),
                         "transformers": transformers.__version__,
                         "torch": torch.__version__}

    def total(self, of):
        return self.difference(self.lens(of.prompt), of)

    def cells(self, way, grid, of, layers):
        hook, patch = GRIDS[grid]
        n_place = of.prompt.shape[1] if grid == "resid_pre" else self.n_head
        _, cache = self.lens.run_with_cache(
            of.pair, names_filter=lambda name: name.endswith(hook))
        some = {}
        if layers != list(range(self.n_layer)):
            name = "pos" if grid == "resid_pre" else "head"
            some = {"index_axis_names": None, "index_df": pandas.DataFrame(
                [(layer, place) for layer in layers
                 for place in range(n_place)], columns=["layer", name])}
        return patch(self.lens, of.prompt, cache,
                     lambda logits: self.difference(logits, of),
                     **some).reshape(len(layers), n_place)


run(LensGrids)
