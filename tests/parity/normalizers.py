# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT
"""Compares normalizers with Hugging Face's tokenizers, over all code points.

usage: normalizers.py PROGRAM
       normalizers.py --golden FILE

PROGRAM is transect. Each step normalizes each of the 1,112,064 code points
alone, those of planes that have marks between marks as well, and random
texts of what normal forms change; Digits and Punctuation cut all of them.
Tokens are bytes, so that ids are the text. With --golden, which is
tests/data/normalizers.json, the SHA-256 of what the steps make of each code
point alone and between marks, as lines, is written. Exit status 1 if a text
differs.
"""
import hashlib
import json
import pathlib
import random
import subprocess
import sys
import tempfile

from tokenizers import Tokenizer

FORMS = {name: {"type": name}
         for name in ("NFC", "NFD", "NFKC", "NFKD", "Lowercase")}
STEPS = {**FORMS,
         "Strip": {"type": "Strip", "strip_left": True, "strip_right": True},
         "Prepend": {"type": "Prepend", "prepend": "\u2581"},
         "Replace": {"type": "Replace", "content": "_",
                     "pattern": {"Regex": r"[\s\p{P}]|\b"}}}
CODES = [c for c in range(0x110000) if not 0xd800 <= c < 0xe000]
# Planes with assigned characters, but for private ones.
ASSIGNED = [c for c in CODES if c < 0x33400 or 0xe0000 <= c < 0xe1000]


def alone(codes):
    return "".join(f"{chr(c)}\n" for c in codes)


def between_marks(codes):
    return "".join(f"e\u0345{chr(c)}\u0316\u0301\n" for c in codes)


def byte_symbols():
    kept = {*range(33, 127), *range(161, 173), *range(174, 256)}
    others = iter(range(256, 512))
    return [chr(b if b in kept else next(others)) for b in range(256)]


def tokenizer_json(normalizer, steps=()):
    """Pieces of steps have a space in front."""
    vocab = {symbol: b for b, symbol in enumerate(byte_symbols())}
    byte_level = {"type": "ByteLevel", "add_prefix_space": bool(steps),
                  "trim_offsets": True, "use_regex": False}
    return {"version": "1.0", "truncation": None, "padding": None,
            "added_tokens": [], "normalizer": normalizer,
            "pre_tokenizer": {"type": "Sequence",
                              "pretokenizers": [*steps, byte_level]},
            "post_processor": None,
            "decoder": {"type": "ByteLevel", "add_prefix_space": True,
                        "trim_offsets": True, "use_regex": True},
            "model": {"type": "BPE", "dropout": None, "unk_token": None,
                      "continuing_subword_prefix": None,
                      "end_of_word_suffix": None, "fuse_unk": False,
                      "byte_fallback": False, "ignore_merges": False,
                      "vocab": vocab, "merges": []}}


def compare(program, folder, name, tokenizer, text):
    text = "\n" + text  # tokenizers panics if Replace puts something in front
    root = pathlib.Path(folder)
    (root / "tokenizer.json").write_text(json.dumps(tokenizer))
    (root / "text").write_bytes(text.encode())
    ours = subprocess.run([program, "tokenize", folder, str(root / "text"),
                           "--ids"], check=True, capture_output=True).stdout
    ours = bytes(map(int, ours.split()))
    theirs = bytes(Tokenizer.from_str(json.dumps(tokenizer)).encode(
        text, add_special_tokens=False).ids)
    if ours == theirs:
        print(f"{name:12} {len(text):9} characters: the same", flush=True)
        return True
    for a, b in zip(ours.split(b"\n"), theirs.split(b"\n")):
        if a != b:
            print(f"{name}: {ascii(a.decode(errors='replace'))}; there "
                  f"{ascii(b.decode(errors='replace'))}")
            break
    return False


def near_text():
    r = random.Random(1)
    pool = [c for c in ASSIGNED if c < 0x30000 and
            chr(c).casefold() + chr(c).upper() != 2 * chr(c)]
    pool += [*range(0x300, 0x370), *range(0x1100, 0x1200),
             *range(0xac00, 0xac80), *range(0x900, 0xd80),
             *range(0x11000, 0x11a00), *range(0x1ab0, 0x1b00)] * 3
    return "".join(chr(r.choice(pool)) if i % 30 else "\n"
                   for i in range(300000))


def golden(path):
    from tokenizers import normalizers
    rows = []
    for name in FORMS:
        step = getattr(normalizers, name)()
        digests = [hashlib.sha256(step.normalize_str(text).encode())
                   .hexdigest()
                   for text in (alone(CODES), between_marks(ASSIGNED))]
        rows.append(f"{json.dumps(name)}: {json.dumps(digests)}")
    pathlib.Path(path).write_text("{\n" + ",\n".join(rows) + "\n}\n")


def main():
    if sys.argv[1] == "--golden":
        golden(sys.argv[2])
        return 0
    same = True
    with tempfile.TemporaryDirectory() as folder:
        for name, step in STEPS.items():
            tokenizer = tokenizer_json(step)
            for text in (alone(CODES), between_marks(ASSIGNED), near_text()):
                same &= compare(sys.argv[1], folder, name, tokenizer, text)
        for name, step in (("Digits", {"type": "Digits",
                                       "individual_digits": False}),
                           ("Punctuation", {"type": "Punctuation",
                                            "behavior": "Removed"})):
            tokenizer = tokenizer_json(None, [step])
            same &= compare(sys.argv[1], folder, name, tokenizer,
                            alone(CODES))
    return not same


sys.exit(main())
