/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* json-edits.c - documents that are nearly right. */
#include "json-edits.h"

#include "base/json.h"
#include "base/mem.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_EDITS = 7, MANY_MEMBERS = 60, DEPTH = 3 };

json_t *fuzz_load_json(const char *name)
{
    char *path = fuzz_source(name);
    struct error err = {0};
    json_t *json = NULL;

    FUZZ_CHECK(!json_load_object(path, &json, &err));
    free(path);
    return json;
}

void fuzz_add_word(struct fuzz_words *words, const char *word)
{
    for (size_t i = 0; i < words->n; i++)
        if (strcmp(words->list[i], word) == 0)
            return;
    MEM_PUSH(words->list, words->n);
    words->list[words->n++] = mem_strdup(word);
}

void fuzz_add_words_of(struct fuzz_words *words, json_t *json)
{
    const char *key;
    json_t *value;
    size_t i;

    if (json_is_string(json))
        fuzz_add_word(words, json_string_value(json));
    json_array_foreach(json, i, value)
        fuzz_add_words_of(words, value);
    if (json_object_size(json) > MANY_MEMBERS)
        return;
    json_object_foreach(json, key, value) {
        fuzz_add_word(words, key);
        fuzz_add_words_of(words, value);
    }
}

static size_t members(const json_t *json)
{
    return json_is_array(json) ? json_array_size(json)
                               : json_object_size(json);
}

/* Of an object, by number. */
static const char *key_at(json_t *object, size_t n)
{
    void *iter = json_object_iter(object);

    while (n-- > 0)
        iter = json_object_iter_next(object, iter);
    return json_object_iter_key(iter);
}

static json_t *member_at(json_t *json, size_t n)
{
    return json_is_array(json) ? json_array_get(json, n)
                               : json_object_get(json, key_at(json, n));
}

/* A text of the input itself; "" if that is no UTF-8, which JSON cannot say.
 */
static json_t *own_text(struct fuzz_input *input)
{
    size_t n = fuzz_below(input, 32);
    const char *text = (const char *)input->bytes;
    json_t *json;

    n = n < input->size ? n : input->size;
    json = n ? json_stringn(text, n) : NULL;
    input->bytes += n;
    input->size -= n;
    return json ? json : json_string("");
}

static const char *word(struct fuzz_input *input,
                        const struct fuzz_words *words)
{
    return words->list[fuzz_below(input, words->n)];
}

static json_t *number(struct fuzz_input *input)
{
    static const int64_t whole[] = {
        0, 1, -1, 2, 3, 255, 256, 65535, 65536, 1000000, INT32_MAX,
        INT32_MIN, (int64_t)INT32_MAX + 1, UINT32_MAX, INT64_MAX, INT64_MIN};
    static const double real[] = {0.0, -0.0, 0.5, 1e-45, 1e-320, 1e-6, -1.5,
                                  1e30, 3.4e38, 1e39, 1e308, -1e308};
    unsigned kind = fuzz_byte(input) % 4;

    if (kind == 0)
        return json_integer(whole[fuzz_below(input, 16)]);
    if (kind == 1)
        return json_real(real[fuzz_below(input, 12)]);
    if (kind == 2)
        return json_real(fuzz_byte(input) / 16.0);
    return json_integer((int8_t)fuzz_byte(input));
}

static json_t *value(struct fuzz_input *input, json_t *root,
                     const struct fuzz_words *words, int depth);

static json_t *container(struct fuzz_input *input, json_t *root,
                         const struct fuzz_words *words, int depth)
{
    unsigned kind = fuzz_byte(input), n = kind / 2 % 4;
    json_t *json = kind % 2 ? json_array() : json_object();

    for (unsigned i = 0; i < n && depth; i++)
        if (kind % 2)
            json_array_append_new(json, value(input, root, words, depth - 1));
        else
            json_object_set_new(json, word(input, words),
                                value(input, root, words, depth - 1));
    return json;
}

/* A copy of something that is there. */
static json_t *copy(struct fuzz_input *input, json_t *root)
{
    json_t *from = root;

    do
        from = member_at(from, fuzz_below(input, members(from)));
    while (members(from) && fuzz_byte(input) % 2);
    return json_deep_copy(from);
}

static json_t *value(struct fuzz_input *input, json_t *root,
                     const struct fuzz_words *words, int depth)
{
    switch (fuzz_byte(input) % 8) {
    case 0:
        return json_null();
    case 1:
        return json_boolean(fuzz_byte(input) % 2);
    case 2:
    case 3:
        return number(input);
    case 4:
        return json_string(word(input, words));
    case 5:
        return own_text(input);
    case 6:
        return container(input, root, words, depth);
    default:
        return members(root) ? copy(input, root) : json_null();
    }
}

static void add(struct fuzz_input *input, json_t *to, json_t *root,
                const struct fuzz_words *words)
{
    const char *key = word(input, words);
    json_t *new = value(input, root, words, DEPTH);

    if (json_is_array(to))
        json_array_append_new(to, new);
    else
        json_object_set_new(to, key, new);
}

static void replace(struct fuzz_input *input, json_t *in, size_t n,
                    json_t *root, const struct fuzz_words *words)
{
    json_t *new = fuzz_byte(input) % 8
                      ? value(input, root, words, DEPTH)
                      : NULL;

    if (json_is_array(in) && new)
        json_array_set_new(in, n, new);
    else if (json_is_array(in))
        json_array_remove(in, n);
    else if (new)
        json_object_set_new(in, key_at(in, n), new);
    else
        json_object_del(in, key_at(in, n));
}

/* Goes down to a member, or adds one. */
static void edit(struct fuzz_input *input, json_t *root,
                 const struct fuzz_words *words)
{
    json_t *at = root;

    for (;;) {
        size_t n = members(at), i = fuzz_below(input, n + 1);

        if (i == n) {
            add(input, at, root, words);
            return;
        }
        if (!members(member_at(at, i)) || fuzz_byte(input) % 4 == 0) {
            replace(input, at, i, root, words);
            return;
        }
        at = member_at(at, i);
    }
}

void fuzz_edit_json(struct fuzz_input *input, json_t *root,
                    const struct fuzz_words *words)
{
    size_t n = fuzz_below(input, MOST_EDITS + 1);

    for (size_t i = 0; i < n; i++)
        edit(input, root, words);
}

char *fuzz_put_json(const char *name, const json_t *json)
{
    char *text = json_dumps(json, JSON_INDENT(1)), *path;

    FUZZ_CHECK(text);
    path = fuzz_put(name, text, strlen(text));
    free(text);
    return path;
}
