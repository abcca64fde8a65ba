# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT
"""Compares random Split patterns with Hugging Face's tokenizers.

usage: regexes.py PROGRAM [--seed N] [--patterns N]

PROGRAM is tests/regex-parts: it reads lines of JSON, a pattern and texts, and
writes how the pattern cuts them, or why it is refused. Patterns are random,
of classes, literals, groups and quantifiers; texts are random too, of
characters that lie at the edges of classes and of those of the pattern. Exit
status 1 if one is cut otherwise. Patterns that are refused are counted.
"""
import argparse
import collections
import json
import random
import subprocess
import sys

from tokenizers import pre_tokenizers, Regex

CLASSES = [
    r"\w", r"\W", r"\d", r"\D", r"\s", r"\S", r"\h", r"\H", r"\p{L}",
    r"\p{Lu}", r"\p{Ll}", r"\p{^Lu}", r"\P{N}", r"\p{Han}", r"\p{M}",
    r"\p{Greek}", r"\p{Script_Extensions}", r"\p{P}", r"\p{S}", r"\p{Emoji}",
    r"\p{Alphabetic}", r"\p{ uppercase-Letter}", r"\p{Zs}", r"\p{Cyrillic}",
    r"\p{Hiragana}", r"\p{Latin}", r"\p{Cn}", r"\p{Thai}", r"\p{Any}",
    r"\p{Hangul}", r"\p{punct}", r"\p{print}",
]
POSIX = ["[:%s:]" % name for name in
         "alnum alpha ascii blank cntrl digit graph lower print punct space "
         "upper word xdigit ^alpha ^space ^punct ^lower".split()]
LITERALS = (list("abkstiSKTZ019_ .,!'-/#\"<>~@=&:;") + [
    "\u00e9", "\u00df", "\u017f", "\u212a", "\u0130", "\u0131", "\u03c3",
    "\u03c2", "\u03a3", "\u01c5", "\u4e00", "\u3042", "\U0001f600", "\ufb06",
    r"\n", r"\r", r"\t", r"\.", r"\x{41}", r"\u4e00", r"\x20", r"\\", r"\]",
    r"\-", r"\^", r"\/", r"\'", r"\v", r"\x0b"])
NASTY = list("aAbBkKsStTiIzZ019 _.,!'-/#\"<>~@=&:;$+^`|(){}[]*?\\\n\r\t\v") + [
    chr(c) for c in (
        0, 0x1c, 0x7f, 0x85, 0xa0, 0xa7, 0xaa, 0xad, 0xb2, 0xb5, 0xdf, 0xe9,
        0xe0, 0x130, 0x131, 0x149, 0x17f, 0x1c5, 0x1f0, 0x2b0, 0x300, 0x345,
        0x370, 0x390, 0x3a3, 0x3c2, 0x3c3, 0x410, 0x660, 0x6dd, 0x903, 0xe01,
        0x1100, 0x13a0, 0x1680, 0x180e, 0x1e9e, 0x200b, 0x200c, 0x200d,
        0x2028, 0x2029, 0x202f, 0x203f, 0x2060, 0x20ac, 0x20dd, 0x212a,
        0x2160, 0x2460, 0x24d0, 0x3000, 0x3001, 0x3005, 0x3007, 0x3042,
        0x4e00, 0xa7cb, 0xac00, 0xe000, 0xfb00, 0xfb05, 0xfb06, 0xfb13,
        0xfdd0, 0xfeff, 0xff10, 0xff41, 0xfffd, 0x10400, 0x10d40, 0x11f00,
        0x16d40, 0x1d400, 0x1d7ce, 0x1e900, 0x1f130, 0x1f600, 0x20000,
        0x31350, 0xe0001, 0x10ffff)]


def bracket(r, depth=0):
    text = "[" + r.choice(("", "", "^"))
    for _ in range(r.randint(1, 4)):
        kind = r.random()
        if kind < .3:
            text += r.choice(CLASSES)
        elif kind < .45:
            text += r.choice(POSIX)
        elif kind < .6 and depth < 2:
            text += bracket(r, depth + 1)
        elif kind < .7:
            text += r.choice(("a-z", "0-9", "A-K", "\u4e00-\u9fff",
                              r"\x{370}-\x{3ff}", "!-/"))
        elif kind < .76:
            text += "&&"
        else:
            text += r.choice(LITERALS)
    return text + r.choice(("", "", "", "-")) + "]"


def atom(r, depth):
    kind = r.random()
    if kind < .3:
        return r.choice(LITERALS)
    if kind < .5:
        return r.choice(CLASSES)
    if kind < .7:
        return bracket(r)
    if kind < .73:
        return "."
    if kind < .8:
        return r.choice(("^", "$", r"\b", r"\B", r"\A", r"\z", r"\Z", r"\R",
                         r"\N", r"\O", "(?i)", "(?m)", "(?#x)"))
    if depth > 2:
        return r.choice(LITERALS)
    return r.choice(("(", "(?:", "(?i:", "(?m:", "(?i-m:", "(?=", "(?!",
                     "(?>", "(?<=", "(?<!", "(?x: ", "(?<n>")) + branches(
                         r, depth + 1) + ")"


def branches(r, depth=0):
    parts = []
    for _ in range(r.choice((1, 1, 2, 3))):
        text = ""
        for _ in range(r.randint(1, 3)):
            text += atom(r, depth)
            if r.random() < .4:
                text += r.choice(("*", "+", "?", "+", "+?", "*?", "??", "++",
                                  "?+", "*+", "{2}", "{1,3}", "{2,}",
                                  "{1,2}?", "{,2}"))
        parts.append(text)
    return "|".join(parts)


def text_for(r, pattern):
    near = [c for c in pattern if c not in "\\"]
    pool = [r.choice(NASTY) for _ in range(r.randint(2, 12))] + near
    return "".join(r.choice(pool if r.random() < .8 else NASTY)
                   for _ in range(r.randint(1, 40)))


def theirs(pattern, texts):
    """None: not a pattern for them, or they give up."""
    try:
        split = pre_tokenizers.Split(Regex(pattern), "isolated")
        return [[p for p, _ in split.pre_tokenize_str(t)] for t in texts]
    except KeyboardInterrupt:
        raise
    except BaseException:  # a panic is no Exception
        return None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--patterns", type=int, default=20000)
    args = parser.parse_args()
    r = random.Random(args.seed)
    asked = []
    for _ in range(args.patterns):
        pattern = branches(r)
        asked.append((pattern, [text_for(r, pattern) for _ in range(6)]))
    lines = "".join(json.dumps([p, *texts]) + "\n" for p, texts in asked)
    answers = subprocess.run([args.program], input=lines.encode(), check=True,
                             stdout=subprocess.PIPE).stdout.splitlines()
    count, reasons = collections.Counter(), collections.Counter()
    for (pattern, texts), answer in zip(asked, answers):
        right, answer = theirs(pattern, texts), json.loads(answer)
        if isinstance(answer, str):
            count["refused by both" if right is None else "refused"] += 1
            if right is not None:
                reasons[answer] += 1
        elif right is None:
            count["refused by them alone"] += 1
            reasons["them: " + pattern] += 1
        elif right != answer:
            count["differ"] += 1
            for text, a, b in zip(texts, answer, right):
                if a != b and count["differ"] <= 12:
                    print(f"{ascii(pattern)} cuts {ascii(text)}\n  here "
                          f"{ascii(a)}\n  there {ascii(b)}")
                    break
        else:
            count["same"] += 1
    print(dict(count))
    for reason, n in reasons.most_common(30):
        print(f"{n:6d} {ascii(reason)}")
    return count["differ"] > 0


sys.exit(main())
