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
    struct step steps[7]; /* kind 0: no more */
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
    {{"deepseek-llm"}, false, false,
     {{SPLIT, "[\\r\\n]"}, {SPLIT, "\\s?\\p{L}+"}, {SPLIT, "\\s?\\p{P}+"},
      {SPLIT, "[\u4e00-\u9fa5\u0800-\u4e00\uac00-\ud7ff]+"},
      {EACH_DIGIT, NULL}, {SYMBOLS, NULL}}},
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

bool ggml_find_steps(const char *pre, struct ggml_steps *steps,
                     const char **names)
{
    size_t i;

    *names = "gpt-2, olmo, smollm, starcoder, command-r, llama-bpe, dbrx, "
             "glm4, qwen2, stablelm2, tekken, falcon, bloom or deepseek-llm";
    for (i = 0; i < sizeof pres / sizeof *pres; i++)
        if (has_name(&pres[i], pre)) {
            make_steps(&pres[i], steps);
            return true;
        }
    return false;
}
