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
    const struct arch *arch;
    struct config *config;
    struct error *err;
    int status;       /* of the first mistake */
    json_t *defaults; /* that were asked for */
};

/* A member, or what the table of keys says of an absent one, which
 * config->assumed then lists. NULL stands for null, which is a mistake unless
 * the table gives it a meaning. */
json_t *reader_value(struct reader *reader, const char *key);
bool reader_is_null(struct reader *reader, const char *key);
/* The same of a type; null is false or 0. */
bool reader_bool(struct reader *reader, const char *key);
int reader_int(struct reader *reader, const char *key, int min, int max);
double reader_real(struct reader *reader, const char *key); /* above 0 */
json_t *reader_object(struct reader *reader, const char *key);
/* Of an object in config.json that may be NULL; above 0, or the fallback. */
double reader_real_in(struct reader *reader, json_t *object, const char *key,
                      double fallback);

/* A mistake: FILE: and then the message. */
void reader_fail(struct reader *reader, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Fails where the row's key is there with a value that is not its default. */
void reader_refuse(struct reader *reader, const struct config_key *row);

/* transformers' name of an activation function. */
void reader_activation(struct reader *reader, const char *key);
/* config->local of a list with a word for each layer. false if there is no
 * such list. */
bool reader_layers(struct reader *reader, const char *key,
                   const char *global, const char *local);
/* "layer_types": full_attention or sliding_attention. */
bool reader_layer_types(struct reader *reader);
/* Fails where "head_dim" is another width than that of the heads: transformers
 * then rotates as if heads had it. */
void reader_same_width(struct reader *reader);
/* config->window; null is none, and then no layer may be local. */
void reader_window(struct reader *reader, const char *key);

/* Rotary positions, as in "rope_parameters", or in "rope_scaling" and the
 * keys beside it that older files have. */
struct rope_keys {
    const char *theta;   /* name outside the object */
    const char *partial; /* likewise, or NULL: all of a head rotates */
    const char *context; /* trained with: name outside the object, which goes
                            before what is in it; NULL: there is none */
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
