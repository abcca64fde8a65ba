# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT
"""Writes tests/data/tokenizers.json: what Hugging Face's tokenizers make of
texts with the steps of each family, for `make check`.

usage: tokenizer_golden.py BOOK

Byte-level families share the vocabulary of models/demo, the others a small
one that is learned from BOOK. A test puts tokenizers together as here.
"""
import json
import pathlib
import sys

from tokenizers import Tokenizer, pre_tokenizers

from tokenizer_families import FAMILIES, learn

TOP = pathlib.Path(__file__).parents[2]
TEXT = ("  It's THE 1st of 12345 caf\u00e9s\u2014don\u2019t  you'LL see?\r\n"
        "\r\n\u4f60\u597d (a|b)\t\u212b \u1e9b\u0323 x\u00b2 \u200b\U0001f600"
        " <|endoftext|> <|user|>  the-end </s> <Both> The \u2581\u2581z  ")
# The texts of which only sums are kept; the second is for steps that depend
# on how new a library's Unicode is.
NASTY = "tests/data/nasty-unicode.txt"
SAMPLE = "data/sample.txt"
NEW_MATTERS = ("metaspace", "switches")


def demo_vocabulary():
    folder = TOP / "models" / "demo"
    lines = (folder / "merges.txt").read_text().split("\n")
    merges = [line.split(" ") for line in lines[1:] if line]
    return json.loads((folder / "vocab.json").read_text()), merges


def marked_vocabulary(book):
    tokens, merges = learn(pre_tokenizers.Metaspace(), [book.read_text()],
                           400, [])
    tokens = ["<unk>", "<s>", "</s>",
              *(f"<0x{b:02X}>" for b in range(256)), *tokens]
    return {token: i for i, token in enumerate(tokens)}, merges


def build(family, vocab, merges):
    tokens, new = [], len(vocab)
    for token in family["added"]:
        known = vocab.get(token["content"])
        tokens.append({"id": new if known is None else known, **token})
        new += known is None
    return {"normalizer": family["normalizer"],
            "pre_tokenizer": family["pre_tokenizer"],
            "decoder": family["decoder"], "added_tokens": tokens,
            "model": {"type": "BPE", **family["model"]}}


def fingerprint(values):
    """FNV-1a, a value a step."""
    h = 0xcbf29ce484222325
    for value in values:
        h = (h ^ value) * 0x100000001b3 % 2**64
    return f"{h:016x}"


def expected(name, root, vocab, merges):
    whole = {"version": "1.0", "post_processor": None, **root}
    whole["model"] = {**root["model"], "vocab": vocab, "merges": merges}
    tokenizer = Tokenizer.from_str(json.dumps(whole))
    file = SAMPLE if name in NEW_MATTERS else NASTY
    ids = tokenizer.encode((TOP / file).read_bytes().decode()).ids
    decoded = tokenizer.decode(ids, skip_special_tokens=False).encode()
    return {"ids": tokenizer.encode(TEXT).ids, "file": file, "n": len(ids),
            "fingerprint": fingerprint(ids), "decoded": fingerprint(decoded)}


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    bytes_vocab, bytes_merges = demo_vocabulary()
    vocab, merges = marked_vocabulary(pathlib.Path(sys.argv[1]))
    families = {}
    for name, family in FAMILIES.items():
        words = vocab, merges
        if family["decoder"]["type"] == "ByteLevel":
            words = bytes_vocab, bytes_merges
        root = build(family, *words)
        families[name] = {"tokenizer": root,
                          **expected(name, root, *words)}
    golden = {"text": TEXT, "vocab": vocab, "merges": merges,
              "families": families}
    with open(TOP / "tests" / "data" / "tokenizers.json", "w") as out:
        rows = [f'"{key}": {json.dumps(golden[key])}'
                for key in ("text", "vocab", "merges")]
        rows.append('"families": {\n' + ",\n".join(
            f'"{name}": {json.dumps(family)}'
            for name, family in families.items()) + "}")
        out.write("{" + ",\n".join(rows) + "}\n")


if __name__ == "__main__":
    main()
