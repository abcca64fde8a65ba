/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* tokenizer-pretokenizer.c - reads the pre_tokenizer of a tokenizer.json. */
#include "base/mem.h"
#include "tokenizer/tokenizer-json-part.h"

#include <string.h>

/* GPT-2's, which ByteLevel splits by. */
#define GPT2_PATTERN                                                        \
    "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+"     \
    "|\\s+(?!\\S)|\\s+"
/* ASCII's, and Unicode's as of version 8: U+166D and U+111C9 have become
 * something else, the others have been added since. */
#define PUNCTUATION_PATTERN                                                 \
    "[!-/:-@\\[-`{-~\\x{166d}\\x{111c9}]"                                   \
    "|(?![" NEW_PUNCTUATION "])\\p{P}"
#define NEW_PUNCTUATION                                                     \
    "\\x{61d}\\x{9fd}\\x{a76}\\x{c77}\\x{c84}\\x{1b4e}-\\x{1b4f}"           \
    "\\x{1b7d}-\\x{1b7f}\\x{2e43}-\\x{2e4f}\\x{2e52}-\\x{2e5d}"             \
    "\\x{2e60}-\\x{2e63}\\x{10d6e}\\x{10ead}\\x{10ed0}"                     \
    "\\x{10f55}-\\x{10f59}\\x{10f86}-\\x{10f89}\\x{113d4}-\\x{113d5}"       \
    "\\x{113d7}-\\x{113d8}\\x{1144b}-\\x{1144f}\\x{1145a}-\\x{1145b}"       \
    "\\x{1145d}\\x{11660}-\\x{1166c}\\x{116b9}\\x{1183b}"                   \
    "\\x{11944}-\\x{11946}\\x{119e2}\\x{11a3f}-\\x{11a46}"                  \
    "\\x{11a9a}-\\x{11a9c}\\x{11a9e}-\\x{11aa2}\\x{11b00}-\\x{11b09}"       \
    "\\x{11be1}\\x{11c41}-\\x{11c45}\\x{11c70}-\\x{11c71}"                  \
    "\\x{11ef7}-\\x{11ef8}\\x{11f43}-\\x{11f4f}\\x{11fff}"                  \
    "\\x{12ff1}-\\x{12ff2}\\x{16d6d}-\\x{16d6f}\\x{16e97}-\\x{16e9a}"       \
    "\\x{16fe2}\\x{1e5ff}\\x{1e95e}-\\x{1e95f}"

/* Rust's, with what Unicode 17 added. */
#define DIGITS_PATTERN "[\\p{N}\\x{11de0}-\\x{11de9}\\x{16ff4}-\\x{16ff6}]"

static int add_split(struct part *part, const char *regex,
                     enum pattern_kind kind, enum split_behavior behavior)
{
    struct pretokenize_split split = {NULL, behavior, false};
    int status = part_make_pattern(part, regex, kind, &split.pattern);

    if (!status)
        pretokenize_add_split(part->pretokenizer, split);
    return status;
}

static int read_byte_level(struct part *part, json_t *json)
{
    struct normalizer prefix = {.kind = NORMALIZE_PREFIX};
    struct normalizer symbols = {.kind = NORMALIZE_SYMBOLS};
    bool wanted, cuts = true;
    int status = part_switch(part, json, "add_prefix_space", &wanted);

    if (!status)
        status = part_optional(part, json, "use_regex", &cuts);
    if (!status && pretokenize_has(part->pretokenizer, NORMALIZE_SYMBOLS))
        status = tokenizer_load_refuse(part->load, part->name, "two ByteLevel",
                                       "one of them");
    if (!status && wanted) {
        prefix.text = mem_strdup(" ");
        pretokenize_add_normalizer(part->pretokenizer, prefix);
    }
    if (!status && cuts)
        status = add_split(part, GPT2_PATTERN, PATTERN_REGEX, SPLIT_ISOLATED);
    if (!status)
        pretokenize_add_normalizer(part->pretokenizer, symbols);
    return status;
}

static int read_behavior(struct part *part, json_t *json,
                         enum split_behavior *behavior)
{
    static const char *const names[] = {
        [SPLIT_REMOVED] = "Removed",
        [SPLIT_ISOLATED] = "Isolated",
        [SPLIT_CONTIGUOUS] = "Contiguous",
        [SPLIT_MERGED_WITH_PREVIOUS] = "MergedWithPrevious",
        [SPLIT_MERGED_WITH_NEXT] = "MergedWithNext",
    };
    const char *name = json_string_value(json_object_get(json, "behavior"));
    size_t i;

    *behavior = SPLIT_ISOLATED;
    if (!json_object_get(json, "behavior"))
        return ST_OK;
    for (i = 0; name && i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i], name) == 0) {
            *behavior = (enum split_behavior)i;
            return ST_OK;
        }
    return tokenizer_load_refuse(
        part->load, "behavior", name ? name : "no string",
        "Removed, Isolated, Contiguous, MergedWithPrevious "
        "or MergedWithNext");
}

static int read_split(struct part *part, json_t *json)
{
    struct pretokenize_split split = {NULL, SPLIT_ISOLATED, false};
    int status = read_behavior(part, json, &split.behavior);

    if (!status)
        status = part_optional(part, json, "invert", &split.invert);
    if (!status)
        status = part_pattern(part, json, &split.pattern);
    if (!status)
        pretokenize_add_split(part->pretokenizer, split);
    return status;
}

static int read_digits(struct part *part, json_t *json)
{
    bool each = false;
    int status = part_optional(part, json, "individual_digits", &each);

    return status ? status
                  : add_split(part, DIGITS_PATTERN, PATTERN_REGEX,
                              each ? SPLIT_ISOLATED : SPLIT_CONTIGUOUS);
}

static int read_punctuation(struct part *part, json_t *json)
{
    enum split_behavior behavior;
    int status = read_behavior(part, json, &behavior);

    return status ? status
                  : add_split(part, PUNCTUATION_PATTERN, PATTERN_REGEX,
                              behavior);
}

/* Older files have add_prefix_space instead of prepend_scheme. */
static int read_scheme(struct part *part, json_t *json, bool *never,
                       bool *first_only)
{
    const char *scheme = NULL;
    bool prefix = true;
    int status = json_get_word(json, part->load->path, "prepend_scheme",
                               &scheme, part->load->err);

    if (!status)
        status = part_optional(part, json, "add_prefix_space", &prefix);
    if (status)
        return status;
    if (!scheme)
        scheme = prefix ? "always" : "never";
    *never = strcmp(scheme, "never") == 0;
    *first_only = strcmp(scheme, "first") == 0;
    if (*never || *first_only || strcmp(scheme, "always") == 0)
        return ST_OK;
    return tokenizer_load_refuse(part->load, "prepend_scheme", scheme,
                                 "always, first or never");
}

/* Replaces each space by the mark. */
static int add_marks(struct part *part, const char *mark)
{
    struct normalizer normalizer = {.kind = NORMALIZE_REPLACE};
    int status = part_make_pattern(part, " ", PATTERN_LITERAL,
                                   &normalizer.pattern);

    if (status)
        return status;
    normalizer.text = mem_strdup(mark);
    pretokenize_add_normalizer(part->pretokenizer, normalizer);
    return ST_OK;
}

static int read_metaspace(struct part *part, json_t *json)
{
    struct normalizer prefix = {.kind = NORMALIZE_PREFIX};
    const char *mark;
    bool never, cuts = true;
    int status = part_text(part, json, "replacement", &mark);

    if (!status)
        status = read_scheme(part, json, &never, &prefix.first_only);
    if (!status)
        status = part_optional(part, json, "split", &cuts);
    if (!status)
        status = add_marks(part, mark);
    if (!status && !never) {
        prefix.text = mem_strdup(mark);
        pretokenize_add_normalizer(part->pretokenizer, prefix);
    }
    if (!status && cuts)
        status = add_split(part, mark, PATTERN_LITERAL,
                           SPLIT_MERGED_WITH_NEXT);
    return status;
}

static int read_pretokenizer(struct part *part, json_t *json);

static int read_pretokenizers(struct part *part, json_t *json)
{
    return part_sequence(part, json_object_get(json, "pretokenizers"),
                         read_pretokenizer);
}

static int read_pretokenizer(struct part *part, json_t *json)
{
    static const struct part_kind kinds[] = {
        {"Sequence", read_pretokenizers}, {"ByteLevel", read_byte_level},
        {"Split", read_split}, {"Digits", read_digits},
        {"Punctuation", read_punctuation}, {"Metaspace", read_metaspace},
    };

    return part_read(part, json, kinds, sizeof kinds / sizeof *kinds,
                      "ByteLevel, Split, Digits, Punctuation, Metaspace or "
                      "a Sequence of them");
}

int tokenizer_load_pretokenizer(struct tokenizer_load *load,
                                json_t *pretokenizer)
{
    struct part part = {load, "pre_tokenizer", pretokenize_new()};

    load->tokenizer->pretokenizer = part.pretokenizer;
    return read_pretokenizer(&part, pretokenizer);
}
