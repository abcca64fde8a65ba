/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* fuzz-vocab.c - the older files of a tokenizer: vocab.json and the JSON
 * beside it with a few members changed, then merges.txt up to the first NUL,
 * then a text. */
#include "harness.h"

#include "base/mem.h"
#include "fuzz-texts.h"
#include "json-edits.h"

#include <stdlib.h>
#include <unistd.h>

static json_t *document; /* its members are files */
static struct fuzz_words words;
static char *dir;

static void set_up(void)
{
    if (dir)
        return;
    dir = fuzz_subfolder("vocab");
    document = fuzz_load_json("tests/fuzz/base/vocab.json");
    fuzz_add_words_of(&words, document);
}

/* A member that is gone leaves no file. */
static void put_files(json_t *json)
{
    const char *name;
    json_t *ignored;

    json_object_foreach(document, name, ignored) {
        char *file = mem_printf("vocab/%s.json", name);
        json_t *member = json_object_get(json, name);
        char *path = mem_path(fuzz_folder(), file);

        unlink(path);
        if (json_is_object(member) || json_is_array(member))
            free(fuzz_put_json(file, member));
        free(path);
        free(file);
    }
}

static bool run(const uint8_t *bytes, size_t size)
{
    struct fuzz_input input = {bytes, size};
    json_t *json;
    char *merges;
    size_t n;

    set_up();
    json = json_deep_copy(document);
    fuzz_edit_json(&input, json, &words);
    put_files(json);
    json_decref(json);
    merges = fuzz_until(&input, 0, &n);
    free(fuzz_put("vocab/merges.txt", merges, n));
    free(merges);
    return fuzz_texts(dir, &input, false);
}

const struct fuzz_target fuzz_vocab = {"vocab", run, false};
