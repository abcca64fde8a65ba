# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT
"""Records what Hugging Face's model of a family shows in one pass."""
import functools
import sys

import torch
from torch.nn import functional


def at(module, path):
    """The module at a path, or at the first of several that is there."""
    if isinstance(path, list):
        return next((m for m in (at(module, p) for p in path) if m), None)
    for part in path.split(".") if path else []:
        module = getattr(module, part, None)
    return module if path else None


def first(value):
    return value[0] if isinstance(value, tuple) else value


class Recorder:
    """What the modules of a model take and give in one pass."""

    def __init__(self, model, family):
        self.tensors = {}
        self.attention = []  # (scores, pattern) of each layer
        self.model, self.family = model, family
        self.handles = []

    def put(self, point, layer, value):
        """OPT's MLP has no batch."""
        if value.dim() == 2:
            value = value[None]
        self.tensors[point, layer] = value.detach().clone()[0]

    def give(self, module, point, layer=None):
        if module is not None:
            self.handles.append(module.register_forward_hook(
                lambda _m, _a, output: self.put(point, layer,
                                                first(output))))

    def take(self, module, point, layer=None):
        def hook(_module, args, kwargs):
            self.put(point, layer,
                     args[0] if args else kwargs["hidden_states"])
        if module is not None:
            self.handles.append(module.register_forward_pre_hook(
                hook, with_kwargs=True))

    def fused(self, module, layer):
        def hook(_module, _args, output):
            gate, up = output.chunk(2, dim=-1)
            self.put("mlp_gate", layer, gate)
            self.put("mlp_pre", layer, up)
        if module is not None:
            self.handles.append(module.register_forward_hook(hook))

    def watch_norms(self, block, layer):
        f = self.family
        parallel = is_parallel(self.model.config)
        ln2 = at(block, f.ln2)
        if not getattr(self.model.config, "do_layer_norm_before", True):
            self.give(at(block, f.ln1), "resid_mid", layer)
            return  # the other's output is the block's
        self.give(at(block, f.ln1), "ln1", layer)
        if f.ln1 is None:  # nothing is normalized in front of the MLP
            self.take(at(block, f.mlp), "resid_mid", layer)
        elif ln2 is None:
            self.take(at(block, f.mlp), "ln2", layer)
        else:
            self.give(ln2, "ln2", layer)
            if not parallel:
                self.take(ln2, "resid_mid", layer)

    def watch_block(self, block, layer):
        f = self.family
        self.take(block, "resid_pre", layer)
        self.take(at(block, f.o), "z", layer)
        self.give(at(block, f.attn_post or f.o), "attn_out", layer)
        self.watch_norms(block, layer)
        self.give(at(block, f.up), "mlp_pre", layer)
        self.give(at(block, f.gate), "mlp_gate", layer)
        self.fused(at(block, f.fused_gate), layer)
        self.take(at(block, f.down), "mlp_post", layer)
        self.give(at(block, f.mlp_post or f.down), "mlp_out", layer)
        self.give(block, "resid_post", layer)

    def watch(self):
        body = at(self.model, self.family.body)
        self.give(at(body, self.family.embed), "embed")
        self.give(at(body, self.family.pos), "pos_embed")
        for layer, block in enumerate(at(body, self.family.layers)):
            self.watch_block(block, layer)
        self.give(at(body, self.family.final), "ln_final")


def is_parallel(config):
    if config.model_type == "falcon":
        return config.new_decoder_architecture or config.parallel_attn
    return config.model_type in ("phi", "gptj") or getattr(
        config, "use_parallel_residual", False)


def softmax(recorder, original, x, *args, **kwargs):
    y = original(x, *args, **kwargs)
    recorder.attention.append((x.detach().clone()[0],
                               y.detach().clone()[0]))
    return y


class Interception:
    """Shows q, k, v as attention takes them, and its softmax."""

    def __init__(self, recorder):
        self.recorder = recorder
        self.module = sys.modules[type(recorder.model).__module__]
        self.undo = []

    def replace(self, owner, name, function):
        self.undo.append((owner, name, getattr(owner, name)))
        setattr(owner, name, function)

    def put(self, layer, **heads):
        for point, value in heads.items():
            self.recorder.put(point, layer, value)

    def eager(self, original, module, q, k, v, *args, **kwargs):
        scale = 1.0
        if self.recorder.model.config.model_type == "opt":
            scale = module.scaling  # queries come scaled
        self.put(module.layer_idx, q=q / scale, k=k, v=v)
        return original(module, q, k, v, *args, **kwargs)

    def method(self, original, attention, q, k, v, *args, **kwargs):
        layer = getattr(attention, "layer_idx", None)
        if layer is None:
            layer = attention.layer_id
        self.put(layer, q=q, k=k, v=v)
        return original(attention, q, k, v, *args, **kwargs)

    def reshape(self, original, attention, fused):
        q, k, v = original(attention, fused)
        self.put(attention.layer_idx, q=q, k=k, v=v)
        return q, k, v

    def falcon_split(self, original, attention, fused):
        """New ones repeat keys and values for each query of a group."""
        q, k, v = original(attention, fused)
        group = 1
        if attention.new_decoder_architecture:
            group = attention.num_heads // attention.num_kv_heads
        self.group, self.layer = group, attention.layer_idx
        q, kk, vv = (t.transpose(1, 2) for t in (q, k, v))
        self.put(self.layer, q=q, k=kk[:, ::group], v=vv[:, ::group])
        return original(attention, fused)

    def falcon_rotate(self, original, q, k, *args, **kwargs):
        q, k = original(q, k, *args, **kwargs)
        self.put(self.layer, q=q, k=k[:, ::self.group])
        return q, k

    def __enter__(self):
        wrap = functools.partial
        module = self.module
        self.replace(functional, "softmax",
                     wrap(softmax, self.recorder, functional.softmax))
        classes = {"GPTJAttention": ("_attn", self.method),
                   "GPTNeoSelfAttention": ("_attn", self.method),
                   "BloomAttention": ("_reshape", self.reshape),
                   "FalconAttention": ("_split_heads", self.falcon_split)}
        for name, (method, function) in classes.items():
            if hasattr(module, name):
                owner = getattr(module, name)
                original = getattr(owner, method)
                self.replace(owner, method, lambda *args, f=function,
                             o=original, **kw: f(o, *args, **kw))
        if hasattr(module, "eager_attention_forward"):
            self.replace(module, "eager_attention_forward",
                         wrap(self.eager, module.eager_attention_forward))
        if hasattr(module, "FalconAttention"):
            self.replace(module, "apply_rotary_pos_emb",
                         wrap(self.falcon_rotate,
                              module.apply_rotary_pos_emb))

    def __exit__(self, *_):
        for owner, name, original in reversed(self.undo):
            setattr(owner, name, original)


def record(model, family, ids):
    """{(point, layer or None): (T, cols) or (heads, T, cols)}"""
    recorder = Recorder(model, family)
    recorder.watch()
    with torch.no_grad(), Interception(recorder):
        logits = model(torch.tensor([ids]), use_cache=False).logits
    for handle in recorder.handles:
        handle.remove()
    tensors = recorder.tensors
    tensors["logits", None] = logits.detach()[0]
    for layer, (scores, pattern) in enumerate(recorder.attention):
        tensors["attn_scores", layer] = scores
        tensors["pattern", layer] = pattern
    for layer in range(model.config.num_hidden_layers):
        heads = tensors["q", layer].shape[0]
        tensors["z", layer] = tensors["z", layer].unflatten(
            -1, (heads, -1)).transpose(0, 1)
    return {key: value.float().numpy() for key, value in tensors.items()}
