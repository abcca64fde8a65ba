# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT
"""Compares `transect tokenize` with Hugging Face's tokenizers.

usage: tokenizer.py PROGRAM MODEL BOOKS [--all] [FAMILY...]

MODEL holds vocab.json and merges.txt; BOOKS is a folder of UTF-8 *.txt. After
MODEL come the families of tokenizer_families.py, with vocabularies trained on
some books, and compared on every tenth, or on --all. Texts are the books,
nasty-unicode.txt, and every code point between letters, numbers, marks and
spaces; what no tokenizer of Hugging Face takes, random bytes, must come back
from --decode. One line a text; exit status 1 if anything differs.
"""
import json
import pathlib
import random
import subprocess
import sys
import tempfile
import time

import regex
from tokenizers import Tokenizer
from transformers import GPT2TokenizerFast

from tokenizer_families import build, FAMILIES

NASTY = pathlib.Path(__file__).parent.parent / "data" / "nasty-unicode.txt"
ROW = "%-10s %-16s %5s %10s %10s %7s %7s  %s"
# Families that change text for good.
LOSSY = ("qwen2", "gpt_neox", "metaspace", "unknown", "switches", "behaviors")


class Subject:
    """A tokenizer, ours by its folder and theirs."""

    def __init__(self, name, program, folder, reference):
        self.name, self.program, self.folder = name, program, str(folder)
        self.reference = reference

    def ours(self, path):
        command = [self.program, "tokenize", self.folder, str(path), "--ids",
                   "--bytes"]
        output = subprocess.run(command, check=True,
                                capture_output=True).stdout
        return [int(word) for word in output.split()]

    def back(self, ids):
        command = [self.program, "tokenize", self.folder, "--decode"]
        text = " ".join(map(str, ids)).encode()
        return subprocess.run(command, check=True, capture_output=True,
                              input=text).stdout

    def theirs(self, text):
        return self.reference.encode(text, add_special_tokens=False).ids

    def same(self, path, mine, theirs):
        for i, (a, b) in enumerate(zip(mine + [-1], theirs + [-1])):
            if a != b:
                before = self.reference.decode(theirs[max(0, i - 10):i],
                                               skip_special_tokens=False)
                print(f"{path}: token {i} is {a}; Hugging Face has {b}, "
                      f"after {before!r}", file=sys.stderr)
                return False
        decoded = self.reference.decode(theirs, skip_special_tokens=False)
        # Theirs is a string: what is not UTF-8, since bytes were left out
        # that have no token, is U+FFFD there.
        if self.back(mine).decode(errors="replace") == decoded:
            return True
        print(f"{path}: --decode gives other bytes", file=sys.stderr)
        return False

    def compare(self, group, paths):
        size = n_ids = differ = 0
        our_time = their_time = 0.0
        for path in paths:
            # Not read_text(): it would turn CR LF into LF.
            raw = path.read_bytes()
            text = raw.decode("utf-8")
            start = time.perf_counter()
            mine = self.ours(path)
            middle = time.perf_counter()
            theirs = self.theirs(text)
            their_time += time.perf_counter() - middle
            our_time += middle - start
            size += len(raw)
            n_ids += len(theirs)
            differ += not self.same(path, mine, theirs)
        self.print_row(group, paths, size, n_ids, differ, our_time,
                       their_time)
        return differ

    def round_trip(self, path):
        raw = path.read_bytes()
        ids = self.ours(path)
        differ = self.back(ids) != raw
        self.print_row("random bytes", [path], len(raw), len(ids), differ)
        return differ

    def print_row(self, group, paths, size, n_ids, differ, *times):
        speeds = ["%.1f" % (size / 1e6 / t) for t in times] or ["", ""]
        print(ROW % (self.name, group, len(paths), size, n_ids, *speeds,
                     f"{differ} differ" if differ else "equal"), flush=True)


def write_code_points(path, every):
    assigned = regex.compile(r"[^\p{Cn}\p{Co}]")
    with open(path, "wb") as out:
        for code in range(0x110000):
            if 0xd800 <= code < 0xe000:
                continue
            c = chr(code)
            if every:
                out.write(f"a{c}b1{c}2!{c}? {c} {c}{c}'s{c}'{c}".encode())
            elif code % 61 == 0 or assigned.match(c):
                out.write(f"a{c}1{c} {c}'{c}".encode())


def write_random(path):
    generator = random.Random(1)
    with open(path, "wb") as out:
        for _ in range(3000):
            out.write(generator.randbytes(generator.randrange(40)))
            out.write(generator.choice(["a", " ", "\n", "'s", " the", "é",
                                        "😀", "\u180e", "12"]).encode())


def compare_all(subject, nasty, texts, books):
    return (subject.compare("nasty Unicode", [nasty]) +
            subject.compare("code points", [texts]) +
            subject.compare("books", books))


def compare_family(name, program, folder, books):
    text = [book.read_text() for book in books[:6]]
    folder = folder / name
    folder.mkdir()
    path = folder / "tokenizer.json"
    path.write_text(json.dumps(build(name, text, 3000), ensure_ascii=False))
    subject = Subject(name, program, folder, Tokenizer.from_file(str(path)))
    texts = [NASTY, folder.parent / "code-points.txt"]
    differ = compare_all(subject, *texts, books)
    if name not in LOSSY:
        differ += subject.round_trip(folder.parent / "random")
    return differ


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    program, model, books = sys.argv[1:4]
    names = [name for name in sys.argv[4:] if name != "--all"]
    books = sorted(pathlib.Path(books).glob("*.txt"))
    if not books:
        sys.exit(f"{sys.argv[3]}: no *.txt in it; it must be a folder of "
                 "books")
    print(ROW % ("tokenizer", "text", "files", "bytes", "ids", "MB/s",
                 "HF MB/s", "result"))
    differ = 0
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        if not names:
            fast = GPT2TokenizerFast.from_pretrained(model)
            subject = Subject("demo", program, model, fast.backend_tokenizer)
            write_code_points(folder / "all.txt", True)
            differ += compare_all(subject, NASTY, folder / "all.txt",
                                  books)
        write_code_points(folder / "code-points.txt", False)
        write_random(folder / "random")
        if "--all" not in sys.argv:
            books = books[::10]
        for name in names or FAMILIES:
            differ += compare_family(name, program, folder, books)
    sys.exit(differ > 0)


if __name__ == "__main__":
    main()
