# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT
"""TransformerLens, by run_with_hooks, with the weights as they are: before
version 4 its HookedTransformer, since then its TransformerBridge. Nothing is
fetched: the model is the folder's. Ways: "usual", with logits; "best", without
them; of HookedTransformer's sweeps also "start", which begins at the block of
the head, from a residual stream that was kept."""
import torch
import transformers

from importlib.metadata import version
from peer_worker import Statistics, Worker, run

try:
    from transformer_lens import HookedTransformer, HookedTransformerConfig
except ImportError:
    from transformer_lens import TransformerBridge
    HookedTransformer = None


def hooked(model):
    from transformer_lens.pretrained.weight_conversions.gpt2 import (
        convert_gpt2_weights)
    shape = model.config
    config = HookedTransformerConfig(
        n_layers=shape.n_layer, d_model=shape.n_embd, n_ctx=shape.n_positions,
        n_heads=shape.n_head, d_head=shape.n_embd // shape.n_head,
        d_mlp=4 * shape.n_embd, d_vocab=shape.vocab_size,
        act_fn=shape.activation_function, eps=shape.layer_norm_epsilon,
        normalization_type="LN", use_attn_scale=True, device="cpu")
    lens = HookedTransformer(config, move_to_device=False)
    lens.load_state_dict(convert_gpt2_weights(model, config), strict=False)
    return lens


class Lens(Worker):
    def load(self):
        model = transformers.GPT2LMHeadModel.from_pretrained(
            self.folder, attn_implementation="eager")
        if HookedTransformer:
            self.lens = hooked(model)
        else:
            self.lens = TransformerBridge.boot_transformers(
                self.folder, hf_model=model, device="cpu")
        self.lens.eval()
        self.n_layer = model.config.n_layer
        self.weights = list(self.lens.parameters())
        self.versions = {"transformer_lens": version("transformer_lens"),
                         "transformers": transformers.__version__,
                         "torch": torch.__version__}

    def observers(self, statistics, first=0):
        """Hooks of the layers from `first` on."""
        hooks = []
        for layer in range(first, self.n_layer):
            def on_resid(x, hook, layer=layer):
                statistics.resid_post(layer, x)

            def on_pattern(pattern, hook, layer=layer):
                statistics.pattern(layer, pattern)

            hooks += [(f"blocks.{layer}.hook_resid_post", on_resid),
                      (f"blocks.{layer}.attn.hook_pattern", on_pattern)]
        return hooks

    def run_hooks(self, way, hooks, layer=None):
        x, more = self.ids, {}
        if way != "usual" and HookedTransformer:
            more["stop_at_layer"] = self.n_layer
        elif way != "usual":
            more["logits_to_keep"] = 1
        if way == "start" and layer is not None:
            x, more["start_at_layer"] = self.kept[layer], layer
        self.lens.run_with_hooks(x, fwd_hooks=hooks, **more)

    def one(self, way):
        statistics = Statistics(self.n_layer)
        self.run_hooks(way, self.observers(statistics))
        return statistics

    def prepare(self, way):
        def keep(x, hook):
            self.kept[hook.layer()] = x.clone()

        if way == "start":
            self.kept = {}
            self.run_hooks("best", [(f"blocks.{layer}.hook_resid_pre", keep)
                                    for layer in range(self.n_layer)])

    def without(self, way, layer, head):
        def off(z, hook):
            z[:, :, head] = 0
            return z

        statistics = Statistics(self.n_layer)
        hooks = [(f"blocks.{layer}.attn.hook_z", off)]
        hooks += self.observers(statistics, layer if way == "start" else 0)
        self.run_hooks(way, hooks, layer)
        return statistics


run(Lens)
