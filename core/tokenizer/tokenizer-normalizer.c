/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* tokenizer-normalizer.c - reads the normalizer of a tokenizer.json. */
#include "base/mem.h"
#include "tokenizer/tokenizer-json-part.h"

#include <string.h>

static int read_form(struct part *part, json_t *json)
{
    static const char *const types[] = {
        [NORMALIZE_NFC] = "NFC",
        [NORMALIZE_NFD] = "NFD",
        [NORMALIZE_NFKC] = "NFKC",
        [NORMALIZE_NFKD] = "NFKD",
        [NORMALIZE_LOWERCASE] = "Lowercase",
    };
    const char *type = json_string_value(json_object_get(json, "type"));
    struct normalizer normalizer = {.kind = NORMALIZE_NFC};

    while (strcmp(types[normalizer.kind], type) != 0)
        normalizer.kind++;
    pretokenize_add_normalizer(part->pretokenizer, normalizer);
    return ST_OK;
}

static int read_strip(struct part *part, json_t *json)
{
    struct normalizer normalizer = {.kind = NORMALIZE_STRIP};
    int status = part_switch(part, json, "strip_left", &normalizer.left);

    if (!status)
        status = part_switch(part, json, "strip_right", &normalizer.right);
    if (!status)
        pretokenize_add_normalizer(part->pretokenizer, normalizer);
    return status;
}

static int read_prepend(struct part *part, json_t *json)
{
    struct normalizer normalizer = {.kind = NORMALIZE_PREPEND};
    const char *text;
    int status = part_text(part, json, "prepend", &text);

    if (status)
        return status;
    normalizer.text = mem_strdup(text);
    pretokenize_add_normalizer(part->pretokenizer, normalizer);
    return ST_OK;
}

static int read_replace(struct part *part, json_t *json)
{
    struct normalizer normalizer = {.kind = NORMALIZE_REPLACE};
    const char *content;
    int status = part_text(part, json, "content", &content);

    if (!status)
        status = part_pattern(part, json, &normalizer.pattern);
    if (status)
        return status;
    normalizer.text = mem_strdup(content);
    pretokenize_add_normalizer(part->pretokenizer, normalizer);
    return ST_OK;
}

static int read_normalizer(struct part *part, json_t *json);

static int read_normalizers(struct part *part, json_t *json)
{
    return part_sequence(part, json_object_get(json, "normalizers"),
                         read_normalizer);
}

static int read_normalizer(struct part *part, json_t *json)
{
    static const struct part_kind kinds[] = {
        {"Sequence", read_normalizers}, {"NFC", read_form},
        {"NFD", read_form}, {"NFKC", read_form}, {"NFKD", read_form},
        {"Lowercase", read_form}, {"Strip", read_strip},
        {"Prepend", read_prepend}, {"Replace", read_replace},
    };

    return part_read(part, json, kinds, sizeof kinds / sizeof *kinds,
                      "NFC, NFD, NFKC, NFKD, Lowercase, Strip, Prepend, "
                      "Replace or a Sequence of them");
}

int tokenizer_load_normalizer(struct tokenizer_load *load, json_t *normalizer)
{
    struct part part = {load, "normalizer", pretokenize_new()};

    load->tokenizer->normalizer = part.pretokenizer;
    return read_normalizer(&part, normalizer);
}
