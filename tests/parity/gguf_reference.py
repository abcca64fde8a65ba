# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT
"""Models of GGUF files in Hugging Face's transformers.

The weights are those that the gguf package dequantizes, put into transformers'
own order here; the configurations are those that the models are published
with.
"""
import types

import gguf
import numpy as np
import torch
from gguf.quants import dequantize
from transformers import (Gemma3ForCausalLM, Gemma3TextConfig, LlamaConfig,
                          LlamaForCausalLM)
from transformers.models.gemma3.modeling_gemma3 import Gemma3RMSNorm
from transformers.models.llama.modeling_llama import LlamaRMSNorm

NAMES = {
    "attn_norm": "input_layernorm", "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj", "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj", "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj", "ffn_down": "mlp.down_proj",
}
LLAMA_NAMES = {**NAMES, "ffn_norm": "post_attention_layernorm"}
GEMMA_NAMES = {
    **NAMES, "attn_q_norm": "self_attn.q_norm",
    "attn_k_norm": "self_attn.k_norm",
    "post_attention_norm": "post_attention_layernorm",
    "ffn_norm": "pre_feedforward_layernorm",
    "post_ffw_norm": "post_feedforward_layernorm",
}


def halves(weight, heads):
    """Rows of each head from (0, 1), (2, 3)... to (0, d/2), (1, d/2+1)..."""
    size = weight.shape[0] // heads
    by_pair = weight.reshape(heads, size // 2, 2, -1)
    return by_pair.transpose(0, 2, 1, 3).reshape(weight.shape)


def state(reader, names, change):
    """change(part, values) undoes what llama.cpp's converter does."""
    weights = {}
    for tensor in reader.tensors:
        values = dequantize(tensor.data, tensor.tensor_type)
        name = tensor.name
        if name == "token_embd.weight":
            name = "model.embed_tokens.weight"
        elif name == "output_norm.weight":
            name, values = "model.norm.weight", change("norm", values)
        else:
            _, layer, part, _ = name.split(".")
            name = f"model.layers.{layer}.{names[part]}.weight"
            values = change(part, values)
        weights[name] = torch.tensor(np.ascontiguousarray(values))
    weights["lm_head.weight"] = weights["model.embed_tokens.weight"]
    return weights


def smollm2(path):
    """SmolLM2-135M-Instruct"""
    config = LlamaConfig(
        hidden_size=576, intermediate_size=1536, num_hidden_layers=30,
        num_attention_heads=9, num_key_value_heads=3,
        vocab_size=49152, max_position_embeddings=8192, rms_norm_eps=1e-5,
        rope_parameters={"rope_type": "default", "rope_theta": 100000},
        tie_word_embeddings=True, attn_implementation="eager")
    heads = {"attn_q": 9, "attn_k": 3}
    model = LlamaForCausalLM(config)
    model.load_state_dict(state(
        gguf.GGUFReader(path), LLAMA_NAMES,
        lambda part, values: halves(values, heads[part])
        if part in heads else values))
    return model.eval()


def gemma3(path):
    """Gemma 3 270M. Gains are stored with the 1 that transformers adds."""
    kinds = ["full_attention" if layer % 6 == 5 else "sliding_attention"
             for layer in range(18)]
    config = Gemma3TextConfig(
        hidden_size=640, intermediate_size=2048, num_hidden_layers=18,
        num_attention_heads=4, num_key_value_heads=1, head_dim=256,
        vocab_size=262144, max_position_embeddings=32768, rms_norm_eps=1e-6,
        query_pre_attn_scalar=256, sliding_window=512, layer_types=kinds,
        rope_parameters={
            "full_attention": {"rope_type": "default",
                               "rope_theta": 1000000.0},
            "sliding_attention": {"rope_type": "default",
                                  "rope_theta": 10000.0}},
        hidden_activation="gelu_pytorch_tanh", tie_word_embeddings=True,
        attn_implementation="eager")
    model = Gemma3ForCausalLM(config)
    model.load_state_dict(state(
        gguf.GGUFReader(path), GEMMA_NAMES,
        lambda part, values: values - 1 if part.endswith("norm")
        else values))
    return model.eval()


def llama_norm(self, x):
    square = x.double().pow(2).mean(-1, keepdim=True)
    return self.weight * (x * torch.rsqrt(square + self.variance_epsilon))


def gemma_norm(self, x):
    square = x.double().pow(2).mean(-1, keepdim=True)
    return x * torch.rsqrt(square + self.eps) * (1.0 + self.weight)


NORMS = {LlamaRMSNorm: llama_norm, Gemma3RMSNorm: gemma_norm}


def exactly(model):
    """The model in float64, without the norms' detours over float32."""
    for module in model.modules():
        if type(module) in NORMS:
            module.forward = types.MethodType(NORMS[type(module)], module)
    return model.double()
