# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT
"""Writes core/regex's tables of characters, from Hugging Face's tokenizers.

usage: unicode_tables.py [--classes FILE]

Each class of characters is probed over all 1,112,064 code points, by a Split
at its matches, so that the tables are what the installed package (Oniguruma,
and Rust for Lowercase) has, whatever its version of Unicode. With --classes a
golden is written instead, tests/data/character-classes.json: for each class
the number of its code points and the SHA-256 of the list of their ranges.
"""
import bisect
import hashlib
import json
import pathlib
import sys

from regex._regex_core import PROPERTIES
from tokenizers import NormalizedString, normalizers, Regex

FOLDER = pathlib.Path(__file__).parent.parent.parent / "core" / "regex"
CODES = [c for c in range(0x110000) if not 0xd800 <= c < 0xe000]
ALL = NormalizedString("".join(map(chr, CODES)))
CATEGORIES = ("lu ll lt lm lo mn mc me nd nl no pc pd ps pe pi pf po sm sc "
              "sk so zs zl zp cc cf cs co cn").split()
POSIX = ("alnum alpha ascii blank cntrl digit graph lower print punct space "
         "upper word xdigit").split()
BINARY = """
    any assigned alphabetic lowercase uppercase whitespace cased ideographic
    unifiedideograph dash hexdigit asciihexdigit diacritic extender
    quotationmark terminalpunctuation emoji emojicomponent emojimodifier
    emojimodifierbase emojipresentation extendedpictographic idstart
    idcontinue xidstart xidcontinue math variationselector
    defaultignorablecodepoint joincontrol noncharactercodepoint posixpunct
    """.split()
COMPOSED = [
    r"\w", r"\W", r"\d", r"\D", r"\s", r"\S", r"\h", r"\H", r"\N", r"\O",
    r".", r"(?m:.)", r"\P{Han}", r"\p{^Han}", r"\P{^Han}", r"[[:^punct:]]",
    r"[^\s\p{L}\p{N}]", r"[^\r\n\p{L}\p{N}]", r"[\w&&[^\p{Han}]]",
    r"[^\p{L}&&\p{Greek}a-z]", r"[a-z[^\P{Lu}\d][:digit:]]",
    r"[^[^\p{Cyrillic}&&\W]]", r"(?i:[a-z])", r"(?i:[^a-z\u0370-\u03ff])",
    r"(?i:[\p{Han}k-s\u03c3])", r"(?i:\u01c5)", r"(?i:\p{Lu})",
]
HEAD = """\
/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* %s - %s Written by
 * tests/parity/unicode_tables.py. */
#include "regex/unicode-tables.h"

"""


def probe(pattern):
    """The set of a class, as sorted places where it begins and ends."""
    at, toggles = 0, []
    # What is kept of "removed" says nothing of where it was; "isolated" gives
    # all, matches and what is between, in turn.
    pieces = ALL.split(Regex(f"(?:{pattern})+"), "isolated")
    inside = bool(ALL.slice((0, 1)).split(Regex(pattern), "removed") == [])
    for piece in pieces:
        if inside:
            toggles.append(at)
        at += len(piece.normalized)
        if inside:
            toggles.append(at)
        inside = not inside
    places = CODES + [0x110000]
    return [places[i] for i in toggles]


def as_set(toggles):
    return {c for a, b in zip(toggles[::2], toggles[1::2])
            for c in range(a, b) if not 0xd800 <= c < 0xe000}


def as_toggles(codes):
    toggles = []
    for code in sorted(codes):
        if toggles and toggles[-1] == code:
            toggles[-1] = code + 1
        else:
            toggles += [code, code + 1]
    return toggles


def pattern_of(name):
    return f"[[{name}:]]" if name[0] == ":" else r"\p{%s}" % name


def known(name):
    try:
        return probe(pattern_of(name))
    except Exception:
        return None


def is_known(name):
    try:
        return bool(Regex(pattern_of(name)))
    except Exception:
        return False


def same(toggles, name):
    """Where a set begins and ends, is that of the name the same?"""
    near = "".join(chr(c) for t in toggles for c in (t - 1, t)
                   if 0 <= c < 0x110000 and not 0xd800 <= c < 0xe000)
    mine = [c for c in near if is_in(toggles, ord(c))]
    pieces = NormalizedString(near).split(Regex("[^" + pattern_of(name) + "]"),
                                          "removed")
    return mine == [c for piece in pieces for c in piece.normalized]


def is_in(toggles, code):
    return bisect.bisect_right(toggles, code) % 2 == 1


def names_of(prop):
    """Each value's names, folded as Oniguruma folds them."""
    values = {}
    for name, value in PROPERTIES[prop][1].items():
        values.setdefault(value, set()).add(
            name.lower().replace("_", "").replace(" ", "").replace("-", ""))
    return values.values()


def packed(entries):
    lines, line = [], "   "
    for entry in entries:
        text = f" {entry},"
        if len(line) + len(text) > 79:
            lines.append(line)
            line = "   "
        line += text
    return "\n".join(lines + [line]) + "\n"


def size_of(array):
    return (f"const size_t {array}_n =\n    sizeof {array} / "
            f"sizeof *{array};\n")


def write(name, purpose, text):
    (FOLDER / name).write_text(HEAD % (name, purpose) + text)


def lengths(value_of):
    """How many code points one after the other have a value."""
    last, out = None, []
    for code in range(0x110000):
        value = value_of.get(code, 0)
        if value != last:
            out.append([0, value])
            last = value
        out[-1][0] += 1
    return [n << 8 | value for n, value in out]


def partition(name, purpose, array, classes):
    """classes: sets without common members, numbered from 1."""
    value_of = {}
    for number, codes in classes:
        for code in codes:
            assert code not in value_of, (name, hex(code))
            value_of[code] = number
    write(name, purpose,
          f"const uint32_t {array}[] = {{\n{packed(lengths(value_of))}}};\n"
          + size_of(array))


def read_classes():
    """names: kind, value; and the sets of what is no union of others."""
    category = {}
    names, n_scripts, scripts = {}, 0, []
    for i, name in enumerate(CATEGORIES):
        category[i] = as_set(known(name)) if name != "cs" else set()
    for group in names_of("GENERALCATEGORY"):
        for name in group:
            toggles = known(name)
            if toggles is None:
                continue
            codes = as_set(toggles)
            mask = sum(1 << i for i in category
                       if category[i] and category[i] <= codes)
            if name.startswith("c") and ("cs" == name or mask >> 29 & 1):
                mask |= 1 << CATEGORIES.index("cs")
            if name in ("cs", "surrogate"):
                mask = 1 << CATEGORIES.index("cs")
            assert codes == set().union(*(category[i] for i in category
                                          if mask >> i & 1)), name
            names[name] = ("CATEGORIES", mask)
    for group in names_of("SCRIPT"):
        group = [name for name in sorted(group) if is_known(name)]
        if not group or "unknown" in group:
            continue
        n_scripts += 1
        toggles = known(group[0])
        assert all(same(toggles, name) for name in group[1:]), group
        scripts.append((n_scripts, as_set(toggles)))
        for name in group:
            names[name] = ("SCRIPT", n_scripts)
    properties = []
    for name in [":" + name for name in POSIX] + POSIX + BINARY:
        toggles = known(name)
        if toggles is None:
            print("not known:", name)
            continue
        codes, mask = as_set(toggles), 0
        for i in category:
            if 2 * len(category[i] & codes) > len(category[i]):
                mask |= 1 << i
        of_mask = set().union(*(category[i] for i in category
                                if mask >> i & 1))
        entry = (mask, tuple(as_toggles(of_mask ^ codes)))
        if entry not in properties:
            properties.append(entry)
        names[name] = ("PROPERTY", properties.index(entry))
    return category, scripts, properties, names


def runs(pairs):
    """(first, last, step, what to take away), of pairs (code, other)."""
    out, pairs = [], sorted(pairs)
    while pairs:
        best = []
        for step in (1, 2):
            run, have = [], dict(pairs)
            code, other = pairs[0]
            while have.get(code) == other:
                run.append(code)
                code, other = code + step, other + step
            if len(run) > len(best):
                best, best_step = run, step
        delta = pairs[0][0] - pairs[0][1]
        out.append((best[0], best[-1], best_step, delta))
        pairs = [p for p in pairs if p[0] not in set(best)]
    return out


def run_table(array, pairs):
    entries = packed("{%#x, %#x, %d, %d}" % run for run in runs(pairs))
    return (f"const struct unicode_run {array}[] = {{\n{entries}}};\n"
            + size_of(array))


def cased():
    out = set()
    for code in CODES:
        c = chr(code)
        for other in (c.lower(), c.upper(), c.title(), c.casefold()):
            if other != c:
                out.update({code, *map(ord, other)})
    return sorted(out)


def orbits():
    """What matches a character regardless of case: (other, smallest)."""
    codes = cased()
    text = NormalizedString("".join(map(chr, codes)))
    pairs, many = [], []
    for code in codes:
        pattern = Regex(r"(?i:\x{%x})" % code)
        same = [ord(c) for p in text.split(pattern, "isolated")
                for c in p.normalized if len(p.normalized) == 1
                and p.split(pattern, "removed") == []]
        assert code in same, hex(code)
        if code != min(same):
            pairs.append((code, min(same)))
        full = chr(code).casefold()
        if len(full) > 1 and NormalizedString(full).split(
                pattern, "removed") == []:
            many.append((code, full))
    return pairs, many


def lower():
    step = normalizers.Lowercase()
    pairs = []
    for code in CODES:
        text = step.normalize_str(chr(code))
        if text != chr(code) and len(text) == 1:
            pairs.append((code, ord(text)))
        elif text != chr(code):
            assert code == 0x130, hex(code)
    return pairs


def write_classes():
    category, scripts, properties, names = read_classes()
    partition("unicode-category.c", "general categories.",
              "unicode_category",
              [(i, category[i]) for i in category if i != 0]
              + [(CATEGORIES.index("cs"), range(0xd800, 0xe000))])
    partition("unicode-script.c", "scripts.", "unicode_script",
              scripts)
    text = ""
    for i, (mask, t) in enumerate(properties):
        deltas = [b - a for a, b in zip((0, *t), t)]
        if t:
            text += f"static const uint32_t toggles_{i}[] = {{\n"
            text += packed(deltas) + "};\n"
    text += "\nconst struct unicode_property unicode_properties[] = {\n"
    for i, (mask, t) in enumerate(properties):
        text += (f"    {{{mask:#x}, toggles_{i}, {len(t)}}},\n" if t
                 else f"    {{{mask:#x}, NULL, 0}},\n")
    write("unicode-property.c", "classes that are categories, with what is\n"
          " * otherwise.", text + "};\n")
    text = "const struct unicode_name unicode_names[] = {\n"
    text += packed('{"%s", %s, %#x}' % (name, *names[name])
                   for name in sorted(names))
    text += "};\n" + size_of("unicode_names")
    write("unicode-name.c", "names of classes, in order.", text)


def write_case():
    pairs, many = orbits()
    text = run_table("unicode_orbits", pairs)
    text += "\n/* Without regard to case, these are as several. */\n"
    text += "const struct unicode_many unicode_manies[] = {\n"
    text += packed("{%#x, {%s}}" % (code, ", ".join(f"{ord(c):#x}"
                                                    for c in full))
                   for code, full in many)
    text += "};\n" + size_of("unicode_manies") + "\n"
    text += run_table("unicode_lowers", lower())
    write("unicode-case.c", "cases of letters.", text)


def forms():
    """What a normal form changes, or what is near makes it change."""
    nfd, nfkd = normalizers.NFD(), normalizers.NFKD()
    codes = set()
    for code in CODES:
        text = nfd.normalize_str(chr(code))
        if text != chr(code):
            codes |= {code, *map(ord, text)}
        # U+0345 has the highest combining class, 240; all others but 0 go
        # in front of it.
        pair = "\u0345" + chr(code)
        if nfkd.normalize_str(pair) != pair:
            codes |= {code, 0x345}
    return as_toggles(codes)


def write_forms():
    write("unicode-form.c", "characters that normal forms change.",
          "const uint32_t unicode_formed[] = {\n"
          f"{packed(hex(t) for t in forms())}}};\n"
          + size_of("unicode_formed"))


def write_golden(path):
    source = (FOLDER / "unicode-name.c").read_text()
    patterns = [pattern_of(part.split('"')[1]) for part in source.split("{")
                if part.startswith('"')] + COMPOSED
    rows = []
    for pattern in patterns:
        toggles, n, listed = probe(pattern), 0, ""
        for first, end in zip(toggles[::2], toggles[1::2]):
            for a, b in ((first, min(end, 0xd800)), (max(first, 0xe000), end)):
                n += max(b - a, 0)
                listed += f"{a:x}-{b - 1:x}\n" if b > a else ""
        digest = hashlib.sha256(listed.encode()).hexdigest()
        rows.append(f'{json.dumps(pattern)}: [{n}, "{digest}"]')
    pathlib.Path(path).write_text("{\n" + ",\n".join(rows) + "\n}\n")


def main():
    if sys.argv[1:2] == ["--classes"]:
        write_golden(sys.argv[2])
    else:
        write_case()
        write_classes()
        write_forms()


if __name__ == "__main__":
    main()
