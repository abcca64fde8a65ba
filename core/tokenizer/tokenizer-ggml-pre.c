/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* tokenizer-ggml-pre.c - the ways to split text that "tokenizer.ggml.pre"
 * names, as the tokenizer.json of the models that use them has them. */
#include "tokenizer/tokenizer-ggml.h"

#include <string.h>

/* Their digits differ. */
#define TIKTOKEN(digits)                                                    \
    "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|" digits    \
    "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"
#define UPPER "[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]"
#define LOWER "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]"
#define TEKKEN                                                              \
    "[^\\r\\n\\p{L}\\p{N}]?" UPPER "*" LOWER "+"                            \
    "|[^\\r\\n\\p{L}\\p{N}]?" UPPER "+" LOWER "*|\\p{N}"                    \
    "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"
/* An ending such as 's belongs to the word. */
#define ENDING "(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
#define GPT4O                                                               \
    "[^\\r\\n\\p{L}\\p{N}]?" UPPER "*" LOWER "+" ENDING                     \
    "|[^\\r\\n\\p{L}\\p{N}]?" UPPER "+" LOWER "*" ENDING "|\\p{N}{1,3}"      \
    "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"
/* Letters of scripts that have two cases, as the file lists them. */
#define DEEPSEEK_LETTERS                                                    \
    "\\s?["                                                                 \
    "A-Za-z\u00b5\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u01ba\u01bc-\u01bf"      \
    "\u01c4-\u0293\u0295-\u02af\u0370-\u0373\u0376\u0377\u037b-\u037d"      \
    "\u037f\u0386\u0388-\u038a\u038c\u038e-\u03a1\u03a3-\u03f5"             \
    "\u03f7-\u0481\u048a-\u052f\u0531-\u0556\u10a0-\u10c5\u13a0-\u13f5"     \
    "\u13f8-\u13fd\u1c90-\u1cba\u1cbd-\u1cbf\u1d00-\u1d2b\u1d6b-\u1d77"     \
    "\u1d79-\u1d9a\u1e00-\u1f15\u1f18-\u1f1d\u1f20-\u1f45\u1f48-\u1f4d"     \
    "\u1f50-\u1f57\u1f59\u1f5b\u1f5d\u1f5f-\u1f7d\u1f80-\u1fb4"             \
    "\u1fb6-\u1fbc\u1fbe\u1fc2-\u1fc4\u1fc6-\u1fcc\u1fd0-\u1fd3"            \
    "\u1fd6-\u1fdb\u1fe0-\u1fec\u1ff2-\u1ff4\u1ff6-\u1ffc\u2102\u2107"      \
    "\u210a-\u2113\u2115\u2119-\u211d\u2124\u2126\u2128\u212a-\u212d"       \
    "\u212f-\u2134\u2139\u213c-\u213f\u2145-\u2149\u214e\u2183\u2184"       \
    "\u2c00-\u2c7b\u2c7e-\u2ce4\u2ceb-\u2cee\u2cf2\u2cf3\ua640-\ua66d"      \
    "\ua680-\ua69b\ua722-\ua76f\ua771-\ua787\ua78b-\ua78e\uab70-\uabbf"     \
    "\ufb00-\ufb06\ufb13-\ufb17\uff21-\uff3a\uff41-\uff5a"                  \
    "\U00010400-\U0001044f\U000104b0-\U000104d3\U000104d8-\U000104fb"       \
    "\U00010c80-\U00010cb2\U00010cc0-\U00010cf2\U000118a0-\U000118df"       \
    "\U0001e900-\U0001e943"                                                 \
    "]+"
#define DEEPSEEK_HAN "[\u4e00-\u9fa5\u0800-\u4e00\uac00-\ud7ff]+"
#define BLOOM " ?[^(\\s|[.,!?\u2026\u3002\uff0c\u3001\u0964\u06d4\u060c])]+"

enum step_kind {
    SPLIT = 1,  /* by a regular expression */
    DIGITS,     /* runs of them */
    EACH_DIGIT,
    PUNCTUATION, /* runs of it */
    GPT2,        /* by GPT-2's pattern, then bytes into symbols */
    SYMBOLS      /* the latter alone */
};

struct step {
    enum step_kind kind;
    const char *regex;
};

static const struct pre {
    const char *names[5]; /* NULL: no more */
    bool nfc, ignore_merges;
    struct step steps[8]; /* kind 0: no more */
} pres[] = {
    {{"gpt-2", "phi-2", "jais"}, false, false, {{GPT2, NULL}}},
    {{"olmo", "mpt"}, true, false, {{GPT2, NULL}}},
    {{"smollm", "starcoder", "refact", "codeshell"}, false, false,
     {{EACH_DIGIT, NULL}, {GPT2, NULL}}},
    {{"command-r"}, true, false, {{EACH_DIGIT, NULL}, {GPT2, NULL}}},
    {{"llama-bpe", "llama3", "llama-v3"}, false, true,
     {{SPLIT, TIKTOKEN("\\p{N}{1,3}")}, {SYMBOLS, NULL}}},
    {{"dbrx", "smaug-bpe", "glm4", "chatglm-bpe"}, false, false,
     {{SPLIT, TIKTOKEN("\\p{N}{1,3}")}, {SYMBOLS, NULL}}},
    {{"qwen2", "deepseek-r1-qwen"}, true, false,
     {{SPLIT, TIKTOKEN("\\p{N}")}, {SYMBOLS, NULL}}},
    {{"stablelm2"}, false, false,
     {{SPLIT, TIKTOKEN("\\p{N}")}, {SYMBOLS, NULL}}},
    {{"tekken"}, false, true, {{SPLIT, TEKKEN}, {SYMBOLS, NULL}}},
    {{"falcon"}, false, false,
     {{PUNCTUATION, NULL}, {GPT2, NULL}, {DIGITS, NULL},
      {SPLIT, "[0-9][0-9][0-9]"}}},
    {{"bloom", "gpt3-finnish", "poro-chat"}, false, false,
     {{SPLIT, BLOOM}, {SYMBOLS, NULL}}},
    {{"gpt-4o"}, false, false, {{SPLIT, GPT4O}, {SYMBOLS, NULL}}},
    {{"deepseek-llm"}, false, false,
     {{SPLIT, "[\\r\\n]"}, {SPLIT, DEEPSEEK_LETTERS},
      {SPLIT, "\\s?[!-/:-~\uff01-\uff0f\uff1a-\uff5e\u2018-\u201f"
              "\u3000-\u3002]+"},
      {SPLIT, "\\s+$"}, {SPLIT, DEEPSEEK_HAN}, {EACH_DIGIT, NULL},
      {SYMBOLS, NULL}}},
    {{"deepseek-coder"}, false, false,
     {{SPLIT, "[\\r\\n]"}, {SPLIT, "\\s?\\p{L}+"}, {SPLIT, "\\s?\\p{P}+"},
      {SPLIT, DEEPSEEK_HAN}, {EACH_DIGIT, NULL}, {SYMBOLS, NULL}}},
};

static json_t *make_step(const struct step *step)
{
    switch (step->kind) {
    case SPLIT:
        return json_pack("{s:s, s:{s:s}, s:s}", "type", "Split", "pattern",
                         "Regex", step->regex, "behavior", "Isolated");
    case DIGITS:
    case EACH_DIGIT:
        return json_pack("{s:s, s:b}", "type", "Digits", "individual_digits",
                         step->kind == EACH_DIGIT);
    case PUNCTUATION:
        return json_pack("{s:s, s:s}", "type", "Punctuation", "behavior",
                         "Contiguous");
    default:
        return json_pack("{s:s, s:b, s:b}", "type", "ByteLevel",
                         "add_prefix_space", 0, "use_regex",
                         step->kind == GPT2);
    }
}

static void make_steps(const struct pre *pre, struct ggml_steps *steps)
{
    json_t *list = json_array();
    size_t i;

    for (i = 0; i < sizeof pre->steps / sizeof *pre->steps; i++)
        if (pre->steps[i].kind)
            json_array_append_new(list, make_step(&pre->steps[i]));
    steps->normalizer = pre->nfc ? json_pack("{s:s}", "type", "NFC") : NULL;
    steps->pretokenizer = json_pack("{s:s, s:o}", "type", "Sequence",
                                    "pretokenizers", list);
    steps->decoder = NULL;
    steps->ignore_merges = pre->ignore_merges;
}

static bool has_name(const struct pre *pre, const char *name)
{
    size_t i;

    for (i = 0; i < sizeof pre->names / sizeof *pre->names; i++)
        if (pre->names[i] && strcmp(pre->names[i], name) == 0)
            return true;
    return false;
}

bool ggml_pre_adds_bos(const char *pre)
{
    static const char *const names[] = {
        "llama3", "llama-v3", "llama-bpe", "falcon3", "falcon-h1", "pixtral",
        "midm-2.0", "lfm2", "jina-v5-nano", "tekken", "chameleon"};
    size_t i;

    for (i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i], pre) == 0)
            return true;
    return false;
}

bool ggml_find_steps(const char *pre, struct ggml_steps *steps,
                     const char **names)
{
    size_t i;

    *names = "gpt-2, olmo, smollm, starcoder, command-r, llama-bpe, dbrx, "
             "glm4, qwen2, stablelm2, tekken, falcon, bloom, gpt-4o, "
             "deepseek-llm or deepseek-coder";
    for (i = 0; i < sizeof pres / sizeof *pres; i++)
        if (has_name(&pres[i], pre)) {
            make_steps(&pres[i], steps);
            return true;
        }
    return false;
}
