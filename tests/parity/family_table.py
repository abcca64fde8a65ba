# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT
"""The families, where Hugging Face's modules of each show which point, and
configurations that between them set every switch that is supported."""
import random

from transformers import AutoConfig

SEED = 20190214


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
             final_logit_softcapping=3.0, layers=4, layer_types=mixed(2),
             rope_parameters={
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
        dict(longrope=12, stretch=dict(factor=3.0)),
        dict(longrope=12, stretch=dict(attention_factor=1.2)),
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
        dict(do_layer_norm_before=False, word_embed_proj_dim=12),
        dict(word_embed_proj_dim=100, tie_word_embeddings=False),
        dict(do_layer_norm_before=False, enable_bias=False,
             layer_norm_elementwise_affine=False,
             activation_function="gelu"),
    ], body="model.decoder", embed=["project_in", "embed_tokens"], pos="embed_positions",
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
    "olmo3": Family([
        dict(sliding_window=5, layers=5),
        dict(sliding_window=4, attention_bias=True, layers=4,
             layer_types=mixed(2), tie_word_embeddings=True,
             rope_parameters={
                 "full_attention": {
                     "rope_type": "yarn", "factor": 4.0, "rope_theta": 1e4,
                     "attention_factor": 1.3,
                     "original_max_position_embeddings": 16},
                 "sliding_attention": {"rope_type": "default",
                                       "rope_theta": 5e3}}),
        dict(sliding_window=3, num_key_value_heads=1, hidden_act="gelu",
             layers=4, rms_norm_eps=1e-3,
             rope_parameters={
                 "full_attention": {"rope_type": "linear", "factor": 2.5,
                                    "rope_theta": 1e4},
                 "sliding_attention": {
                     "rope_type": "llama3", "rope_theta": 1e4,
                     "factor": 8.0, "low_freq_factor": 1.0,
                     "high_freq_factor": 4.0,
                     "original_max_position_embeddings": 16}}),
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


def longrope(sizes, original, stretch):
    """A context that is longer than `original`, if that is short."""
    pairs = sizes["hidden_size"] // sizes["num_attention_heads"] // 2
    return dict(
        original_max_position_embeddings=original,
        rope_parameters={
            "rope_type": "longrope", "rope_theta": 10000.0, **stretch,
            "short_factor": [1.0 + 0.1 * i for i in range(pairs)],
            "long_factor": [1.5 + 0.7 * i for i in range(pairs)]})


def make_config(name, number, small=False):
    family = FAMILIES[name]
    switches = dict(family.switches[number])
    draw = Smallest if small else random.Random(f"{name} {number} {SEED}")
    sizes = draw_sizes(family, switches, draw)
    original = switches.pop("longrope", None)
    stretch = switches.pop("stretch", {})
    if original:
        switches.update(longrope(sizes, original, stretch))
    return AutoConfig.for_model(
        name, **{**sizes, **switches}, bos_token_id=1, eos_token_id=2,
        pad_token_id=0)
