# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT
"""Compares added tokens with Hugging Face's tokenizers, at random.

usage: added_tokens.py PROGRAM [TRIALS [SEED]]
       added_tokens.py --golden FILE

A trial is a tokenizer whose added tokens are made of few characters, so that
they overlap, repeat, neighbour and contain each other, with switches at
random; and a text of the same. --golden writes some for `make check`.
"""
import json
import pathlib
import random
import subprocess
import sys
import tempfile

from tokenizers import Tokenizer, pre_tokenizers

MARK = "▁"
METASPACE = {"type": "Metaspace", "replacement": MARK, "split": False}
BYTES = {"type": "ByteLevel", "add_prefix_space": False,
         "trim_offsets": True, "use_regex": True}
PREPEND = {"type": "Sequence", "normalizers": [
    {"type": "Prepend", "prepend": MARK},
    {"type": "Replace", "pattern": {"String": " "}, "content": MARK}]}
LOWER = {"type": "Lowercase"}
# (normalizer, pre_tokenizer)
STEPS = [
    (None, BYTES), (LOWER, BYTES), (None, {**BYTES, "add_prefix_space": True}),
    ({"type": "Replace", "pattern": {"String": "ab"}, "content": "c"}, BYTES),
    (None, {**METASPACE, "prepend_scheme": "first"}),
    (None, {**METASPACE, "prepend_scheme": "always"}), (PREPEND, None),
    (LOWER, {**METASPACE, "prepend_scheme": "never"}),
]
PARTS = ["a", "b", "A", "<", ">", " ", " ", "  ", "\n", "\u00a0", "\t", "1",
         "_", "é", "E", "\u0301", "ß", "\u3000", "你", "-", MARK]


def vocabulary(step):
    """Ids of all bytes, and of what two merges make."""
    if step[1] and step[1]["type"] == "ByteLevel":
        tokens = sorted(pre_tokenizers.ByteLevel.alphabet())
        merges = ["a b", "Ġ a"]
    else:
        tokens = [f"<0x{b:02X}>" for b in range(256)] + ["a", "b", MARK]
        merges = ["a b", f"{MARK} a", f"{MARK} {MARK}"]
    tokens += [merge.replace(" ", "") for merge in merges]
    return {token: i for i, token in enumerate(tokens)}, merges


def make_added(rng, vocab):
    texts = ["".join(rng.choices(PARTS, k=rng.choice((1, 1, 2, 2, 3, 5))))
             for _ in range(rng.randint(1, 8))]
    tokens, ids = [], {}
    for text in texts:
        new = len(vocab) + sum(t not in vocab for t in ids)
        ids.setdefault(text, vocab.get(text, new))
        tokens.append({"id": ids[text], "content": text, **{
            key: rng.random() < 0.4 for key in
            ("single_word", "lstrip", "rstrip", "normalized", "special")}})
    return tokens


def make_tokenizer(rng):
    step = rng.choice(STEPS)
    vocab, merges = vocabulary(step)
    tokens = make_added(rng, vocab)
    return {"version": "1.0", "truncation": None, "padding": None,
            "added_tokens": tokens, "normalizer": step[0],
            "pre_tokenizer": step[1], "post_processor": None, "decoder": None
            if step[1] and step[1]["type"] == "ByteLevel" else
            {"type": "Sequence", "decoders": [
                {"type": "Replace", "pattern": {"String": MARK},
                 "content": " "}, {"type": "ByteFallback"}]},
            "model": {"type": "BPE", "dropout": None, "unk_token": None,
                      "continuing_subword_prefix": None,
                      "end_of_word_suffix": None, "fuse_unk": False,
                      "byte_fallback": True, "ignore_merges": False,
                      "vocab": vocab, "merges": merges}}


def make_text(rng, root):
    parts = [t["content"] for t in root["added_tokens"]] * 2 + PARTS
    return "".join(rng.choices(parts, k=rng.randint(1, 14)))


def expected(root, text):
    """None: a token of blanks that another one has taken ends tokenizers."""
    try:
        return Tokenizer.from_str(json.dumps(root)).encode(text).ids
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        return None


def is_chance(root):
    """Which of two tokens with the same normalized text is found is chance in
    tokenizers: it goes by the order of a hash table."""
    normalizer = Tokenizer.from_str(json.dumps(root)).normalizer
    last = {token["content"]: token for token in root["added_tokens"]}
    texts = [normalizer.normalize_str(text) if normalizer else text
             for text, token in last.items() if token["normalized"]]
    return len(texts) > len(set(texts))


def trial(rng):
    while True:
        root = make_tokenizer(rng)
        if is_chance(root):
            continue
        text = make_text(rng, root)
        theirs = expected(root, text)
        if theirs is not None:
            return root, text, theirs


def write_golden(path):
    """[number of a tokenizer, its added tokens, text, ids], ...; and the
    tokenizers, whose vocabulary is a list in the order of ids."""
    rng, rows, tokenizers = random.Random(1), [], []
    for _ in range(300):
        root, text, ids = trial(rng)
        added = [{key: value for key, value in token.items()
                  if value is not False}
                 for token in root.pop("added_tokens")]
        root["model"]["vocab"] = list(root["model"]["vocab"])
        if root not in tokenizers:
            tokenizers.append(root)
        rows.append(json.dumps([tokenizers.index(root), added, text, ids]))
    path.write_text('{"tokenizers": [\n' +
                    ",\n".join(map(json.dumps, tokenizers)) +
                    '],\n"trials": [\n' + ",\n".join(rows) + "]}\n")


def compare(program, trials, seed):
    rng, differ = random.Random(seed), 0
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for i in range(trials):
            root, text, theirs = trial(rng)
            (folder / "tokenizer.json").write_text(json.dumps(root))
            (folder / "text").write_bytes(text.encode())
            done = subprocess.run(
                [*program.split(), "tokenize", str(folder),
                 str(folder / "text"), "--ids"], capture_output=True)
            ours = [int(word) for word in done.stdout.split()]
            if ours != theirs or done.returncode:
                differ += 1
                tokens = json.dumps(root["added_tokens"], ensure_ascii=False)
                print(f"trial {i}: {root['normalizer']} "
                      f"{root['pre_tokenizer']}\n{tokens}\n{text!r}: {ours}, "
                      f"Hugging Face {theirs} {done.stderr.decode()}")
    print(f"added tokens: {trials} trials from seed {seed}, {differ} differ")
    return differ


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    if sys.argv[1] == "--golden":
        write_golden(pathlib.Path(sys.argv[2]))
        return
    trials = int(sys.argv[2]) if len(sys.argv) > 2 else 10000
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    sys.exit(compare(sys.argv[1], trials, seed) > 0)


if __name__ == "__main__":
    main()
