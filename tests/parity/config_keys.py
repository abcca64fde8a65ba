# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT
"""Compares what each key of config.json does with transformers.

usage: config_keys.py [--golden FOLDER] [FAMILY...]

Run by `make check-parity`, or by hand with top_builddir in the environment.
Each family has a small model with random weights (family_table.py) whose
config.json is edited, one key at a time: each key that it has or that the
family's table names is deleted, set to null, and to other values of its type.
The logits of transect are compared with those of transformers, or that both
refuse. A refusal there is an exception, a tensor that is missing or has no
place, or logits that are not finite.

--golden writes the edits and what comes of them here, which `make check`
repeats without Python. Exit status 1 if logits differ.
"""
import argparse
import collections
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import numpy as np
import torch
import transformers
from transformers import AutoModelForCausalLM

from families import build, implementation
from family_table import FAMILIES

TOLERANCE = 2e-4
BUILD = pathlib.Path(os.environ.get("top_builddir", "."))

# Which of a family's configurations are edited, where it is not the first; of
# all but the first listed only keys that are used.
BASES = {"falcon": [0, 1], "qwen2": [1], "phi3": [0, 2], "llama": [0, 4],
         "gpt_neox": [1], "opt": [0, 4]}

# What a key is contradicted with, where that is not made from its value.
WORDS = ["relu", "gelu", "nonesuch"]
OTHERS = {
    "rope_parameters": [
        {"rope_type": "linear", "factor": 4.0, "rope_theta": 10000.0},
        {"rope_type": "linear", "factor": 4.0},
        {"type": "linear", "factor": 4.0, "rope_theta": 500},
        {"rope_theta": 300.0}, {"rope_type": "yarn", "factor": 2.0},
        {"rope_type": "nonesuch"}, {"factor": 4.0},
        {"rope_type": "default", "partial_rotary_factor": 0.5},
        {"full_attention": {"rope_type": "linear", "factor": 4.0}},
        {"full_attention": {"rope_theta": 500.0},
         "sliding_attention": {"rope_theta": 50.0}}, {}],
    "rope_scaling": [
        {"type": "linear", "factor": 4.0}, {"rope_type": "dynamic",
                                            "factor": 2.0},
        {"type": "yarn", "factor": 4.0,
         "original_max_position_embeddings": 8}, {"factor": 2.0}, {}],
    "rope_theta": [500.0, 77], "rotary_emb_base": [500.0],
    "rope_local_base_freq": [500.0], "rotary_pct": [0.5, 1.0],
    "partial_rotary_factor": [0.25, 0.5, 1.0],
    "attention_layers": [["local", "global"], ["local", "local"],
                         ["global"], ["sparse", "local"]],
    "attention_types": [[[["local"], 2]], [[["global"], 1]],
                        [[["sparse"], 2]]],
    "layer_types": [["full_attention", "sliding_attention"],
                    ["sliding_attention"] * 2, ["full_attention"],
                    ["linear_attention", "full_attention"]],
    "sliding_window": [2, 7], "window_size": [2, 9],
    "sliding_window_pattern": [1, 2, 3], "max_window_layers": [0, 1, 2],
    "original_max_position_embeddings": [8, 1000],
    "max_position_embeddings": [16, 64], "n_positions": [16, 64],
    "attn_logit_softcapping": [1.0], "final_logit_softcapping": [1.0],
    "query_pre_attn_scalar": [7], "head_dim": [4, 8, 16],
    "num_key_value_heads": [1, 2, 3], "num_kv_heads": [1, 2],
    "num_ln_in_parallel_attn": [1, 2], "rotary_dim": [2, 4, 6, 8],
    "quantization_config": [{"quant_method": "nonesuch"}],
    "per_layer_config": [{}], "id2label": [{"0": "a", "1": "b", "2": "c"}],
    "label2id": [{"a": 0}], "problem_type": ["regression"],
    "dtype": ["float16"], "torch_dtype": ["bfloat16"],
    "architectures": [["Nonesuch"]], "auto_map": [{}], "model_type": [],
    "task_specific_params": [{"a": {"max_length": 3}}],
    "attn_implementation": ["eager"], "output_attentions": [],
    "layer_norm_epsilon": [0.01, 1], "rms_norm_eps": [0.01, 1],
    "layer_norm_eps": [0.01, 1], "pretraining_tp": [1],
    "bos_token_id": [3, 10 ** 6], "use_bidirectional_attention": [
        False, True], "word_embed_proj_dim": [8],
}


# Keys of some families that are tried with all others, which do not have them.
FOREIGN = {
    "attention_bias": True, "attention_multiplier": 2.0,
    "attn_logit_softcapping": 1.0, "embed_scale": 2.0,
    "final_logit_softcapping": 1.0, "head_dim": 4, "hidden_act": "relu",
    "intermediate_size": 8, "is_decoder": True, "mlp_bias": True,
    "n_ctx": 8, "n_embed": 24, "no_such_key": 1, "num_key_value_heads": 1,
    "original_max_position_embeddings": 8, "partial_rotary_factor": 0.25,
    "qk_layernorm": True, "rms_norm_eps": 0.5, "rope_theta": 77.0,
    "rope_scaling": {"type": "linear", "factor": 4.0},
    "sliding_window": 3, "use_sliding_window": True, "window_size": 2,
    "layer_types": ["sliding_attention"] * 2}


def table_keys():
    """{family: {key: (use, default)}}"""
    text = subprocess.run([BUILD / "tests/config-edits", "keys"], check=True,
                          capture_output=True, text=True).stdout
    keys = collections.defaultdict(dict)
    for line in text.splitlines():
        family, key, use, fallback = line.split("\t")
        keys[family][key] = use, fallback
    return keys


def others(key, value):
    """Valid values of the type of `value`, but it."""
    if key in OTHERS:
        return [other for other in OTHERS[key] if other != value]
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        return [value + 1, value * 2]
    if isinstance(value, float):
        return [0.5 if value != 0.5 else 0.25]
    if isinstance(value, str):
        return [word for word in WORDS if word != value]
    return []


def edits(config, rows, all_keys):
    """(key, value); the value may be `...`: deleted."""
    for key in sorted(set(config) | set(rows)):
        used = rows.get(key, ("ignored",))[0] != "ignored"
        if key == "model_type" or not (used or all_keys):
            continue
        use, fallback = rows.get(key, ("", ""))
        if use == "alias":
            use, fallback = rows[fallback]
            given = config.get(rows[key][1])
        else:
            given = config.get(key)
        if key in config:
            yield key, ...
        yield key, None
        if given is None and fallback not in ("", "null"):
            given = json.loads(fallback)
        for other in others(key, given):
            if key not in config or config[key] != other:
                yield key, other
    for key, other in FOREIGN.items():
        if all_keys and key not in config and key not in rows:
            yield key, other


def theirs(folder, ids):
    """Logits, or why not."""
    try:
        config = transformers.AutoConfig.from_pretrained(folder)
        model, info = AutoModelForCausalLM.from_pretrained(
            folder, attn_implementation=implementation(config),
            dtype=torch.float32, output_loading_info=True)
        bad = [name for kind in ("missing_keys", "unexpected_keys",
                                 "mismatched_keys")
               for name in info[kind]]
        if bad:
            return f"tensor {bad[0]}"
        with torch.no_grad():
            logits = model.eval()(torch.tensor([ids]), use_cache=False,
                                  return_dict=True).logits[0].numpy()
        return logits if np.isfinite(logits).all() else "not finite"
    except Exception as error:
        return f"{type(error).__name__}: {error}".split("\n")[0]


def ours(folder, ids, scratch):
    done = subprocess.run(
        [BUILD / "tests/parity-dump", folder, scratch, *map(str, ids)],
        capture_output=True, text=True)
    if done.returncode:
        return done.stderr.strip()
    logits = np.fromfile(scratch / "logits.f32", dtype="<f4")
    for path in scratch.glob("*.f32"):
        path.unlink()
    return logits.reshape(len(ids), -1)


def verdict(got, want):
    if isinstance(got, str):
        return "both refuse" if isinstance(want, str) else "refused here"
    if isinstance(want, str):
        return "refused there"
    if got.shape == want.shape and np.abs(got - want).max() <= TOLERANCE:
        return "same"
    return "DIFFERENT"


def text_of(value):
    return "deleted" if value is ... else json.dumps(value)


def check(name, number, rows, arguments, counts, lines):
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary) / "model"
        scratch = pathlib.Path(temporary) / "dump"
        scratch.mkdir()
        build(name, number, folder, small=True)
        path = folder / "config.json"
        config = json.loads(path.read_text())
        first = number == BASES.get(name, [0])[0]
        label = name if first else f"{name}-{number}"
        ids = np.random.default_rng(7).integers(
            3, config["vocab_size"], size=14).tolist()
        if arguments.golden:
            shutil.copy(path, arguments.golden / f"{label}.json")
        for key, value in edits(config, rows, first):
            edited = {k: v for k, v in config.items() if k != key}
            if value is not ...:
                edited[key] = value
            path.write_text(json.dumps(edited))
            want, got = theirs(folder, ids), ours(folder, ids, scratch)
            what = verdict(got, want)
            counts[what] += 1
            lines.append(f"{label}\t{key}\t{text_of(value)}\t{what}")
            if what == "DIFFERENT" or arguments.verbose or (
                    what.startswith("refused")):
                why = got if isinstance(got, str) else want
                why = why if isinstance(why, str) else ""
                print(f"{what}: {label} {key} {text_of(value)} "
                      f"{why[-150:]}", flush=True)


def write_golden(folder, lines):
    """What comes of these edits, in place of what the file has of the same
    configurations."""
    path = folder / "expected.txt"
    names = {line.split("\t")[0] for line in lines}
    if path.exists():
        lines = [line for line in path.read_text().splitlines()
                 if line.split("\t")[0] not in names] + lines
    done = subprocess.run(
        [BUILD / "tests/config-edits", "outcomes", folder],
        input="".join(line + "\n" for line in sorted(lines)), text=True,
        check=True, capture_output=True)
    path.write_text(done.stdout)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--golden", type=pathlib.Path)
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("families", nargs="*", default=[])
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    transformers.logging.set_verbosity(transformers.logging.CRITICAL)
    transformers.logging.disable_progress_bar()
    keys, counts, lines = table_keys(), collections.Counter(), []
    for name in arguments.families or FAMILIES:
        for number in BASES.get(name, [0]):
            check(name, number, keys[name], arguments, counts, lines)
    print(", ".join(f"{n} {what}" for what, n in sorted(counts.items())))
    if arguments.golden:
        write_golden(arguments.golden, lines)
    sys.exit(counts["DIFFERENT"] > 0)


if __name__ == "__main__":
    main()
