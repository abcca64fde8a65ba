# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT
"""Compares what stands in front of a text, such as BOS, with what transformers'
AutoTokenizer puts there.

usage: bos.py PROGRAM MAKE_MODEL BOOK [FAMILY...]

Each family of tokenizer_families.py, with a vocabulary learned from BOOK, has
one post_processor after the other, with and without the switches of
tokenizer_config.json; and vocab.json with merges.txt has the switches alone.
One line a family; exit status 1 if anything differs.
"""
import json
import pathlib
import subprocess
import sys
import tempfile

from transformers import AutoTokenizer
from transformers.utils import logging

from tokenizer_families import build, byte_level, FAMILIES

TEXT = "Summer is warm."
# Of the models that these steps are of.
MODEL_TYPES = {"gpt2": "gpt2", "llama3": "llama", "llama2": "llama",
               "qwen2": "qwen2", "glm4": "glm4", "mistral": "mistral",
               "tekken": "mistral", "smollm": "llama", "phi": "phi",
               "falcon": "falcon", "bloom": "bloom", "deepseek": "llama",
               "phi3": "phi3", "gemma": "gemma2"}
SETTINGS = (None, {}, {"add_bos_token": True}, {"add_bos_token": False})


def template(names, ids, behind=()):
    def parts(these):
        return [{"SpecialToken": {"id": n, "type_id": 0}} for n in these]

    return {"type": "TemplateProcessing",
            "single": [*parts(names), {"Sequence": {"id": "A", "type_id": 0}},
                       *parts(behind)],
            "pair": [{"Sequence": {"id": "A", "type_id": 0}},
                     {"Sequence": {"id": "B", "type_id": 1}}],
            "special_tokens": {n: {"id": n, "ids": [ids[n]], "tokens": [n]}
                               for n in {*names, *behind}}}


def processors(names, ids):
    """By name; names: of the special tokens."""
    first, last = names[0], names[-1]
    around = {"sep": [last, ids[last]], "cls": [first, ids[first]],
              "trim_offsets": True, "add_prefix_space": False}
    return {
        "none": None, "ByteLevel": byte_level(),
        "nothing": template([], ids),
        "first": template([first], ids), "both": template([first], ids, [last]),
        "behind": template([], ids, [last]), "all": template(names, ids),
        "Sequence": {"type": "Sequence", "processors": [
            byte_level(), template([last], ids)]},
        "Roberta": {"type": "RobertaProcessing", **around}}


def ours(program, model):
    ini = model / "x.ini"
    ini.write_text(f"[experiment]\nname = x\n[model]\npath = {model}\n"
                   f"[input]\ntext = {TEXT}\n[plugin null]\n")
    subprocess.run([program, "run", ini, "--output", model / "results",
                    "--force"], check=True, capture_output=True)
    manifest = json.loads((model / "results/manifest.json").read_text())
    return manifest["input"]["bos_tokens"]


def theirs(folder):
    tokenizer = AutoTokenizer.from_pretrained(folder)
    plain = tokenizer.encode(TEXT, add_special_tokens=False)
    whole = tokenizer.encode(TEXT)
    for i in range(len(whole) - len(plain) + 1):
        if whole[i:i + len(plain)] == plain:
            return whole[:i]
    raise ValueError(f"{folder}: {plain} is not in {whole}")


def put(folder, name, value):
    path = folder / name
    if value is None:
        path.unlink(missing_ok=True)
    else:
        path.write_text(value if isinstance(value, str) else
                        json.dumps(value, ensure_ascii=False))


class Pair:
    """The same tokenizer beside a model of ours, and for AutoTokenizer."""

    def __init__(self, program, make_model, folder, model_type):
        self.program, self.n, self.differ = program, 0, 0
        self.mine, self.other = folder / "model", folder / "other"
        self.other.mkdir(parents=True)
        subprocess.run([make_model, self.mine, "--layers", "1", "--heads", "1",
                        "--width", "8", "--context", "64", "--vocab", "4000"],
                       check=True)
        put(self.other, "config.json", {"model_type": model_type})

    def put(self, name, value):
        put(self.mine, name, value)
        put(self.other, name, value)

    def compare(self, what):
        a, b = ours(self.program, self.mine), theirs(self.other)
        self.n += 1
        if a != b:
            self.differ += 1
            print(f"{what}: {a} in front; AutoTokenizer has {b}",
                  file=sys.stderr)

    def report(self, name):
        result = f"{self.differ} differ" if self.differ else "equal"
        print(f"{name:12} {self.n:3} {result}", flush=True)
        return self.differ


def compare_family(name, pair, text):
    root = build(name, [text], 1500)
    ids = {token["content"]: token["id"] for token in root["added_tokens"]
           if token["special"]}
    for kind, post in processors(list(ids), ids).items():
        pair.put("tokenizer.json", {**root, "post_processor": post})
        for settings in SETTINGS if kind in ("none", "first") else SETTINGS[:2]:
            config = settings if settings is None else {
                "tokenizer_class": "PreTrainedTokenizerFast",
                "bos_token": next(iter(ids)), **settings}
            pair.put("tokenizer_config.json", config)
            pair.compare(f"{name}, {kind}, {settings}")
    return pair.report(name)


def compare_files(pair, text):
    model = build("gpt2", [text], 1500)["model"]
    vocab, n = model["vocab"], len(model["vocab"])
    vocab |= {"<|endoftext|>": n, "</s>": n + 1}
    merges = "\n".join(" ".join(merge) for merge in model["merges"])
    pair.put("vocab.json", vocab)
    pair.put("merges.txt", f"#version: 0.2\n{merges}\n")
    for bos in ("<|endoftext|>", "</s>"):
        for settings in SETTINGS[1:]:
            pair.put("tokenizer_config.json", {
                "tokenizer_class": "GPT2Tokenizer", "bos_token": bos,
                **settings})
            pair.compare(f"files, {bos}, {settings}")
    return pair.report("vocab.json")


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    logging.set_verbosity_error()
    program, make_model, book = sys.argv[1:4]
    text = pathlib.Path(book).read_text()
    differ = 0
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for name in sys.argv[4:] or FAMILIES:
            pair = Pair(program, make_model, folder / name,
                        MODEL_TYPES.get(name, "gpt2"))
            differ += compare_family(name, pair, text)
        if not sys.argv[4:]:
            for model_type in ("gpt2", "opt"):
                pair = Pair(program, make_model, folder / "files" / model_type,
                            model_type)
                differ += compare_files(pair, text)
    sys.exit(differ > 0)


if __name__ == "__main__":
    main()
