/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* config-reader-rope.c - rotary positions as config.json describes them. */
#include "model/config-reader.h"

#include <math.h>
#include <string.h>

/* "su" is what Phi-3 called longrope at first. */
static const struct {
    const char *name;
    enum rope_kind kind;
} kinds[] = {
    {"default", ROPE_PLAIN}, {"linear", ROPE_LINEAR},
    {"dynamic", ROPE_DYNAMIC}, {"llama3", ROPE_LLAMA3},
    {"yarn", ROPE_YARN}, {"longrope", ROPE_LONG}, {"su", ROPE_LONG},
};

static void read_kind(struct reader *reader, const json_t *object,
                      struct rope *rope)
{
    const json_t *given = json_object_get(object, "rope_type");
    const char *name;

    if (!given)
        given = json_object_get(object, "type");
    name = given ? json_string_value(given) : "default";
    for (size_t i = 0; name && i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(name, kinds[i].name) == 0) {
            rope->kind = kinds[i].kind;
            return;
        }
    reader_fail(reader, "'rope_type' is one that is not supported; supported "
                "are default, linear, dynamic, llama3, yarn, longrope");
}

/* The part of a head that rotates; all of it in most families. */
static double read_partial(struct reader *reader, json_t *object,
                           const struct rope_keys *keys)
{
    const char *key = keys->partial ? keys->partial : "partial_rotary_factor";
    double partial = reader_real_in(reader, object, "partial_rotary_factor",
                                    0);

    if (partial == 0 && keys->partial)
        partial = reader_real(reader, key);
    if (partial == 0)
        partial = reader_real_in(reader,
                                 keys->partial ? NULL : reader->json, key, 1);

    if (partial > 1)
        reader_fail(reader, "'%s' is %g; it must be at most 1", key, partial);
    if (!keys->partial && partial != 1)
        reader_fail(reader, "'partial_rotary_factor' is %g, which is not "
                    "supported for this 'model_type'; whole heads rotate",
                    partial);
    return partial;
}

static void read_dim(struct reader *reader, double partial,
                     struct rope *rope)
{
    rope->dim = (int)(reader->config->d_head * partial);
    if (rope->dim < 2 || rope->dim % 2 || rope->dim > 2 * ROPE_PAIRS ||
        rope->dim > reader->config->d_head)
        reader_fail(reader, "%d of a head's %d dims rotate; an even number "
                    "from 2 to %d expected", rope->dim,
                    reader->config->d_head, 2 * ROPE_PAIRS);
}

/* Needed by kinds that have no fallback for it. */
static double need(struct reader *reader, json_t *object, const char *key)
{
    double value = reader_real_in(reader, object, key, 0);

    if (value == 0)
        reader_fail(reader, "'%s' is missing; this 'rope_type' needs it",
                    key);
    return value;
}

static double yarn_scale(double factor, double strength)
{
    return factor <= 1 ? 1 : 0.1 * strength * log(factor) + 1;
}

static void read_yarn(struct reader *reader, json_t *object,
                      struct rope *rope)
{
    double factor = rope->factor = need(reader, object, "factor");
    double some = reader_real_in(reader, object, "mscale", 0);
    double all = reader_real_in(reader, object, "mscale_all_dim", 0);
    const json_t *truncate = json_object_get(object, "truncate");

    rope->scale = yarn_scale(factor, 1);
    if (some > 0 && all > 0)
        rope->scale = yarn_scale(factor, some) / yarn_scale(factor, all);
    rope->scale = reader_real_in(reader, object, "attention_factor",
                                 rope->scale);
    rope->high = reader_real_in(reader, object, "beta_fast", 32);
    rope->low = reader_real_in(reader, object, "beta_slow", 1);
    rope->fractional = json_is_false(truncate);
}

static void read_llama3(struct reader *reader, json_t *object,
                        struct rope *rope)
{
    rope->factor = need(reader, object, "factor");
    rope->low = need(reader, object, "low_freq_factor");
    rope->high = need(reader, object, "high_freq_factor");
    if (rope->high <= rope->low)
        reader_fail(reader, "'high_freq_factor' %g is not above "
                    "'low_freq_factor' %g", rope->high, rope->low);
}

static void read_factors(struct reader *reader, const json_t *object,
                         const char *key, const struct rope *rope,
                         float *factors)
{
    const json_t *list = json_object_get(object, key), *value;
    size_t i;

    if (!json_is_array(list) ||
        json_array_size(list) != (size_t)rope->dim / 2) {
        reader_fail(reader, "'%s' is not a list of %d numbers, one for each "
                    "pair of dims that rotates", key, rope->dim / 2);
        return;
    }
    json_array_foreach (list, i, value) {
        factors[i] = (float)json_number_value(value);
        if (!(factors[i] > 0))
            reader_fail(reader, "entry %zu of '%s' is not a number above 0",
                        i + 1, key);
    }
}

static void read_long(struct reader *reader, json_t *object,
                      struct rope *rope)
{
    double factor;

    read_factors(reader, object, "short_factor", rope, rope->short_factors);
    read_factors(reader, object, "long_factor", rope, rope->long_factors);
    if (rope->context < 2)
        reader_fail(reader, "'original_max_position_embeddings' is %d; "
                    "'rope_type' longrope needs at least 2", rope->context);
    factor = reader_real_in(reader, object, "factor",
                            (double)reader->config->n_context /
                                rope->context);
    rope->scale = factor <= 1 ? 1
                              : sqrt(1 + log(factor) / log(rope->context));
    rope->scale = reader_real_in(reader, object, "attention_factor",
                                 rope->scale);
}

/* The context that the model was trained with. */
static int trained_context(struct reader *reader, json_t *object,
                           const struct rope_keys *keys)
{
    int64_t inside = reader->config->n_context;

    if (keys->context)
        return reader_int(reader, keys->context, 1, INT32_MAX);
    if (!reader->status)
        reader->status = json_get_int(object, reader->path,
                                      "original_max_position_embeddings", 1,
                                      INT32_MAX, &inside, reader->err);
    return (int)inside;
}

static void read_stretch(struct reader *reader, json_t *object,
                         const struct rope_keys *keys, struct rope *rope)
{
    switch (rope->kind) {
    case ROPE_LINEAR:
        rope->factor = need(reader, object, "factor");
        break;
    case ROPE_DYNAMIC: /* its context is that of the model, which it
                          stretches by the factor */
        rope->factor = need(reader, object, "factor");
        rope->context = reader->config->n_context;
        if (rope->factor < 1)
            reader_fail(reader, "'factor' is %g; 'rope_type' dynamic needs "
                        "one of at least 1", rope->factor);
        if (rope->dim <= 2)
            reader_fail(reader, "'rope_type' dynamic needs more than 2 dims "
                        "that rotate");
        break;
    case ROPE_LLAMA3:
        rope->context = trained_context(reader, object, keys);
        read_llama3(reader, object, rope);
        break;
    case ROPE_YARN:
        rope->context = trained_context(reader, object, keys);
        read_yarn(reader, object, rope);
        break;
    case ROPE_LONG:
        rope->context = trained_context(reader, object, keys);
        read_long(reader, object, rope);
        break;
    default:
        break;
    }
}

/* An object for each kind of layers, where one for all is read. */
static void refuse_objects(struct reader *reader, json_t *object)
{
    const char *key;
    json_t *value;

    json_object_foreach (object, key, value)
        if (json_is_object(value))
            reader_fail(reader, "'%.40s' is an object within the parameters "
                        "of rotation, which is not supported: the same for "
                        "all layers expected", key);
}

void reader_rope_of(struct reader *reader, json_t *object,
                    const struct rope_keys *keys, struct rope *rope)
{
    double partial;

    refuse_objects(reader, object);
    rope->interleaved = keys->interleaved;
    rope->scale = 1;
    rope->theta = reader_real_in(reader, object, "rope_theta", 0);
    if (rope->theta == 0)
        rope->theta = reader_real(reader, keys->theta);
    partial = read_partial(reader, object, keys);
    if (reader->status)
        return;
    read_dim(reader, partial, rope);
    read_kind(reader, object, rope);
    if (!reader->status)
        read_stretch(reader, object, keys, rope);
}

/* What older files call rope_scaling goes before, as in transformers. */
void reader_rope(struct reader *reader, const struct rope_keys *keys)
{
    json_t *object = reader_object(reader, "rope_scaling");
    struct config *config = reader->config;

    if (!json_object_size(object))
        object = reader_object(reader, "rope_parameters");
    reader_rope_of(reader, object, keys, &config->rope);
    if (config->rope.kind == ROPE_DYNAMIC && !reader->status)
        config->n_context = (int)fmin(
            config->n_context * config->rope.factor, 1 << 24);
}

/* Local and global layers rotate differently: an object of rope_parameters
 * for each, or in older files rope_scaling, which is for global ones only.
 * That of the global ones. */
static json_t *global_rope(struct reader *reader)
{
    json_t *both = reader_object(reader, "rope_parameters");
    json_t *whole = json_object_get(both, "full_attention");
    json_t *older = reader_object(reader, "rope_scaling");

    if (json_object_size(both) && !whole &&
        !json_object_get(both, "sliding_attention"))
        reader_fail(reader, "'rope_parameters' has neither 'full_attention' "
                    "nor 'sliding_attention'; an object for each kind of "
                    "layers expected");
    if (!json_object_size(older))
        return whole;
    if (json_object_size(whole))
        reader_fail(reader, "'rope_scaling' is given, and 'full_attention' "
                    "in 'rope_parameters'; one of them expected");
    return older;
}

void reader_rope_by_type(struct reader *reader,
                         const struct rope_keys *global,
                         const struct rope_keys *local)
{
    json_t *both = reader_object(reader, "rope_parameters");
    struct config *config = reader->config;

    reader_rope_of(reader, global_rope(reader), global, &config->rope);
    reader_rope_of(reader, json_object_get(both, "sliding_attention"), local,
                   &config->local_rope);
    if (config->rope.kind == ROPE_DYNAMIC ||
        config->local_rope.kind == ROPE_DYNAMIC)
        reader_fail(reader, "'rope_type' dynamic is not supported for this "
                    "'model_type'");
}
