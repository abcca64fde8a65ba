/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* config-edits.c - what keys of config.json do, key by key.
 *
 * config-edits keys: FAMILY <tab> KEY <tab> USE <tab> DEFAULT of each row of
 * the tables.
 * config-edits outcomes FOLDER: of each line NAME <tab> KEY <tab> EDIT <tab>
 * VERDICT ... of the standard input, the same with what comes of the edit of
 * FOLDER/NAME.json as the fifth column. EDIT is "deleted" or a value in JSON;
 * what comes of it is a refusal, or what it changes in what the executor gets.
 * config-edits table: docs/config-keys.md. */
#include "base/mem.h"
#include "base/json.h"
#include "model/arch.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_FIELDS 64
#define MAX_TEXT 160

struct fields {
    char text[MAX_FIELDS][MAX_TEXT];
    int n;
};

static void add(struct fields *fields, const char *name, double value)
{
    snprintf(fields->text[fields->n++], MAX_TEXT, "%s=%.9g", name, value);
}

static void add_rope(struct fields *fields, const char *name,
                     const struct rope *rope)
{
    snprintf(fields->text[fields->n++], MAX_TEXT,
             "%s=%d:%d:%.9g:%.9g:%.9g:%.9g:%.9g:%d", name, (int)rope->kind,
             rope->dim, rope->theta, rope->factor, rope->scale, rope->low,
             rope->high, rope->context);
}

static void add_local(struct fields *fields, const struct config *config)
{
    char *text = fields->text[fields->n++];
    int n = snprintf(text, MAX_TEXT, "local=");

    for (int i = 0; i < config->n_layer && n < MAX_TEXT - 1; i++)
        text[n++] = config->local[i] ? '1' : '0';
    text[n] = '\0';
}

#define ADD(member) add(fields, #member, (double)config->member)

static void describe(const struct config *config, struct fields *fields)
{
    fields->n = 0;
    ADD(n_layer); ADD(n_head); ADD(n_kv_head); ADD(d_head);
    ADD(d_model); ADD(d_word); ADD(d_mlp); ADD(n_vocab); ADD(n_context);
    ADD(norm); ADD(norm_epsilon); ADD(activation); ADD(tied); ADD(bos);
    ADD(embed_scale); ADD(position_offset); ADD(scale_by_layer);
    ADD(score_scale); ADD(score_cap); ADD(logit_cap); ADD(alibi);
    ADD(alibi_bf16); ADD(qk_norm); ADD(window); ADD(gated); ADD(parallel);
    ADD(one_norm); ADD(bare); ADD(post_norm); ADD(stream_norm);
    ADD(embed_norm); ADD(no_final_norm); ADD(traits);
    add_rope(fields, "rope", &config->rope);
    add_rope(fields, "local_rope", &config->local_rope);
    add_local(fields, config);
}

static void print_outcome(const struct arch *arch, json_t *json,
                          const struct fields *base)
{
    struct config config;
    struct error err = {0};
    struct fields now;
    int n = 0;

    if (arch_configure(arch, json, "config.json", &config, &err)) {
        printf("%s\n", err.text);
        return;
    }
    describe(&config, &now);
    for (int i = 0; i < now.n; i++)
        if (strcmp(now.text[i], base->text[i]) != 0)
            printf("%s%s", n++ ? " " : "", now.text[i]);
    printf("%s\n", n ? "" : "as it was");
}

static void need(bool ok, const char *what)
{
    if (ok)
        return;
    fprintf(stderr, "config-edits: %s\n", what);
    exit(2);
}

/* The line has at least four columns. */
static void one_line(const char *folder, char *line)
{
    char *column[4], *rest = line;
    struct config config;
    struct error err = {0};
    struct fields base;
    const struct arch *arch;
    json_t *json, *value;
    char *path;

    for (int i = 0; i < 4; i++)
        column[i] = strsep(&rest, "\t\n");
    need(column[3], "a line of less than four columns");
    path = mem_printf("%s/%s.json", folder, column[0]);
    need(!json_load_object(path, &json, &err), err.text);
    free(path);
    arch = arch_find(
        json_string_value(json_object_get(json, "model_type")));
    need(arch, column[0]);
    need(!arch_configure(arch, json, "config.json", &config, &err),
         err.text);
    describe(&config, &base);
    value = json_loads(column[2], JSON_DECODE_ANY, NULL);
    if (strcmp(column[2], "deleted") == 0)
        json_object_del(json, column[1]);
    else
        json_object_set_new(json, column[1], value);
    printf("%s\t%s\t%s\t%s\t", column[0], column[1], column[2], column[3]);
    print_outcome(arch, json, &base);
    json_decref(json);
}

static int outcomes(const char *folder)
{
    char *line = NULL;
    size_t room = 0;

    while (getline(&line, &room, stdin) > 0)
        one_line(folder, line);
    free(line);
    return 0;
}

static const char *const uses[] = {
    [KEY_IS_USED] = "used",
    [KEY_IS_IGNORED] = "ignored",
    [KEY_IS_REFUSED] = "refused",
};

static void print_rows(const char *family, const struct config_key *rows,
                       size_t n)
{
    for (size_t i = 0; i < n; i++) {
        printf("%s\t%s\t%s\t%s\n", family, rows[i].name, uses[rows[i].use],
               rows[i].fallback ? rows[i].fallback : "");
        if (rows[i].alias)
            printf("%s\t%s\talias\t%s\n", family, rows[i].alias,
                   rows[i].name);
    }
}

static int list_keys(void)
{
    size_t n, n_common;
    const char *const *names = arch_names(&n);
    const struct config_key *common = config_keys_common(&n_common);

    for (size_t i = 0; i < n; i++) {
        const struct arch *arch = arch_find(names[i]);

        print_rows(names[i], arch->keys, arch->n_keys);
        print_rows(names[i], common, n_common);
    }
    return 0;
}

static void print_used(const struct config_key *row)
{
    if (row->alias)
        printf("| `%s`, or `%s`, which goes before | ", row->name,
               row->alias);
    else
        printf("| `%s` | ", row->name);
    if (row->use == KEY_IS_REFUSED)
        printf("%s | refused with another value: %s |\n", row->fallback,
               row->note);
    else if (!row->nullable)
        printf("%s | an error |\n", row->fallback);
    else
        printf("%s | %s |\n", row->fallback, row->note);
}

/* A paragraph of lines of at most 79 columns. */
static void print_ignored(const struct config_key *rows, size_t n)
{
    int column = printf("\nIgnored:") - 1;

    for (size_t i = 0; i < n; i++) {
        int length = (int)strlen(rows[i].name) + 4;

        if (rows[i].use != KEY_IS_IGNORED)
            continue;
        printf("%s`%s`", column + length > 78 ? "\n" : " ", rows[i].name);
        column = column + length > 78 ? length : column + length;
    }
    putchar('\n');
}

static void print_table(const struct config_key *rows, size_t n)
{
    printf("\n| key | absent | null |\n|---|---|---|\n");
    for (size_t i = 0; i < n; i++)
        if (rows[i].use != KEY_IS_IGNORED)
            print_used(&rows[i]);
    print_ignored(rows, n);
}

static int table(void)
{
    size_t n, n_common;
    const char *const *names = arch_names(&n);
    const struct config_key *common = config_keys_common(&n_common);

    printf("# Keys of config.json\n\n"
           "Written by `tests/config-edits table` from the tables in "
           "core/model; `make check`\ncompares.\n\n"
           "What a key is to a family: used, with transformers' default "
           "where it is absent,\nand what null means; ignored, since it "
           "changes no number of a forward pass; or\nrefused with any "
           "value but the default's, since that would be another model. A\n"
           "default of null stands for a rule, which is what null means. A "
           "key that is not\nlisted is without effect in transformers, and "
           "here. `transect model` names what it\nassumed.\n\n"
           "## All families\n");
    print_table(common, n_common);
    for (size_t i = 0; i < n; i++) {
        const struct arch *arch = arch_find(names[i]);

        printf("\n## %s\n", names[i]);
        print_table(arch->keys, arch->n_keys);
    }
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "keys") == 0)
        return list_keys();
    if (argc == 2 && strcmp(argv[1], "table") == 0)
        return table();
    if (argc == 3 && strcmp(argv[1], "outcomes") == 0)
        return outcomes(argv[2]);
    fputs("usage: config-edits keys | table | outcomes FOLDER\n", stderr);
    return 2;
}
