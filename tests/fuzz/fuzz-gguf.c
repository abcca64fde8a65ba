/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* fuzz-gguf.c - any bytes as a GGUF file, and all that is made of one: the
 * configuration, tensors and their values, the tokenizer's lists, from memory
 * and from a file. */
#include "harness.h"

#include "format/gguf-model.h"
#include "format/gguf-tokenizer.h"
#include "model/model.h"
#include "tokenizer/tokenizer.h"

#include <stdlib.h>
#include <string.h>

static const char name[] = "fuzz.gguf";

static void check_refusal(const struct error *err)
{
    fuzz_check_refusal(err, ST_DATA, name);
    FUZZ_CHECK(strncmp(err->text, "fuzz.gguf: ", 11) == 0);
}

static void read_tensors(struct gguf *gguf)
{
    struct tensors *tensors;
    struct error err = {0};

    if (gguf_tensors(gguf, &tensors, &err)) {
        check_refusal(&err);
        return;
    }
    fuzz_read_tensors(tensors);
    tensors_close(tensors);
}

static void read_model(struct gguf *gguf)
{
    struct gguf_tokenizer *tokenizer;
    struct error err = {0};
    json_t *config;

    if (!gguf_config(gguf, &config, &err))
        json_decref(config);
    else
        check_refusal(&err);
    err = (struct error){0};
    if (!gguf_get_tokenizer(gguf, &tokenizer, &err))
        gguf_tokenizer_free(tokenizer);
    else
        check_refusal(&err);
    read_tensors(gguf);
}

/* The same as the program does it, from a file: binding, tokenizer. */
static void open_file(const uint8_t *bytes, size_t size)
{
    struct tokenizer *tokenizer;
    struct model *model;
    struct error err = {0};
    char *path = fuzz_put(name, bytes, size);

    if (!model_open(path, &model, &err))
        model_close(model);
    else
        fuzz_check_refusal(&err, ST_DATA, path);
    err = (struct error){0};
    if (!tokenizer_open(path, &tokenizer, &err))
        tokenizer_close(tokenizer);
    else
        fuzz_check_refusal(&err, ST_DATA, path);
    free(path);
}

static bool run(const uint8_t *bytes, size_t size)
{
    char path[] = "fuzz.gguf";
    struct gguf gguf = {.mapping = {path, bytes, size}};
    struct error err = {0};
    bool accepted = !gguf_read(&gguf, &err);

    if (accepted) {
        read_model(&gguf);
        open_file(bytes, size);
    } else {
        check_refusal(&err);
    }
    gguf_clear(&gguf);
    return accepted;
}

const struct fuzz_target fuzz_gguf = {"gguf", run, false};
