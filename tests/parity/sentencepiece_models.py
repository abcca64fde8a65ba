# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT
"""Compares tokenizer.model files with the sentencepiece package.

usage: sentencepiece_models.py PROGRAM BOOKS [--all]
       sentencepiece_models.py --golden BOOKS FOLDER

Trains small models of the kind BPE with the switches that such files have, on
some of BOOKS, a folder of UTF-8 *.txt; the texts are every tenth book, or with
--all all of them, nasty-unicode.txt, and texts of spaces and user-defined
symbols at random. --golden writes tokenizer.model and ids.json, for
`make check`. One line a model; exit status 1 if anything differs.
"""
import json
import pathlib
import random
import subprocess
import sys
import tempfile

import sentencepiece

NASTY = pathlib.Path(__file__).parent.parent / "data" / "nasty-unicode.txt"
SYMBOLS = ["<x>", "<x><y>", "\n\n", "▁▁▁", "the", "é", "<y>z"]
MODELS = {
    "llama": {"byte_fallback": True, "remove_extra_whitespaces": False},
    "symbols": {"byte_fallback": True, "remove_extra_whitespaces": False,
                "user_defined_symbols": SYMBOLS},
    "gemma": {"byte_fallback": True, "remove_extra_whitespaces": False,
              "add_dummy_prefix": False, "user_defined_symbols": SYMBOLS},
    "squeezed": {"byte_fallback": True, "user_defined_symbols": SYMBOLS},
    "unknown": {"character_coverage": 0.995},
    "digits": {"split_digits": True, "allow_whitespace_only_pieces": True,
               "byte_fallback": True, "remove_extra_whitespaces": False,
               "split_by_whitespace": False},
}


def train(folder, name, books, size=500):
    path = folder / name / "tokenizer"
    path.parent.mkdir()
    sentencepiece.SentencePieceTrainer.train(
        input=",".join(map(str, books)), model_prefix=str(path),
        model_type="bpe", vocab_size=size, num_threads=1,
        normalization_rule_name="identity", minloglevel=2,
        input_sentence_size=20000, shuffle_input_sentence=False,
        **MODELS[name])
    return sentencepiece.SentencePieceProcessor(
        model_file=str(path) + ".model")


def make_texts():
    rng = random.Random(1)
    parts = [*SYMBOLS, " ", " ", "  ", "a", "b", "▁", "The", "th", "\n", "\t",
             "<", ">", "你", "\u00a0", "😀", "1", "2"]
    return ["".join(rng.choices(parts, k=rng.randint(1, 12)))
            for _ in range(200)]


def ours(program, folder, text, path):
    path.write_bytes(text.encode())
    done = subprocess.run([program, "tokenize", str(folder), str(path),
                           "--ids"], check=True, capture_output=True)
    return [int(word) for word in done.stdout.split()]


def compare(program, folder, name, train_on, texts):
    model = train(folder, name, train_on)
    differ = n = 0
    for text in texts:
        mine = ours(program, folder / name, text, folder / "text")
        theirs = model.encode(text)
        n += len(theirs)
        if mine != theirs:
            differ += 1
            i = next((i for i, (a, b) in enumerate(zip(mine, theirs))
                      if a != b), min(len(mine), len(theirs)))
            print(f"{name}: {text[:60]!r}: id {i}: {mine[i:i + 8]}, "
                  f"sentencepiece {theirs[i:i + 8]}")
    print(f"{name:10} {len(texts)} texts, {n} ids, {differ} differ",
          flush=True)
    return differ


def write_golden(books, folder):
    with tempfile.TemporaryDirectory() as work:
        work = pathlib.Path(work)
        model = train(work, "symbols", books[:1])
        data = (work / "symbols" / "tokenizer.model").read_bytes()
        (folder / "tokenizer.model").write_bytes(data)
    rows = [json.dumps([text, model.encode(text)]) for text in make_texts()]
    (folder / "ids.json").write_text('{"texts": [\n' + ",\n".join(rows) +
                                     "]}\n")


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    books = sorted(pathlib.Path(sys.argv[2]).glob("*.txt"))
    if sys.argv[1] == "--golden":
        write_golden(books, pathlib.Path(sys.argv[3]))
        return
    texts = [NASTY.read_bytes().decode(), *make_texts()]
    texts += [book.read_bytes().decode() for book in
              (books if "--all" in sys.argv else books[::10])]
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        sys.exit(sum(compare(sys.argv[1], folder, name, books[:3], texts)
                     for name in MODELS) > 0)


if __name__ == "__main__":
    main()
