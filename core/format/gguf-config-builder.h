/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* gguf-config-builder.h - config.json's object in the making. */
#ifndef CORE_FORMAT_GGUF_CONFIG_BUILDER_H
#define CORE_FORMAT_GGUF_CONFIG_BUILDER_H

#include "format/gguf-model.h"

/* The first mistake stops all that follows. */
struct gguf_build {
    const struct gguf *gguf;
    const struct gguf_family *family;
    json_t *json;
    int status;
    struct error *err;
};

/* Takes over value. */
void gguf_build_set(struct gguf_build *build, const char *key, json_t *value);
/* "llama.block_count" of "block_count"; the caller frees. */
char *gguf_build_key(const struct gguf_build *build, const char *key);
/* A size, or another number, of the family's metadata; or the fallback. */
int64_t gguf_build_size(struct gguf_build *build, const char *name,
                        int64_t fallback);
double gguf_build_real(struct gguf_build *build, const char *name,
                       double fallback);
/* Is there such a tensor? */
bool gguf_build_has(const struct gguf_build *build, const char *tensor);
/* A mistake, or something that is not supported; returns the status. */
int gguf_build_refuse(struct gguf_build *build, const char *what);

/* gguf-unsupported.c: what would otherwise be refused for a tensor that it
 * lacks, or not be heard. */
void gguf_build_check(struct gguf_build *build);
/* gguf-rope.c: "rope_scaling". */
void gguf_build_rotation(struct gguf_build *build);

#endif
