/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* random-weights.c - model.safetensors for whatever a configuration asks: the
 * tables of families, read as weight-bind.c reads them. */
#include "random-weights.h"

#include "base/buffer.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

struct writing {
    const struct config *config;
    const struct arch *arch;
    struct buffer header, data;
    uint32_t random;
};

static bool applies(const struct writing *w, const struct tensor_rule *rule)
{
    return (w->config->traits & rule->when) == rule->when &&
           !(w->config->traits & rule->unless) &&
           !(rule->slot == SLOT_UNEMBED && w->config->tied);
}

static bool has(const struct tensor_rule *rule, const char *letter)
{
    return strstr(rule->name, letter) != NULL;
}

/* SIZE_MAX: too many. */
static size_t elements(const struct writing *w,
                       const struct tensor_rule *rule)
{
    size_t n = 1;

    for (const char *letter = rule->shape; *letter; letter++)
        if (__builtin_mul_overflow(n, (size_t)arch_size(w->config, *letter),
                                   &n))
            return SIZE_MAX;
    return n;
}

static bool is_small(const struct writing *w, size_t most)
{
    size_t sum = 0;

    for (size_t i = 0; i < w->arch->n_rules; i++) {
        const struct tensor_rule *rule = &w->arch->rules[i];
        size_t n = elements(w, rule), layers = 1;

        if (has(rule, "%d"))
            layers = (size_t)w->config->n_layer;
        if (has(rule, "%h"))
            layers *= (size_t)arch_heads(w->config, rule->slot);
        if (__builtin_mul_overflow(n, layers, &n) || n > most - sum)
            return false;
        sum += n;
    }
    return true;
}

static void put(struct buffer *buffer, char *text)
{
    buffer_add(buffer, text, strlen(text));
    free(text);
}

static void put_name(struct writing *w, const struct tensor_rule *rule,
                     int layer, int head)
{
    bool is_head = rule->slot == SLOT_UNEMBED ||
                   rule->slot == SLOT_UNEMBED_BIAS;

    put(&w->header, mem_printf("%s\"%s", w->header.n > 1 ? "," : "",
                               is_head ? "" : w->arch->prefixes[0]));
    for (const char *p = rule->name; *p; p++)
        if (*p == '%')
            put(&w->header, mem_printf("%d", *++p == 'h' ? head : layer));
        else
            buffer_add(&w->header, p, 1);
}

static void put_tensor(struct writing *w, const struct tensor_rule *rule,
                       int layer, int head)
{
    size_t n = elements(w, rule), first = w->data.n;

    put_name(w, rule, layer, head);
    put(&w->header, mem_printf("\":{\"dtype\":\"F32\",\"shape\":["));
    for (const char *letter = rule->shape; *letter; letter++)
        put(&w->header,
            mem_printf("%s%lld", letter > rule->shape ? "," : "",
                       (long long)arch_size(w->config, *letter)));
    for (size_t i = 0; i < n; i++) {
        float value;

        w->random = w->random * 1664525u + 1013904223u;
        value = (float)(w->random >> 8) / (1 << 24) - 0.5f;
        buffer_add(&w->data, (const char *)&value, sizeof value);
    }
    put(&w->header, mem_printf("],\"data_offsets\":[%zu,%zu]}", first,
                               w->data.n));
}

static void put_everywhere(struct writing *w, const struct tensor_rule *rule)
{
    int layers = has(rule, "%d") ? w->config->n_layer : 1;
    int heads = has(rule, "%h") ? arch_heads(w->config, rule->slot) : 1;

    for (int layer = 0; layer < layers; layer++)
        for (int head = 0; head < heads; head++)
            put_tensor(w, rule, layer, head);
}

uint8_t *random_weights(const struct config *config, const struct arch *arch,
                        size_t most, size_t *size)
{
    struct writing w = {.config = config, .arch = arch};
    uint8_t *file;

    if (!is_small(&w, most))
        return NULL;
    buffer_add(&w.header, "{", 1);
    for (size_t i = 0; i < arch->n_rules; i++)
        if (applies(&w, &arch->rules[i]))
            put_everywhere(&w, &arch->rules[i]);
    buffer_add(&w.header, "}", 1);
    while (w.header.n % 8) /* floats are used where they are */
        buffer_add(&w.header, " ", 1);
    *size = 8 + w.header.n + w.data.n;
    file = mem_new(*size, 1);
    for (int i = 0; i < 8; i++)
        file[i] = (uint8_t)((uint64_t)w.header.n >> 8 * i);
    memcpy(file + 8, w.header.bytes, w.header.n);
    memcpy(file + 8 + w.header.n, w.data.bytes, w.data.n);
    free(w.header.bytes);
    free(w.data.bytes);
    return file;
}
