/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* config-reader.h - what a family's configure function reads config.json with.
 * The first mistake is kept, and everything after it does nothing and gives
 * the fallback: a family is a list of what it reads, and no call needs a test.
 */
#ifndef CORE_MODEL_CONFIG_READER_H
#define CORE_MODEL_CONFIG_READER_H

#include "model/arch.h"

struct reader {
    json_t *json;
    const char *path; /* for messages */
    struct config *config;
    struct error *err;
    int status; /* of the first mistake */
};

/* A member, or the fallback if there is none. */
bool reader_bool(struct reader *reader, const char *key, bool fallback);
int reader_int(struct reader *reader, const char *key, int min, int max,
               int fallback);
double reader_real(struct reader *reader, const char *key, double fallback);
/* The same, in an object of config.json that may be NULL; must be above 0. */
double reader_real_in(struct reader *reader, json_t *object, const char *key,
                      double fallback);
const char *reader_word(struct reader *reader, const char *key,
                        const char *fallback);
/* Sizes and names by which they go. */
int reader_size(struct reader *reader, const struct size_key *key);

/* A mistake: FILE: and then the message. */
void reader_fail(struct reader *reader, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Fails where a switch that is not supported is on (or, `unless`, off),
 * because of `why`. */
void reader_refuse(struct reader *reader, const char *key, bool value,
                   bool fallback, const char *why);

/* transformers' name of an activation function. */
void reader_activation(struct reader *reader, const char *name,
                       const char *key);
/* config->local of "layer_types": full_attention or sliding_attention. false
 * if there is no such list. */
bool reader_layer_types(struct reader *reader);
/* config->window; null is none, and then no layer may be local. */
void reader_window(struct reader *reader, const char *key, int fallback);

/* Rotary positions, as in "rope_parameters", or in "rope_scaling" and the
 * keys beside it that older files have. */
struct rope_keys {
    const char *theta;   /* name outside the object */
    double theta_fallback;
    const char *partial; /* likewise, or NULL: all of a head rotates */
    double partial_fallback;
    int context;         /* trained with, if nothing says so; 0: n_context */
    bool interleaved;
};

void reader_rope(struct reader *reader, const struct rope_keys *keys);
/* The same from a given object, which may be NULL, for one kind of layers. */
void reader_rope_of(struct reader *reader, json_t *object,
                    const struct rope_keys *keys, struct rope *rope);
/* config->rope and config->local_rope, of global and of local layers:
 * "rope_parameters" has an object for each, and "rope_scaling", in older
 * files, is that of global ones. */
void reader_rope_by_type(struct reader *reader,
                         const struct rope_keys *global,
                         const struct rope_keys *local);

#endif
