/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* harness.h - what fuzz targets share. A target makes something that the
 * program reads of any bytes, has it read, and checks what comes of it. The
 * same targets are one program for libFuzzer (make fuzz) and one that replays
 * the files of tests/data/fuzz/TARGET as a test. */
#ifndef TESTS_FUZZ_HARNESS_H
#define TESTS_FUZZ_HARNESS_H

#include "base/error.h"
#include "tensor/tensor-table.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fuzz_target {
    const char *name; /* of its folder */
    /* Was the input accepted? What must not be, ends the program. */
    bool (*run)(const uint8_t *bytes, size_t size);
    bool all_accepted; /* nothing that it reads is ever refused */
};

extern const struct fuzz_target fuzz_checkpoint, fuzz_config, fuzz_csv,
    fuzz_experiment, fuzz_gguf, fuzz_index, fuzz_input, fuzz_records,
    fuzz_regex, fuzz_reply, fuzz_report, fuzz_safetensors,
    fuzz_sentencepiece, fuzz_state, fuzz_tokenizer, fuzz_vocab;

/* Ends the program, with the place, unless it holds. */
#define FUZZ_CHECK(condition)                                               \
    ((condition) ? (void)0 : fuzz_fail(__FILE__, __LINE__, #condition))
_Noreturn void fuzz_fail(const char *file, int line, const char *what);
/* A refusal has this status, and names the place. */
void fuzz_check_refusal(const struct error *err, int status,
                        const char *place);

/* Bytes that decide something, taken from the front; 0 when they are used up.
 */
struct fuzz_input {
    const uint8_t *bytes;
    size_t size;
};

unsigned fuzz_byte(struct fuzz_input *input);
/* From 0 to n - 1, by one byte if n is at most 256, else by two. */
size_t fuzz_below(struct fuzz_input *input, size_t n);
/* What stands before the next `end`, or all, as text (owned by the caller)
 * that may have NULs if `end` is none; *size is without the final one. */
char *fuzz_until(struct fuzz_input *input, int end, size_t *size);

/* A folder of the target's own, made by the first call and removed at the end;
 * a file or folder in it, of which the caller frees the path. */
const char *fuzz_folder(void);
char *fuzz_put(const char *name, const void *bytes, size_t size);
char *fuzz_subfolder(const char *name);
/* A path in the sources; the caller frees. */
char *fuzz_source(const char *name);

/* Reads all values, each of which must have been written. */
void fuzz_read_tensors(const struct tensors *tensors);

#endif
