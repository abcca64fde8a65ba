/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* model-fixture.h - a model's folder with random weights, for tests that spoil
 * it. There is one at a time. */
#ifndef TESTS_MODEL_FIXTURE_H
#define TESTS_MODEL_FIXTURE_H

#include "conformance/make-model.h"
#include "model/model.h"

#define FIXTURE_WEIGHTS "model.safetensors"

extern char fixture_dir[4096];
extern struct error fixture_err; /* of the last thing that failed */

/* All of these fail the running test if they cannot do what they say. */
void fixture_make(const struct model_recipe *recipe);
void fixture_remove(void);

/* The caller closes. */
struct model *fixture_open(void);
/* Opening must fail, with this in a message that names the folder. */
void fixture_refused(const char *message);

/* A file in the folder; the caller frees what it holds. */
void fixture_put(const char *name, const void *bytes, size_t size);
char *fixture_get(const char *name, size_t *size);

/* Replaces a piece of config.json. */
void fixture_edit_config(const char *from, const char *to);
/* Replaces bytes of a tensor in model.safetensors. */
void fixture_edit_tensor(const char *name, size_t offset, const void *bytes,
                         size_t n);
/* Adds a tensor, rows x cols (a vector if rows is 0), or puts it in the place
 * of the one of this name. */
void fixture_put_tensor(const char *name, const char *dtype, int64_t rows,
                        int64_t cols, const void *bytes, size_t size);
/* Replaces a piece of the header by one of the same length. */
void fixture_edit_header(const char *from, const char *to);

#endif
