/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* fuzz-sentencepiece.c - by the first bytes: a tokenizer.model of which a few
 * bytes are changed, or, if the first is odd, one that is these bytes; then a
 * text. */
#include "byte-edits.h"
#include "fuzz-texts.h"
#include "harness.h"

#include "base/mem.h"
#include "base/read-file.h"

#include <stdlib.h>

enum { EDITS = 32 };

static char *right, *dir;
static size_t right_size;

static void set_up(void)
{
    struct error err = {0};
    char *path;

    if (dir)
        return;
    dir = fuzz_subfolder("sentencepiece");
    path = fuzz_source("tests/data/sentencepiece/tokenizer.model");
    FUZZ_CHECK(!read_file(path, &right, &right_size, &err));
    free(path);
}

static bool run(const uint8_t *bytes, size_t size)
{
    struct fuzz_input input = {bytes, size}, edits;
    struct buffer model = {0};
    size_t n = size < EDITS ? size : EDITS;

    set_up();
    edits = (struct fuzz_input){bytes, n};
    input = (struct fuzz_input){bytes + n, size - n};
    if (fuzz_byte(&edits) % 2 == 0) {
        buffer_add(&model, right, right_size);
        fuzz_edit_bytes(&edits, &model);
    } else {
        buffer_add(&model, (const char *)edits.bytes, edits.size);
    }
    free(fuzz_put("sentencepiece/tokenizer.model", model.bytes, model.n));
    free(model.bytes);
    return fuzz_texts(dir, &input, false);
}

const struct fuzz_target fuzz_sentencepiece = {"sentencepiece", run, false};
