# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT
"""Compares the hook points of every family with Hugging Face's model of it.

usage: families.py [--table FILE] [--golden FOLDER] [FAMILY...]

Run by `make check-parity`, or by hand with top_builddir in the environment.
For each family several configurations are drawn: sizes at random, and between
them every switch of the family's config that is supported. Weights are random
too, gains are not 1 and biases not 0. Each is saved by save_pretrained, run by
tests/parity-dump, and by Hugging Face in float32 with eager attention.

A difference is the largest one in a row over the norm of Hugging Face's row,
and the worst row counts; of logits it is absolute. Scores are judged over the
largest that the row could hold, |q_i| max_j |k_j| scale, because those of
early rows may cancel. ALiBi's part of a score counts from the query here and
from the sample's start there, which a softmax does not see: scores are then
compared less that of the query's own position.

--table writes the worst errors as Markdown, --golden the small models that
`make check` compares without Python. Exit status 1 if anything exceeds its
tolerance.
"""
import argparse
import functools
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile

import numpy as np
import torch
import transformers
from safetensors.numpy import save_file
from torch.nn import functional
from transformers import AutoConfig, AutoModelForCausalLM

TOLERANCE = 1e-5
LOGIT_TOLERANCE = 5e-5
SEED = 20190214

POINTS = ["embed", "pos_embed", "resid_pre", "ln1", "q", "k", "v",
          "attn_scores", "pattern", "z", "attn_out", "resid_mid", "ln2",
          "mlp_pre", "mlp_gate", "mlp_post", "mlp_out", "resid_post",
          "ln_final", "logits"]


class Family:
    """Where Hugging Face's modules show which point. Paths begin at the body
    or, with layer names, at a block. `switches` are configurations: what each
    sets beside the sizes."""

    def __init__(self, switches, body="model", layers="layers",
                 embed="embed_tokens", pos=None, final="norm",
                 ln1="input_layernorm", ln2="post_attention_layernorm",
                 o="self_attn.o_proj", attn_post=None, mlp="mlp",
                 up="mlp.up_proj", gate="mlp.gate_proj",
                 down="mlp.down_proj", mlp_post=None, fused_gate=None,
                 sizes="llama", kv=True, d_head=True):
        self.__dict__.update(locals())


def rope(kind, **more):
    return {"rope_parameters": {"rope_type": kind, "rope_theta": 10000.0,
                                **more}}


LINEAR = rope("linear", factor=2.5)
DYNAMIC = rope("dynamic", factor=3.0)
LLAMA3 = rope("llama3", factor=8.0, low_freq_factor=1.0,
              high_freq_factor=4.0, original_max_position_embeddings=16)
YARN = rope("yarn", factor=4.0, original_max_position_embeddings=16)
YARN_MORE = rope("yarn", factor=4.0, original_max_position_embeddings=12,
                 beta_fast=20.0, beta_slow=2.0, mscale=0.7,
                 mscale_all_dim=0.4, truncate=False)
YARN_FACTOR = rope("yarn", factor=4.0, attention_factor=1.3,
                   original_max_position_embeddings=16)


def partial(parameters, part):
    return {"rope_parameters": {**parameters["rope_parameters"],
                                "partial_rotary_factor": part}}


def mixed(n):
    return ["sliding_attention", "full_attention"] * n


# Sizes: None stands for one that is drawn.
FAMILIES = {
    "gpt2": Family([
        {},
        dict(scale_attn_by_inverse_layer_idx=True, n_inner=40,
             activation_function="relu", tie_word_embeddings=False),
        dict(scale_attn_weights=False, activation_function="gelu",
             layer_norm_epsilon=1e-3),
    ], body="transformer", layers="h", embed="wte", pos="wpe", final="ln_f",
        ln1="ln_1", ln2="ln_2", o="attn.c_proj", up="mlp.c_fc", gate=None,
        down="mlp.c_proj", sizes="gptj", kv=False, d_head=False),
    "llama": Family([
        {},
        dict(attention_bias=True, mlp_bias=True, tie_word_embeddings=True,
             hidden_act="gelu", **LLAMA3),
        dict(num_key_value_heads=1, hidden_act="relu", rms_norm_eps=1e-3,
             **LINEAR),
        dict(head_dim=24, attention_bias=True, **DYNAMIC),
        dict(mlp_bias=True, hidden_act="gelu_new", **YARN),
        dict(**YARN_MORE),
        dict(hidden_act="gelu_pytorch_tanh", **YARN_FACTOR),
        dict(rope_parameters={"rope_type": "default", "rope_theta": 5e5}),
    ]),
    "mistral": Family([
        dict(sliding_window=5),
        dict(sliding_window=None, tie_word_embeddings=True, **YARN),
        dict(sliding_window=1, head_dim=8, hidden_act="gelu", **LINEAR),
        dict(sliding_window=150, long=True),
    ]),
    "qwen2": Family([
        {},
        dict(use_sliding_window=True, sliding_window=4, max_window_layers=1,
             tie_word_embeddings=True),
        dict(use_sliding_window=True, sliding_window=6, layers=4,
             layer_types=mixed(2), hidden_act="relu", **YARN),
        dict(use_sliding_window=False, sliding_window=3, **DYNAMIC),
    ]),
    "qwen3": Family([
        {},
        dict(attention_bias=True, tie_word_embeddings=True, head_dim=12,
             **LLAMA3),
        dict(use_sliding_window=True, sliding_window=7, layers=4,
             layer_types=mixed(2), hidden_act="gelu", **YARN),
        dict(use_sliding_window=True, sliding_window=4, max_window_layers=2,
             layers=3, **LINEAR),
    ]),
    "gemma": Family([
        {},
        dict(attention_bias=True, tie_word_embeddings=False, head_dim=24),
        dict(hidden_act="gelu", num_key_value_heads=1, **LINEAR),
        dict(hidden_act="silu", rms_norm_eps=1e-4, **DYNAMIC),
    ]),
    "gemma2": Family([
        dict(sliding_window=5, query_pre_attn_scalar=20),
        dict(sliding_window=8, attention_bias=True, query_pre_attn_scalar=9,
             attn_logit_softcapping=2.0, final_logit_softcapping=3.0),
        dict(sliding_window=6, attn_logit_softcapping=None,
             final_logit_softcapping=None, tie_word_embeddings=False,
             hidden_activation="silu", layers=4,
             layer_types=mixed(2)[::-1], **YARN),
    ], ln2="pre_feedforward_layernorm", attn_post="post_attention_layernorm",
        mlp_post="post_feedforward_layernorm"),
    "gemma3_text": Family([
        dict(sliding_window=5, layers=7),
        dict(sliding_window=4, attention_bias=True, query_pre_attn_scalar=9,
             layers=4, layer_types=mixed(2), rope_parameters={
                 "full_attention": {"rope_type": "linear", "factor": 8.0,
                                    "rope_theta": 1e6},
                 "sliding_attention": {"rope_type": "default",
                                       "rope_theta": 5e3}}),
        dict(sliding_window=3, tie_word_embeddings=False, layers=2,
             layer_types=mixed(1), hidden_activation="gelu",
             rope_parameters={
                 "full_attention": {
                     "rope_type": "yarn", "factor": 4.0, "rope_theta": 1e4,
                     "original_max_position_embeddings": 16},
                 "sliding_attention": {
                     "rope_type": "llama3", "rope_theta": 1e4,
                     "factor": 8.0, "low_freq_factor": 1.0,
                     "high_freq_factor": 4.0,
                     "original_max_position_embeddings": 16}}),
    ], ln2="pre_feedforward_layernorm", attn_post="post_attention_layernorm",
        mlp_post="post_feedforward_layernorm"),
    "phi": Family([
        {},
        dict(qk_layernorm=True, tie_word_embeddings=True, hidden_act="relu",
             **partial(LINEAR, 0.25)),
        dict(num_key_value_heads=1, hidden_act="silu",
             **partial(DYNAMIC, 0.5)),
        dict(layer_norm_eps=1e-3, hidden_act="gelu",
             **partial(YARN, 1.0)),
    ], final="final_layernorm", ln2=None, o="self_attn.dense", up="mlp.fc1",
        gate=None, down="mlp.fc2", d_head=False),
    "phi3": Family([
        {},
        dict(sliding_window=6, tie_word_embeddings=True, hidden_act="gelu",
             **partial(rope("default"), 0.5)),
        dict(longrope=12, d=8),
        dict(longrope=64, d=16, num_key_value_heads=1),
    ], up=None, gate=None, fused_gate="mlp.gate_up_proj", d_head=False),
    "gpt_neox": Family([
        {},
        dict(use_parallel_residual=False, tie_word_embeddings=True,
             hidden_act="gelu_new", **partial(LINEAR, 0.5)),
        dict(attention_bias=False, hidden_act="relu",
             **partial(DYNAMIC, 1.0)),
        dict(layer_norm_eps=1e-3, hidden_act="gelu_fast",
             use_parallel_residual=False, **partial(LLAMA3, 0.25)),
    ], body="gpt_neox", embed="embed_in", final="final_layer_norm",
        o="attention.dense", up="mlp.dense_h_to_4h", gate=None,
        down="mlp.dense_4h_to_h", kv=False, d_head=False),
    "gptj": Family([
        dict(rotary_dim=4),
        dict(rotary_dim=8, tie_word_embeddings=True,
             activation_function="relu", n_inner=40),
        dict(rotary_dim=6, d=16, activation_function="gelu",
             layer_norm_epsilon=1e-3),
    ], body="transformer", layers="h", embed="wte", final="ln_f",
        ln1="ln_1", ln2=None, o="attn.out_proj", up="mlp.fc_in", gate=None,
        down="mlp.fc_out", sizes="gptj", kv=False, d_head=False),
    "gpt_neo": Family([
        dict(attention_types=[[["global", "local"], 1]], layers=2,
             window_size=5),
        dict(attention_types=[[["local"], 2], [["global"], 1]], layers=3,
             window_size=3, tie_word_embeddings=False,
             activation_function="gelu"),
        dict(attention_types=[[["global"], 2]], layers=2,
             intermediate_size=None, activation_function="relu",
             layer_norm_epsilon=1e-3),
    ], body="transformer", layers="h", embed="wte", pos="wpe", final="ln_f",
        ln1="ln_1", ln2="ln_2", o="attn.attention.out_proj", up="mlp.c_fc",
        gate=None, down="mlp.c_proj", sizes="gpt_neo", kv=False,
        d_head=False),
    "opt": Family([
        {},
        dict(enable_bias=False, tie_word_embeddings=False,
             activation_function="gelu"),
        dict(layer_norm_elementwise_affine=False,
             activation_function="gelu_new"),
        dict(_remove_final_layer_norm=True),
    ], body="model.decoder", embed="embed_tokens", pos="embed_positions",
        final="final_layer_norm", ln1="self_attn_layer_norm",
        ln2="final_layer_norm", o="self_attn.out_proj", up="fc1", gate=None,
        down="fc2", mlp=None, sizes="opt", kv=False, d_head=False),
    "bloom": Family([
        {},
        dict(heads=3, d=4, tie_word_embeddings=False),
        dict(heads=6, layer_norm_epsilon=1e-3, slow_but_exact=True),
    ], body="transformer", layers="h", embed="word_embeddings_layernorm",
        final="ln_f", o="self_attention.dense", up="mlp.dense_h_to_4h",
        gate=None, down="mlp.dense_4h_to_h", sizes="bloom", kv=False,
        d_head=False),
    "falcon": Family([
        {},
        dict(new_decoder_architecture=True, num_kv_heads=2, heads=4, d=4),
        dict(new_decoder_architecture=True, num_kv_heads=2, heads=4,
             num_ln_in_parallel_attn=1, bias=True, ffn_hidden_size=40),
        dict(multi_query=False, alibi=True, parallel_attn=False, bias=True,
             tie_word_embeddings=False, activation="relu"),
        dict(multi_query=True, parallel_attn=False, heads=6, alibi=True,
             activation="gelu_new", long=True),
        dict(multi_query=False, layer_norm_epsilon=1e-3, **LINEAR),
    ], body="transformer", layers="h", embed="word_embeddings", final="ln_f",
        ln1=["input_layernorm", "ln_attn"],
        ln2=["post_attention_layernorm", "ln_mlp"],
        o="self_attention.dense", up="mlp.dense_h_to_4h", gate=None,
        down="mlp.dense_4h_to_h", sizes="falcon", kv=False, d_head=False),
    "stablelm": Family([
        {},
        dict(use_qkv_bias=True, qk_layernorm=True, tie_word_embeddings=True,
             **partial(LINEAR, 0.5)),
        dict(use_parallel_residual=True, qk_layernorm=True,
             hidden_act="gelu", **partial(DYNAMIC, 1.0)),
        dict(layer_norm_eps=1e-3, num_key_value_heads=1, **partial(YARN, 1)),
    ], d_head=False),
    "olmo2": Family([
        {},
        dict(attention_bias=True, tie_word_embeddings=True, **LINEAR),
        dict(num_key_value_heads=1, hidden_act="gelu", **YARN),
        dict(rms_norm_eps=1e-3, **LLAMA3),
    ], ln1=None, ln2=None, attn_post="post_attention_layernorm",
        mlp_post="post_feedforward_layernorm", d_head=False),
    "glm4": Family([
        {},
        dict(attention_bias=False, tie_word_embeddings=True,
             **partial(LINEAR, 1.0)),
        dict(head_dim=12, hidden_act="gelu", **partial(DYNAMIC, 0.5)),
        dict(num_key_value_heads=1, rms_norm_eps=1e-3,
             **partial(YARN, 0.75), d=16),
    ], up=None, gate=None, fused_gate="mlp.gate_up_proj",
        attn_post="post_self_attn_layernorm",
        mlp_post="post_mlp_layernorm"),
}


class Smallest:
    """In place of random.Random, for golden files."""

    @staticmethod
    def choice(sizes):
        return sizes[0]


def draw_sizes(family, switches, draw):
    """Sizes under the names of the family's config."""
    heads = switches.pop("heads", None) or draw.choice([2, 4, 6])
    d = switches.pop("d", None) or draw.choice([8, 16])
    layers = switches.pop("layers", None) or draw.choice([2, 3])
    width, inner = heads * d, draw.choice([24, 40, 72])
    context = 320 if switches.pop("long", False) else draw.choice([24, 40])
    vocab = draw.choice([64, 97])
    common = dict(vocab_size=vocab, hidden_size=width,
                  num_hidden_layers=layers, num_attention_heads=heads,
                  max_position_embeddings=context)
    if family.sizes == "gptj":
        return dict(vocab_size=vocab, n_embd=width, n_layer=layers,
                    n_head=heads, n_positions=context)
    if family.sizes == "gpt_neo":
        return dict(vocab_size=vocab, hidden_size=width, num_layers=layers,
                    num_heads=heads, max_position_embeddings=context,
                    intermediate_size=inner)
    if family.sizes == "bloom":
        return dict(vocab_size=vocab, hidden_size=width, n_layer=layers,
                    n_head=heads, seq_length=context)
    if family.sizes == "falcon":
        return common
    if family.sizes == "opt":
        return dict(common, ffn_dim=inner, word_embed_proj_dim=width)
    sizes = dict(common, intermediate_size=inner)
    if family.d_head:
        sizes["head_dim"] = d
    if family.kv:
        sizes["num_key_value_heads"] = draw.choice(
            [n for n in (1, 2, 3, heads) if heads % n == 0])
    return sizes


def longrope(sizes, original):
    """A context that is longer than `original`, if that is short."""
    pairs = sizes["hidden_size"] // sizes["num_attention_heads"] // 2
    return dict(
        original_max_position_embeddings=original,
        rope_parameters={
            "rope_type": "longrope", "rope_theta": 10000.0,
            "short_factor": [1.0 + 0.1 * i for i in range(pairs)],
            "long_factor": [1.5 + 0.7 * i for i in range(pairs)]})


def make_config(name, number, small=False):
    family = FAMILIES[name]
    switches = dict(family.switches[number])
    draw = Smallest if small else random.Random(f"{name} {number} {SEED}")
    sizes = draw_sizes(family, switches, draw)
    original = switches.pop("longrope", None)
    if original:
        switches.update(longrope(sizes, original))
    return AutoConfig.for_model(
        name, **{**sizes, **switches}, bos_token_id=1, eos_token_id=2,
        pad_token_id=0)


def make_weights(model, seed):
    """Of a size that keeps activations moderate."""
    generator = torch.Generator().manual_seed(seed)
    less_one = type(model).__name__.startswith("Gemma")
    with torch.no_grad():
        for name, tensor in model.named_parameters():
            noise = torch.randn(tensor.shape, generator=generator)
            is_norm = "norm" in name or ".ln_" in name
            if tensor.dim() > 1:
                tensor.copy_(noise * 0.9 / tensor.shape[1] ** 0.5)
            elif is_norm and name.endswith("weight"):
                tensor.copy_(0.2 * noise + (0 if less_one else 1))
            else:
                tensor.copy_(0.1 * noise)


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

    def watch_block(self, block, layer):
        f = self.family
        self.take(block, "resid_pre", layer)
        self.give(at(block, f.ln1), "ln1", layer)
        self.take(at(block, f.o), "z", layer)
        self.give(at(block, f.attn_post or f.o), "attn_out", layer)
        parallel = is_parallel(self.model.config)
        ln2 = at(block, f.ln2)
        if f.ln1 is None:  # nothing is normalized in front of the MLP
            self.take(at(block, f.mlp), "resid_mid", layer)
        elif ln2 is None:
            self.take(at(block, f.mlp), "ln2", layer)
        else:
            self.give(ln2, "ln2", layer)
            if not parallel:
                self.take(ln2, "resid_mid", layer)
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


def dump(model_folder, ids, folder):
    program = pathlib.Path(os.environ["top_builddir"]) / "tests/parity-dump"
    subprocess.run([program, model_folder, folder, *map(str, ids)],
                   check=True)


def read(folder, point, layer, shape):
    def one(suffix, one_shape):
        path = folder / f"{point}{suffix}.f32"
        values = np.fromfile(path, dtype="<f4").reshape(one_shape)
        path.unlink()
        return values
    suffix = "" if layer is None else f".L{layer}"
    if len(shape) == 2:
        return one(suffix, shape)
    return np.stack([one(f"{suffix}.H{head}", shape[1:])
                     for head in range(shape[0])])


def distance(got, want, scale=None):
    """The largest in a row over the row's norm or scale; the worst row."""
    got, want = got.astype(np.float64), want.astype(np.float64)
    largest = np.abs(got - want).max(axis=-1)
    if scale is None:
        scale = np.linalg.norm(want, axis=-1)
    return (largest / np.maximum(scale, 1e-30)).max()


def score_distance(got, want, pattern, largest, alibi):
    """Masked scores must be masked by both."""
    seen = np.isfinite(got)
    if (pattern[~seen] != 0).any() or (want[seen] < -1e30).any():
        return np.inf
    got, want = (np.where(seen, x, 0).astype(np.float64)
                 for x in (got, want))
    if alibi:
        own = np.arange(got.shape[-1])
        got, want = (np.where(seen, x - x[:, own, own][..., None], 0)
                     for x in (got, want))
    return distance(got, want, np.maximum(largest,
                                          np.abs(want).max(axis=-1)))


def largest_scores(theirs, layer, got):
    """(H, T): no score of the row can be larger (Cauchy-Schwarz), up to the
    scale of scores, which is taken to be 1 / sqrt(d)."""
    q, k = theirs["q", layer], theirs["k", layer]
    keys = np.maximum.accumulate(np.linalg.norm(k, axis=-1), axis=-1)
    keys = np.repeat(keys, q.shape[0] // k.shape[0], axis=0)
    return np.linalg.norm(q, axis=-1) * keys / q.shape[-1] ** 0.5


def compare(theirs, folder, alibi):
    """{point: worst error} and the number of excesses."""
    worst = {}
    for (point, layer), want in theirs.items():
        got = read(folder, point, layer, want.shape)
        if point == "logits":
            error = np.abs(got - want).max()
        elif point == "attn_scores":
            error = score_distance(got, want, theirs["pattern", layer],
                                   largest_scores(theirs, layer, got),
                                   alibi)
        else:
            error = distance(got, want)
        worst[point] = max(worst.get(point, 0.0), float(error))
    return worst


def check_rest(folder, config):
    """What is there beyond what Hugging Face shows."""
    known = {"resid_mid", "head_out"}
    if implementation(config) == "sdpa":
        known |= {"attn_scores", "pattern"}
    rest = {path.name.split(".")[0] for path in folder.glob("*.f32")}
    for path in folder.glob("*.f32"):
        path.unlink()
    if not rest <= known:
        raise SystemExit(f"{config.model_type}: nothing to compare "
                         f"{rest - known} with")


def lengths(config):
    """Also longer than the context where a model stretches it."""
    context = getattr(config, "max_position_embeddings", None) or getattr(
        config, "n_positions", None) or config.seq_length
    parameters = getattr(config, "rope_parameters", None) or {}
    if parameters.get("rope_type") == "dynamic":
        return [context, 2 * context + 3, 1]
    return [context, 1]


def describe(config, switches):
    shown = {key: value for key, value in switches.items()
             if key not in ("heads", "d", "layers", "long")}
    return json.dumps(shown) if shown else "(its defaults)"


def implementation(config):
    """transformers' eager Falcon adds ALiBi twice: in its mask, and again to
    the scores. Its other attention does not, but shows no pattern."""
    if config.model_type == "falcon" and config.alibi:
        return "sdpa"
    return "eager"


def build(name, number, folder, small=False):
    config = make_config(name, number, small)
    model = AutoModelForCausalLM.from_config(
        config, attn_implementation=implementation(config),
        dtype=torch.float32).eval()
    make_weights(model, SEED + number)
    if not small:
        model.save_pretrained(folder)
        return model
    model.half().save_pretrained(folder)
    return AutoModelForCausalLM.from_pretrained(
        folder, attn_implementation=implementation(config),
        dtype=torch.float32).eval()


def check(name, number, totals):
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        (folder / "dump").mkdir()
        model = build(name, number, folder / "model")
        config = model.config
        generator = np.random.default_rng(SEED)
        alibi = name == "bloom" or getattr(config, "alibi", False)
        failed = 0
        for length in lengths(config):
            ids = generator.integers(3, config.vocab_size,
                                     size=length).tolist()
            dump(folder / "model", ids, folder / "dump")
            worst = compare(record(model, FAMILIES[name], ids),
                            folder / "dump", alibi)
            check_rest(folder / "dump", config)
            failed += report(name, number, length, worst, totals)
    return failed


def report(name, number, length, worst, totals):
    failed = 0
    for point, error in worst.items():
        limit = LOGIT_TOLERANCE if point == "logits" else TOLERANCE
        if not error <= limit:
            print(f"{name} {number}, {length} tokens: {point} {error:.2e}")
            failed += 1
        key = name, point
        totals[key] = max(totals.get(key, 0.0), error)
    return failed


def write_table(path, totals, names):
    """Markdown."""
    lines = [
        "# Parity with Hugging Face",
        "",
        f"Written by tests/parity/families.py with transformers "
        f"{transformers.__version__} and",
        f"torch {torch.__version__}; `make check-parity` writes it again.",
        "",
        "For each family and hook point: the largest difference in a row "
        "over the norm",
        "of Hugging Face's row, both float32; the worst row, layer, head and",
        "configuration. `attn_scores` are taken over the largest score that "
        "the row could",
        f"hold, `logits` are absolute. {TOLERANCE:g} is allowed, and "
        f"{LOGIT_TOLERANCE:g} for logits.",
        "",
        "A dash: the family has no such point, or Hugging Face does not show "
        "it, as",
        "`resid_mid` where attention and MLP are side by side. `head_out` it "
        "never shows:",
        "`make check` holds its sum to `attn_out`. Falcon with ALiBi runs "
        "there without",
        "eager attention, which adds ALiBi twice in this version; its scores "
        "and patterns",
        "are then not shown.",
        "",
        "| family | " + " | ".join(f"`{point}`" for point in POINTS) + " |",
        "|---|" + "---|" * len(POINTS)]
    for name in names:
        cells = (f"{totals[name, p]:.0e}".replace("e-0", "e-")
                 if (name, p) in totals else "–" for p in POINTS)
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    lines += ["", "## Configurations", "",
              "Sizes are drawn at random; beside them each sets:", ""]
    for name in names:
        for switches in FAMILIES[name].switches:
            lines.append(f"- {name}: `{describe(None, switches)}`")
    path.write_text("\n".join(lines) + "\n")


# Of these configurations `make check` has a small copy, with what Hugging
# Face makes of it.
GOLDEN = {"gpt2": [], "llama": [1, 5], "qwen2": [1], "gemma3_text": [1], "phi": [1],
          "phi3": [2], "bloom": [1], "falcon": [1, 3], "stablelm": [1]}
GOLDEN_POINTS = ["resid_pre", "attn_out", "pattern", "mlp_post",
                 "resid_post"]


def write_golden(folder, name, number):
    target = folder / f"{name}-{number}"
    shutil.rmtree(target, ignore_errors=True)
    model = build(name, number, target, small=True)
    (target / "generation_config.json").unlink(missing_ok=True)
    generator = np.random.default_rng(SEED)
    ids = generator.integers(3, model.config.vocab_size, size=12)
    tensors = record(model, FAMILIES[name], ids.tolist())
    last = model.config.num_hidden_layers - 1
    kept = {"ids": ids.astype(np.float32),
            "logits": tensors["logits", None]}
    for point in GOLDEN_POINTS:
        if (point, last) in tensors:
            kept[f"{point}.L{last}"] = np.ascontiguousarray(
                tensors[point, last])
    (target / "expected").mkdir()
    save_file(kept, target / "expected/model.safetensors")


def parse_arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--table", type=pathlib.Path)
    parser.add_argument("--golden", type=pathlib.Path)
    parser.add_argument("families", nargs="*", default=[])
    arguments = parser.parse_args()
    arguments.families = arguments.families or list(FAMILIES)
    if not set(arguments.families) <= set(FAMILIES):
        sys.exit(f"the families are {' '.join(FAMILIES)}")
    return arguments


def main():
    arguments = parse_arguments()
    torch.set_num_threads(1)
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    totals, failed = {}, 0
    for name in arguments.families:
        if arguments.golden:
            for number in GOLDEN.get(name, [0]):
                write_golden(arguments.golden, name, number)
            continue
        for number in range(len(FAMILIES[name].switches)):
            failed += check(name, number, totals)
        worst = max(totals[name, p] for p in POINTS
                    if (name, p) in totals and p != "logits")
        print(f"{name:12} {len(FAMILIES[name].switches)} configurations: "
              f"worst point {worst:.1e}, logits "
              f"{totals[name, 'logits']:.1e}")
    if arguments.table:
        write_table(arguments.table, totals, arguments.families)
    if not arguments.golden:
        print(f"{failed} excesses" if failed else
              f"all within {TOLERANCE:g}, logits within "
              f"{LOGIT_TOLERANCE:g}")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
