# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT
"""Compares `transect tokenize` with Hugging Face on the same vocabulary.

usage: tokenizer.py PROGRAM MODEL BOOKS

MODEL holds vocab.json and merges.txt; BOOKS is a folder of UTF-8 *.txt. Also
compared: nasty-unicode.txt and every code point between letters, numbers,
marks and spaces. One line a group; exit status 1 if any id differs.
"""
import pathlib
import subprocess
import sys
import tempfile
import time

from transformers import GPT2TokenizerFast

NASTY = pathlib.Path(__file__).parent.parent / "data" / "nasty-unicode.txt"
ROW = "%-18s %6s %12s %12s %10s %10s  %s"


def ours(program, model, path):
    command = [program, "tokenize", model, str(path), "--ids"]
    output = subprocess.run(command, check=True, capture_output=True).stdout
    return [int(word) for word in output.split()]


def back(program, model, ids):
    command = [program, "tokenize", model, "--decode"]
    text = " ".join(map(str, ids)).encode()
    return subprocess.run(command, check=True, capture_output=True,
                          input=text).stdout


def report_difference(path, mine, theirs, reference):
    for i, (a, b) in enumerate(zip(mine + [-1], theirs + [-1])):
        if a != b:
            before = reference.decode(theirs[max(0, i - 10):i])
            print(f"{path}: token {i} is {a}; Hugging Face has {b}, after "
                  f"{before!r}", file=sys.stderr)
            return


def compare(group, paths, program, model, reference):
    size = n_ids = differ = 0
    our_time = their_time = 0.0
    for path in paths:
        # Not read_text(): it would turn CR LF into LF.
        raw = path.read_bytes()
        text = raw.decode("utf-8")
        start = time.perf_counter()
        mine = ours(program, model, path)
        middle = time.perf_counter()
        theirs = reference.encode(text, add_special_tokens=False).ids
        their_time += time.perf_counter() - middle
        our_time += middle - start
        size += len(raw)
        n_ids += len(theirs)
        if mine != theirs:
            differ += 1
            report_difference(path, mine, theirs, reference)
        elif back(program, model, mine) != raw:
            differ += 1
            print(f"{path}: --decode gives other bytes", file=sys.stderr)
    print(ROW % (group, len(paths), size, n_ids,
                 "%.1f" % (size / 1e6 / our_time),
                 "%.1f" % (size / 1e6 / their_time),
                 f"{differ} differ" if differ else "equal"), flush=True)
    return differ


def write_code_points(path):
    with open(path, "wb") as out:
        for code in range(0x110000):
            if 0xd800 <= code < 0xe000:
                continue
            c = chr(code)
            out.write(f"a{c}b1{c}2!{c}? {c} {c}{c}'s{c}".encode())


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    program, model, books = sys.argv[1:]
    fast = GPT2TokenizerFast.from_pretrained(model)
    reference = fast.backend_tokenizer
    paths = sorted(pathlib.Path(books).glob("*.txt"))
    if not paths:
        sys.exit(f"{books}: no *.txt in it; it must be a folder of books")
    print(ROW % ("text", "files", "bytes", "ids", "MB/s", "HF MB/s",
                 "result"))
    differ = compare(NASTY.name, [NASTY], program, model, reference)
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "code-points.txt"
        write_code_points(path)
        differ += compare("every code point", [path], program, model,
                          reference)
    differ += compare("books", paths, program, model, reference)
    sys.exit(differ > 0)


if __name__ == "__main__":
    main()
