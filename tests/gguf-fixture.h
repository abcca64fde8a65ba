/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* gguf-fixture.h - a GGUF file that a test composes, and what it says. */
#ifndef TESTS_GGUF_FIXTURE_H
#define TESTS_GGUF_FIXTURE_H

#include "gguf-bytes.h"

extern struct gguf_bytes gguf_file;  /* what is composed: "test.gguf" */
extern struct gguf gguf_opened;  /* what was read of it */
extern struct error gguf_error;      /* of the last call */

/* Reads what was composed, and lets go of both. */
void gguf_begin(void);
void gguf_end(void);

/* A status and the last error: the file is refused with this message. */
void gguf_refused_with(int status, const char *message);
/* The configuration of what was composed is. */
void gguf_refused(const char *message);
/* Each member of `expected`, a JSON object, is in the configuration. */
void gguf_check_config(const char *expected);

/* The sizes that every family has: 2 layers, 2 heads 4 wide. 7 values. */
void gguf_put_sizes(const char *architecture, const char *epsilon);
#define RMS "layer_norm_rms_epsilon"
/* A table of 10 tokens is all that the configuration needs. */
void gguf_put_embedding(void);

#endif
