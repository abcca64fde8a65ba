/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* fuzz-gguf.c - reads bytes as a GGUF file, and all that is made of one: the
 * configuration, tensors and their values, the tokenizer's lists. What is
 * wrong must be refused with a message; nothing may crash. Built with
 * -DFUZZ_ENGINE it is libFuzzer's target:
 *
 *   clang -g -O1 -fsanitize=fuzzer,address,undefined -DFUZZ_ENGINE ...
 *
 * (make fuzz-gguf does that.) Otherwise it replays the files of
 * tests/data/gguf, as a test. */
#include "base/read-file.h"
#include "format/gguf-model.h"
#include "format/gguf-tokenizer.h"
#include "base/mem.h"
#include "model/model.h"
#include "tokenizer/tokenizer.h"

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* Refusals name file and what is wrong with it. */
static void check_refusal(const struct error *err)
{
    if (err->status != ST_DATA || strncmp(err->text, "fuzz.gguf: ", 11) != 0)
        abort();
}

static void read_tensors(struct gguf *gguf)
{
    struct tensors *tensors;
    struct error err = {0};
    float sum = 0;

    if (gguf_tensors(gguf, &tensors, &err)) {
        check_refusal(&err);
        return;
    }
    for (size_t i = 0; i < tensors->n; i++) {
        size_t n = tensor_count(&tensors->tensors[i]);
        float *values = mem_tensor(1, n, &err);

        if (!values)
            continue;
        tensor_read(&tensors->tensors[i], values);
        for (size_t k = 0; k < n; k++) /* all of them were written */
            sum += values[k] > 0;
        free(values);
    }
    if (sum < 0)
        abort();
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
    char path[32];
    int fd = memfd_create("fuzz", 0);

    if (fd < 0 || write(fd, bytes, size) != (ssize_t)size)
        abort();
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (!model_open(path, &model, &err))
        model_close(model);
    else if (err.status != ST_DATA || !strstr(err.text, path))
        abort();
    err = (struct error){0};
    if (!tokenizer_open(path, &tokenizer, &err))
        tokenizer_close(tokenizer);
    else if (err.status != ST_DATA || !strstr(err.text, path))
        abort();
    close(fd);
}

/* From memory of just the right size, a step beyond which is seen; and from a
 * file. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    char path[] = "fuzz.gguf";
    struct gguf gguf = {.mapping = {path, bytes, size}};
    struct error err = {0};

    if (!gguf_read(&gguf, &err)) {
        read_model(&gguf);
        open_file(bytes, size);
    } else {
        check_refusal(&err);
    }
    gguf_clear(&gguf);
    return 0;
}

#ifndef FUZZ_ENGINE
/* Returns after each file; one that crashes leaves the plan unfulfilled. */
static void replay(const char *folder, const char *name, int number)
{
    char *path = mem_path(folder, name), *bytes;
    struct error err;
    size_t size;

    if (read_file(path, &bytes, &size, &err)) {
        printf("not ok %d - %s\n# %s\n", number, name, err.text);
    } else {
        LLVMFuzzerTestOneInput((const uint8_t *)bytes, size);
        printf("ok %d - %s\n", number, name);
        free(bytes);
    }
    fflush(stdout);
    free(path);
}

static int is_input(const struct dirent *entry)
{
    return strstr(entry->d_name, ".gguf") != NULL;
}

int main(void)
{
    const char *srcdir = getenv("srcdir");
    char *folder = mem_path(srcdir ? srcdir : ".", "tests/data/gguf");
    struct dirent **entries;
    int n = scandir(folder, &entries, is_input, alphasort);

    if (n < 1) {
        printf("Bail out! %s: no files\n", folder);
        return 1;
    }
    printf("1..%d\n", n);
    for (int i = 0; i < n; i++) {
        replay(folder, entries[i]->d_name, i + 1);
        free(entries[i]);
    }
    free(entries);
    free(folder);
    return 0;
}
#endif
