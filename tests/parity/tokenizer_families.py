# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT
"""Tokenizers with the steps of model families' tokenizer.json, and a small
vocabulary trained on whatever text.

The steps are those that the families' files name; only vocabulary and merges
are other ones. build(name, texts, size) is a whole tokenizer.json.
"""
import json

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

TIKTOKEN = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|%s"
            r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")
UPPER = r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]"
LOWER = r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"
TEKKEN = (rf"[^\r\n\p{{L}}\p{{N}}]?{UPPER}*{LOWER}+"
          rf"|[^\r\n\p{{L}}\p{{N}}]?{UPPER}+{LOWER}*|\p{{N}}"
          r"| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+")
BLOOM = r" ?[^(\s|[.,!?…。，、।۔،])]+"
ENDING = "(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
GPT4O = (rf"[^\r\n\p{{L}}\p{{N}}]?{UPPER}*{LOWER}+{ENDING}"
         rf"|[^\r\n\p{{L}}\p{{N}}]?{UPPER}+{LOWER}*{ENDING}|\p{{N}}{{1,3}}"
         r"| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+")
# Letters of scripts that have two cases.
CASED = (
    "A-Za-z\u00b5\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u01ba\u01bc-\u01bf"
    "\u01c4-\u0293\u0295-\u02af\u0370-\u0373\u0376\u0377\u037b-\u037d"
    "\u037f\u0386\u0388-\u038a\u038c\u038e-\u03a1\u03a3-\u03f5"
    "\u03f7-\u0481\u048a-\u052f\u0531-\u0556\u10a0-\u10c5\u13a0-\u13f5"
    "\u13f8-\u13fd\u1c90-\u1cba\u1cbd-\u1cbf\u1d00-\u1d2b\u1d6b-\u1d77"
    "\u1d79-\u1d9a\u1e00-\u1f15\u1f18-\u1f1d\u1f20-\u1f45\u1f48-\u1f4d"
    "\u1f50-\u1f57\u1f59\u1f5b\u1f5d\u1f5f-\u1f7d\u1f80-\u1fb4"
    "\u1fb6-\u1fbc\u1fbe\u1fc2-\u1fc4\u1fc6-\u1fcc\u1fd0-\u1fd3"
    "\u1fd6-\u1fdb\u1fe0-\u1fec\u1ff2-\u1ff4\u1ff6-\u1ffc\u2102\u2107"
    "\u210a-\u2113\u2115\u2119-\u211d\u2124\u2126\u2128\u212a-\u212d"
    "\u212f-\u2134\u2139\u213c-\u213f\u2145-\u2149\u214e\u2183\u2184"
    "\u2c00-\u2c7b\u2c7e-\u2ce4\u2ceb-\u2cee\u2cf2\u2cf3\ua640-\ua66d"
    "\ua680-\ua69b\ua722-\ua76f\ua771-\ua787\ua78b-\ua78e\uab70-\uabbf"
    "\ufb00-\ufb06\ufb13-\ufb17\uff21-\uff3a\uff41-\uff5a"
    "\U00010400-\U0001044f\U000104b0-\U000104d3\U000104d8-\U000104fb"
    "\U00010c80-\U00010cb2\U00010cc0-\U00010cf2\U000118a0-\U000118df"
    "\U0001e900-\U0001e943")
DEEPSEEK_MARKS = (r"\s?[!-/:-~" "\uff01-\uff0f\uff1a-\uff5e\u2018-\u201f"
                  "\u3000-\u3002]+")
HAN = "[一-龥ࠀ-一가-퟿]+"

NFC = {"type": "NFC"}
MARK = "▁"
TO_MARK = {"type": "Replace", "pattern": {"String": " "}, "content": MARK}
PREPEND = {"type": "Prepend", "prepend": MARK}
FROM_MARK = {"type": "Replace", "pattern": {"String": MARK}, "content": " "}
FALLBACK = [{"type": "ByteFallback"}, {"type": "Fuse"}]
LLAMA2_DECODER = {"type": "Sequence", "decoders": [
    FROM_MARK, *FALLBACK,
    {"type": "Strip", "content": " ", "start": 1, "stop": 0}]}


def split(pattern, behavior="Isolated", invert=False, kind="Regex"):
    return {"type": "Split", "pattern": {kind: pattern},
            "behavior": behavior, "invert": invert}


def byte_level(use_regex=True, prefix=False):
    return {"type": "ByteLevel", "add_prefix_space": prefix,
            "trim_offsets": True, "use_regex": use_regex}


def digits(individual):
    return {"type": "Digits", "individual_digits": individual}


def metaspace(scheme, cuts):
    return {"type": "Metaspace", "replacement": MARK,
            "prepend_scheme": scheme, "split": cuts}


def sequence(key, *steps):
    return {"type": "Sequence", key: list(steps)}


def steps(*pre):
    return sequence("pretokenizers", *pre)


def norm(*normalizers):
    return sequence("normalizers", *normalizers)


def added(content, special=False, **switches):
    token = {"content": content, "single_word": False, "lstrip": False,
             "rstrip": False, "normalized": not special, "special": special}
    return {**token, **switches}


END = added("<|endoftext|>", special=True)
LLAMA2 = [added(t, special=True) for t in ("<unk>", "<s>", "</s>")]
RUNS = [added(" " * n) for n in range(24, 1, -1)]
SENTENCEPIECE = {"byte_fallback": True, "fuse_unk": True,
                 "unk_token": "<unk>"}


def plain(pre, normalizer=None, tokens=(END,), **model):
    """A byte-level family."""
    return {"pre_tokenizer": pre, "normalizer": normalizer,
            "decoder": byte_level(), "model": model, "added": tokens}


def marked(normalizer, pre, decoder, tokens=LLAMA2, **model):
    """A family whose spaces are visible."""
    return {"pre_tokenizer": pre, "normalizer": normalizer,
            "decoder": decoder, "model": {**SENTENCEPIECE, **model},
            "added": tokens}


def tiktoken(numbers, **others):
    return plain(steps(split(TIKTOKEN % numbers), byte_level(False)),
                 **others)


FAMILIES = {
    "gpt2": plain(byte_level()),
    "llama3": tiktoken(r"\p{N}{1,3}", ignore_merges=True),
    "qwen2": tiktoken(r"\p{N}", normalizer=NFC),
    "glm4": tiktoken(r"\p{N}{1,3}", tokens=[
        END, added("[gMASK]", special=True), added("<sop>", special=True)]),
    "tekken": plain(steps(split(TEKKEN), byte_level(False)),
                    ignore_merges=True),
    "smollm": plain(steps(digits(True), byte_level())),
    "gpt_neox": plain(byte_level(), NFC, [END, *RUNS]),
    "phi": plain(byte_level(), None,
                 [END, *RUNS, *(added("\t" * n) for n in range(9, 1, -1))]),
    "falcon": plain(steps(
        {"type": "Punctuation", "behavior": "Contiguous"}, byte_level(),
        digits(False), split("[0-9][0-9][0-9]"))),
    "bloom": plain(steps(split(BLOOM), byte_level(False))),
    "deepseek": plain(steps(
        split(r"[\r\n]"), split(r"\s?\p{L}+"), split(r"\s?\p{P}+"),
        split(HAN), digits(True), byte_level(False))),
    "deepseek_llm": plain(steps(
        split(r"[\r\n]"), split(rf"\s?[{CASED}]+"), split(DEEPSEEK_MARKS),
        split(r"\s+$"), split(HAN), digits(True), byte_level(False))),
    "gpt4o": plain(steps(split(GPT4O), byte_level(False))),
    "llama2": marked(norm(PREPEND, TO_MARK), None, LLAMA2_DECODER),
    "phi3": marked(norm(PREPEND, TO_MARK), None, LLAMA2_DECODER, [
        *LLAMA2, added("<|user|>", special=True, rstrip=True),
        added("<|end|>", special=True, rstrip=True)]),
    "mistral": marked(None, metaspace("first", False), LLAMA2_DECODER),
    "gemma": marked(
        TO_MARK, split(" ", "MergedWithPrevious", kind="String"),
        sequence("decoders", FROM_MARK, *FALLBACK),
        [*LLAMA2, *(added(c * n, normalized=False) for c in ("\n", MARK)
                    for n in range(8, 1, -1))]),
    "metaspace": marked({"type": "NFKC"}, metaspace("always", True),
                        metaspace("always", True)),
    "unknown": marked(None, metaspace("never", True),
                      metaspace("never", True), byte_fallback=False,
                      fuse_unk=False),
    "switches": plain(
        byte_level(prefix=True),
        norm({"type": "Strip", "strip_left": True, "strip_right": True},
             {"type": "NFD"}, {"type": "Lowercase"},
             {"type": "Replace", "pattern": {"Regex": r"\s{3,}"},
              "content": " "}),
        [END, added("<Left>", lstrip=True), added("<Both>", lstrip=True,
                                                  rstrip=True),
         added("The", single_word=True), added("Was", normalized=False)]),
    "behaviors": plain(steps(
        split("-", "MergedWithNext", kind="String"),
        split(r"[aeiou]\h?", "MergedWithPrevious"),
        split(r"(?m:x.)|^y|\w+'s|\u0041b", "Contiguous"),
        split("q", "Removed"), split(r"[^z]+", "Isolated", invert=True),
        byte_level(False))),
}


def learn(pre, texts, size, alphabet):
    """Vocabulary and merges, in the order in which they were learned."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre
    trainer = trainers.BpeTrainer(vocab_size=size, show_progress=False,
                                  initial_alphabet=alphabet,
                                  limit_alphabet=max(len(alphabet), 120))
    tokenizer.train_from_iterator(texts, trainer)
    model = json.loads(tokenizer.to_str())["model"]
    return sorted(model["vocab"], key=model["vocab"].get), model["merges"]


def build(name, texts, size):
    family = FAMILIES[name]
    if family["decoder"]["type"] == "ByteLevel":
        tokens, merges = learn(pre_tokenizers.ByteLevel(
            add_prefix_space=False), texts, size,
            pre_tokenizers.ByteLevel.alphabet())
    else:
        tokens, merges = learn(pre_tokenizers.Metaspace(), texts, size, [])
        if family["model"]["byte_fallback"]:
            tokens = [f"<0x{b:02X}>" for b in range(256)] + tokens
    texts = [token["content"] for token in family["added"]]
    if family["model"].get("unk_token"):
        tokens = [t for t in texts if t in ("<unk>", "<s>", "</s>")] + tokens
    vocab = {token: i for i, token in enumerate(tokens)}
    ids = {}
    for text in texts:
        ids[text] = vocab.get(text, len(vocab) + len(ids))
        if text not in vocab:
            ids[text] = len(vocab) + sum(t not in vocab for t in ids) - 1
    model = {"type": "BPE", "dropout": None, "unk_token": None,
             "continuing_subword_prefix": None, "end_of_word_suffix": None,
             "fuse_unk": False, "byte_fallback": False,
             "ignore_merges": False, **family["model"],
             "vocab": vocab, "merges": merges}
    return {"version": "1.0", "truncation": None, "padding": None,
            "added_tokens": sorted(({"id": ids[t["content"]], **t}
                                    for t in family["added"]),
                                   key=lambda t: t["id"]),
            "normalizer": family["normalizer"],
            "pre_tokenizer": family["pre_tokenizer"],
            "post_processor": None, "decoder": family["decoder"],
            "model": model}
