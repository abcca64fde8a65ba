# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT
"""Models of each family as GGUF files, in transect and in transformers.

    gguf-models.py check PARITY-DUMP [FOLDER]
    gguf-models.py golden TESTS         makes TESTS/data/*-0.gguf again

A small random model is made by transformers, written as llama.cpp's converter
writes it (names from the gguf package; what the converter does to values and
which settings it writes is here), and run by transect. Logits must be those of
the model that was written, within 5e-5. FOLDER keeps the files. Some models of
tests/golden are there as GGUF files too, for tests without Python.
"""
import pathlib
import subprocess
import sys
import tempfile

import gguf
import numpy as np
import torch
import transformers

IDS = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9, 3]
D, F, H, KV, V, L, C = 32, 48, 4, 2, 40, 3, 64


def permuted(weight, heads):
    """Rows of each head: (0, d/2), (1, d/2 + 1)..."""
    halves = weight.reshape(heads, 2, -1, *weight.shape[1:])
    return halves.swapaxes(1, 2).reshape(weight.shape)


def llama_values(config, name, value):
    if ".attn_q." in name:
        return permuted(value, config.num_attention_heads)
    if ".attn_k." in name:
        return permuted(value, config.num_key_value_heads)
    return value


def gemma_values(_, name, value):
    return value + 1 if name.endswith("norm.weight") else value


def gpt2_values(_, name, value):
    parts = ("attn_qkv", "attn_output", "ffn_up", "ffn_down")
    return value.T if value.ndim == 2 and any(p in name for p in parts) \
        else value


def sorted_values(config, name, value):
    """From the queries, key and value of each group to all of each."""
    if "attn_qkv" not in name:
        return value
    heads = config.num_attention_heads
    groups = getattr(config, "num_kv_heads", None) or heads
    if getattr(config, "multi_query", False) and \
            not config.new_decoder_architecture:
        groups = 1
    parts = value.reshape(groups, heads // groups + 2,
                          config.hidden_size // heads, *value.shape[1:])
    return np.concatenate([parts[:, i].reshape(-1, *value.shape[1:])
                           for i in (slice(0, -2), -2, -1)])


def same_values(_, name, value):
    return value


SIZES = dict(vocab_size=V, hidden_size=D, num_hidden_layers=L,
             num_attention_heads=H, max_position_embeddings=C)
GATED = dict(SIZES, intermediate_size=F, num_key_value_heads=KV)
LLAMA3 = dict(rope_type="llama3", rope_theta=500000.0, factor=8.0,
              low_freq_factor=1.0, high_freq_factor=4.0,
              original_max_position_embeddings=8192)
# The golden models whose settings GGUF can say.
GOLDEN = [
    ("mistral-0", "llama", llama_values,
     {"attention.key_length": 8, "attention.sliding_window": 5}),
    ("gemma-0", "gemma", gemma_values, {"attention.key_length": 8}),
    ("gpt_neox-0", "gptneox", sorted_values,
     {"rope.dimension_count": 2, "use_parallel_residual": True}),
]
SHORT, LONG = [1.0, 1.1, 1.3, 1.6], [1.0, 2.0, 3.5, 4.25]
# Test, configuration class, settings, GGUF's architecture, what the converter
# does to values, what it writes beyond sizes.
CASES = [
    ("llama", "LlamaConfig", dict(GATED, rms_norm_eps=1e-5),
     "llama", llama_values, {}),
    ("llama-bias", "LlamaConfig",
     dict(GATED, attention_bias=True, mlp_bias=True,
          tie_word_embeddings=True), "llama", llama_values, {}),
    ("llama-3", "LlamaConfig", dict(GATED, rope_parameters=LLAMA3),
     "llama", llama_values, {"rope.freq_base": 500000.0}),
    ("llama-yarn", "LlamaConfig",
     dict(GATED, rope_parameters=dict(
         rope_type="yarn", rope_theta=10000.0, factor=4.0,
         original_max_position_embeddings=16)), "llama", llama_values,
     {"rope.scaling.type": "yarn", "rope.scaling.factor": 4.0,
      "rope.scaling.original_context_length": 16}),
    ("llama-yarn-betas", "LlamaConfig",
     dict(GATED, rope_parameters=dict(
         rope_type="yarn", rope_theta=10.0, factor=4.0, beta_fast=0.5,
         beta_slow=0.0625, original_max_position_embeddings=16)), "llama",
     llama_values,
     {"rope.freq_base": 10.0,
      "rope.scaling.type": "yarn", "rope.scaling.factor": 4.0,
      "rope.scaling.yarn_beta_fast": 0.5,
      "rope.scaling.yarn_beta_slow": 0.0625,
      "rope.scaling.original_context_length": 16}),
    ("llama-linear", "LlamaConfig",
     dict(GATED, rope_parameters=dict(
         rope_type="linear", rope_theta=10000.0, factor=2.0)), "llama",
     llama_values, {"rope.scaling.type": "linear",
                    "rope.scaling.factor": 2.0}),
    ("mistral", "MistralConfig", dict(GATED, sliding_window=5),
     "llama", llama_values, {"attention.sliding_window": 5}),
    ("qwen2", "Qwen2Config", dict(GATED), "qwen2", same_values, {}),
    ("qwen2-all-keys", "Qwen2Config", dict(GATED, num_key_value_heads=H),
     "qwen2", same_values, {}),
    ("qwen3", "Qwen3Config", dict(GATED, head_dim=16), "qwen3",
     same_values, {"attention.key_length": 16}),
    ("gemma", "GemmaConfig", dict(GATED, head_dim=16), "gemma",
     gemma_values, {"attention.key_length": 16}),
    ("gemma2", "Gemma2Config",
     dict(GATED, head_dim=16, query_pre_attn_scalar=16, sliding_window=5),
     "gemma2", gemma_values,
     {"attention.key_length": 16, "attention.sliding_window": 5,
      "attn_logit_softcapping": 50.0, "final_logit_softcapping": 30.0}),
    ("gemma3", "Gemma3TextConfig",
     dict(GATED, head_dim=16, query_pre_attn_scalar=16, sliding_window=5,
          num_hidden_layers=7), "gemma3", gemma_values,
     {"attention.key_length": 16, "attention.sliding_window": 5,
      "rope.freq_base": 1000000.0}),
    ("gemma3-local", "Gemma3TextConfig",
     dict(GATED, head_dim=16, query_pre_attn_scalar=16, sliding_window=5,
          num_hidden_layers=7, layer_types=[
              "full_attention" if i % 3 == 2 else "sliding_attention"
              for i in range(7)],
          rope_parameters=dict(
              full_attention=dict(rope_type="default", rope_theta=1e6),
              sliding_attention=dict(rope_type="default", rope_theta=50.0))),
     "gemma3", gemma_values,
     {"attention.key_length": 16, "attention.sliding_window": 5,
      "attention.sliding_window_pattern": 3, "rope.freq_base": 1000000.0,
      "rope.freq_base_swa": 50.0}),
    ("phi", "PhiConfig", dict(SIZES, intermediate_size=F,
                              partial_rotary_factor=0.5), "phi2",
     same_values, {"rope.dimension_count": 4}),
    ("phi3", "Phi3Config", dict(GATED, pad_token_id=0), "phi3",
     same_values, {}),
    ("phi4", "Phi3Config", dict(GATED, pad_token_id=0), "phi3",
     same_values, {"attention.sliding_window": 0}),
    ("phi3-long-scale", "Phi3Config",
     dict(GATED, pad_token_id=0, original_max_position_embeddings=8,
          rope_parameters=dict(rope_type="longrope", rope_theta=10000.0,
                               attention_factor=1.75, short_factor=SHORT,
                               long_factor=LONG)), "phi3", same_values,
     {"rope.scaling.original_context_length": 8,
      "rope.scaling.attn_factor": 1.75}),
    ("phi3-long", "Phi3Config",
     dict(GATED, pad_token_id=0, original_max_position_embeddings=8,
          rope_parameters=dict(rope_type="longrope", rope_theta=10000.0,
                               short_factor=SHORT, long_factor=LONG)),
     "phi3", same_values, {"rope.scaling.original_context_length": 8}),
    ("olmo2", "Olmo2Config", dict(GATED), "olmo2", same_values, {}),
    ("olmo3", "Olmo3Config",
     dict(GATED, sliding_window=5, num_hidden_layers=5), "olmo2",
     same_values,
     {"attention.sliding_window": 5, "rope.freq_base": 500000.0,
      "attention.sliding_window_pattern": [True, True, True, False, True]}),
    ("olmo3-yarn", "Olmo3Config",
     dict(GATED, sliding_window=4, num_hidden_layers=5,
          rope_parameters=dict(
              full_attention=dict(
                  rope_type="yarn", rope_theta=50.0, factor=4.0,
                  attention_factor=1.138629436111989,
                  original_max_position_embeddings=16),
              sliding_attention=dict(rope_type="default",
                                     rope_theta=50.0))),
     "olmo2", same_values,
     {"attention.sliding_window": 4, "rope.freq_base": 50.0,
      "rope.scaling.type": "yarn", "rope.scaling.factor": 4.0,
      "rope.scaling.yarn_attn_factor": 1.138629436111989,
      "rope.scaling.original_context_length": 16}),
    ("glm4", "Glm4Config", dict(GATED, head_dim=8, pad_token_id=0,
                                partial_rotary_factor=0.5,
                                attention_bias=True),
     "glm4", same_values, {"rope.dimension_count": 4}),
    ("stablelm", "StableLmConfig",
     dict(GATED, use_qkv_bias=True, partial_rotary_factor=0.5),
     "stablelm", same_values,
     {"rope.dimension_count": 4, "use_parallel_residual": True}),
    ("stablelm-parallel", "StableLmConfig",
     dict(GATED, use_parallel_residual=True, partial_rotary_factor=0.5),
     "stablelm", same_values,
     {"rope.dimension_count": 4, "use_parallel_residual": True}),
    ("gpt2", "GPT2Config", dict(vocab_size=V, n_embd=D, n_layer=L, n_head=H,
                                n_positions=C), "gpt2", gpt2_values, {}),
    ("gpt_neox", "GPTNeoXConfig", dict(SIZES, intermediate_size=F,
                                       rotary_pct=0.5), "gptneox",
     sorted_values, {"rope.dimension_count": 4,
                     "use_parallel_residual": True}),
    ("bloom", "BloomConfig", dict(vocab_size=V, hidden_size=D, n_layer=L,
                                  n_head=H), "bloom", sorted_values, {}),
    ("falcon-7b", "FalconConfig",
     dict(SIZES, multi_query=True, bias=False), "falcon", sorted_values,
     {"attention.head_count_kv": 1}),
    ("falcon-40b", "FalconConfig",
     dict(SIZES, new_decoder_architecture=True, num_kv_heads=KV, bias=False),
     "falcon", sorted_values, {"attention.head_count_kv": KV}),
]


def random_model(name, settings):
    torch.manual_seed(len(name))
    config = getattr(transformers, name)(**settings)
    config._attn_implementation = "eager"
    model = transformers.AutoModelForCausalLM.from_config(config)
    generator = torch.Generator().manual_seed(1)
    for parameter in model.parameters(): # norms and biases as well
        noise = torch.randn(parameter.shape, generator=generator)
        parameter.data += 0.1 * noise
    model.tie_weights()
    return model.eval()


def write_settings(writer, arch, config, more):
    width, heads = config.hidden_size, config.num_attention_heads
    inner = getattr(config, "intermediate_size", None) or \
        getattr(config, "ffn_hidden_size", None) or 4 * width
    settings = {
        "block_count": config.num_hidden_layers, "embedding_length": width,
        "feed_forward_length": inner, "attention.head_count": heads,
        "context_length": getattr(config, "max_position_embeddings", C),
    }
    keys = getattr(config, "num_key_value_heads", heads)
    if keys != heads: # it may be left out where it says nothing
        settings["attention.head_count_kv"] = keys
    rms = getattr(config, "rms_norm_eps", None)
    epsilon = getattr(config, "layer_norm_eps",
                      getattr(config, "layer_norm_epsilon", None))
    if rms is not None:
        settings["attention.layer_norm_rms_epsilon"] = float(rms)
    else:
        settings["attention.layer_norm_epsilon"] = float(epsilon)
    for key, value in {**settings, **more}.items():
        add = {bool: writer.add_bool, int: writer.add_uint32,
               float: writer.add_float32, str: writer.add_string,
               list: writer.add_array}
        add[type(value)](f"{arch}.{key}", value)


def llama3_factors():
    """As the converter computes them."""
    frequencies = 500000.0 ** -(np.arange(0, D // H, 2) / (D // H))
    waves = 2 * np.pi / frequencies
    smooth = (8192 / waves - 1) / 3
    middle = 1 / ((1 - smooth) / 8 + smooth)
    return np.where(waves < 8192 / 4, 1, np.where(waves > 8192, 8, middle))


def factors_of(test):
    """Tensors that are settings."""
    if test == "llama-3":
        return {"rope_freqs.weight": llama3_factors()}
    if test.startswith("phi3-long"):
        return {"rope_factors_short.weight": np.array(SHORT),
                "rope_factors_long.weight": np.array(LONG)}
    return {}


def write(path, arch, model, convert, more, factors, matrices=np.float32):
    writer = gguf.GGUFWriter(path, arch)
    write_settings(writer, arch, model.config, more)
    number = next(k for k, v in gguf.MODEL_ARCH_NAMES.items() if v == arch)
    names = gguf.get_tensor_name_map(number, model.config.num_hidden_layers)
    tied = model.config.tie_word_embeddings
    for name, value in model.state_dict().items():
        base, suffix = name.rsplit(".", 1)
        if tied and base in ("lm_head", "embed_out"):
            continue
        mapped = names.get_name(base) or names.get_name(
            base.removeprefix("transformer."))
        if mapped is None:
            raise SystemExit(f"{name} has no name in GGUF")
        mapped += "." + suffix
        value = convert(model.config, mapped, value.numpy())
        kind = matrices if value.ndim > 1 else np.float32
        writer.add_tensor(mapped, np.ascontiguousarray(value, dtype=kind))
    for name, values in factors.items():
        writer.add_tensor(name, values.astype(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def our_logits(dump, path):
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([dump, path, folder, *map(str, IDS)], check=True)
        return np.fromfile(folder + "/logits.f32",
                           dtype=np.float32).reshape(len(IDS), -1)


def write_golden(tests):
    for name, arch, convert, more in GOLDEN:
        model = transformers.AutoModelForCausalLM.from_pretrained(
            f"{tests}/golden/{name}", dtype=torch.float32)
        write(f"{tests}/data/{name}.gguf", arch, model, convert, more, {},
              np.float16)
    write_split(f"{tests}/data/mistral-0.gguf", f"{tests}/data/split", 3)


def write_split(whole, stem, n):
    """As llama-gguf-split does: all metadata in the first of n files."""
    reader = gguf.GGUFReader(whole)
    each = -(-len(reader.tensors) // n)
    for i in range(n):
        writer = gguf.GGUFWriter(f"{stem}-{i + 1:05d}-of-{n:05d}.gguf",
                                 "llama")
        fields = reader.fields.values() if i == 0 else []
        if i:
            writer.kv_data[0].clear()
        for field in fields:
            if not field.name.startswith(("GGUF.", "general.arch")):
                writer.add_key_value(field.name, field.contents(),
                                     field.types[0], *field.types[1:2])
        writer.add_uint16("split.no", i)
        writer.add_uint16("split.count", n)
        writer.add_int32("split.tensors.count", len(reader.tensors))
        for tensor in reader.tensors[i * each:(i + 1) * each]:
            writer.add_tensor(tensor.name, tensor.data,
                              raw_dtype=tensor.tensor_type)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()


def main(dump, folder):
    failed = 0
    for test, kind, settings, arch, convert, more in CASES:
        model = random_model(kind, settings)
        path = str(pathlib.Path(folder) / (test + ".gguf"))
        write(path, arch, model, convert, more,
              factors_of(test))
        with torch.no_grad():
            theirs = model(torch.tensor([IDS])).logits[0].numpy()
        try:
            worst = np.abs(our_logits(dump, path) - theirs).max()
        except subprocess.CalledProcessError:
            worst = np.inf
        failed += not worst < 5e-5
        print(f"{test:18} {worst:.2e}  {'ok' if worst < 5e-5 else 'FAILED'}")
    return failed > 0


if sys.argv[1] == "golden":
    write_golden(sys.argv[2])
elif len(sys.argv) > 3:
    pathlib.Path(sys.argv[3]).mkdir(exist_ok=True)
    sys.exit(main(sys.argv[2], sys.argv[3]))
else:
    with tempfile.TemporaryDirectory() as temporary:
        sys.exit(main(sys.argv[2], temporary))
