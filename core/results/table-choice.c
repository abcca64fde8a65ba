/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* table-choice.c - what a choice chooses, of a table or without one. */
#include "results/table-choice.h"

#include "base/buffer.h"
#include "base/mem.h"
#include "base/parse.h"
#include "base/random-normal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHOWN 60 /* bytes of a wrong word in a message */

/* One that may be chosen. */
struct candidate {
    int64_t at[2]; /* the second 0 where there is one number */
    double score;  /* the smallest comes first */
};

struct candidates {
    struct candidate *list;
    size_t n;
};

/* The number of a key column of this name; n_columns: there is none. */
static size_t key_column(const struct transect_table *table, const char *name)
{
    size_t i = 0;

    while (i < table->n_columns &&
           (table->columns[i].role != TRANSECT_COL_KEY ||
            strcmp(table->columns[i].name, name) != 0))
        i++;
    return i;
}

static bool has_keys(const struct transect_table *table,
                     const struct choice_space *space)
{
    for (int i = 0; i < 2 && space->keys[i]; i++) {
        size_t column = key_column(table, space->keys[i]);

        if (column == table->n_columns ||
            table->columns[column].type != TRANSECT_COL_INT)
            return false;
    }
    return true;
}

/* Is it COLUMN or TABLE.COLUMN of this one, and a number? */
static bool is_called(const struct transect_table *table, size_t i,
                      const char *name)
{
    const struct transect_column *column = &table->columns[i];
    size_t n = strlen(table->name);

    if (column->role == TRANSECT_COL_KEY || column->type == TRANSECT_COL_TEXT)
        return false;
    return strcmp(column->name, name) == 0 ||
           (strncmp(name, table->name, n) == 0 && name[n] == '.' &&
            strcmp(name + n + 1, column->name) == 0);
}

/* "layer and head" */
static void space_keys(char text[64], const struct choice_space *space)
{
    snprintf(text, 64, "%s%s%s", space->keys[0],
             space->keys[1] ? " and " : "",
             space->keys[1] ? space->keys[1] : "");
}

static int none_found(const struct choice_space *space,
                      struct transect_table *const *tables, size_t n,
                      const char *column, const struct transect_table *lacks,
                      struct error *err)
{
    struct buffer all = {0};
    char keys[64];

    space_keys(keys, space);
    if (lacks)
        return error_set(err, ST_USAGE, "%s of its table %s is not of %s: "
                         "the table's keys have no %s", column, lacks->name,
                         space->what, keys);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < tables[i]->n_columns; j++) {
            char *name = mem_printf("%s.%s", tables[i]->name,
                                    tables[i]->columns[j].name);

            if (is_called(tables[i], j, name)) {
                buffer_add(&all, all.n ? ", " : "; it has ",
                           all.n ? 2 : strlen("; it has "));
                buffer_add(&all, name, strlen(name));
            }
            free(name);
        }
    error_set(err, ST_USAGE, "it has no column '%s' of numbers%.*s", column,
              (int)all.n, all.n ? all.bytes : "");
    free(all.bytes);
    return err->status;
}

int choice_find(const struct choice_space *space,
                struct transect_table *const *tables, size_t n,
                const char *column, const struct transect_table **table,
                size_t *number, struct error *err)
{
    const struct transect_table *lacks = NULL;

    *table = NULL;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < tables[i]->n_columns; j++) {
            if (!is_called(tables[i], j, column))
                continue;
            if (!has_keys(tables[i], space)) {
                lacks = tables[i];
                continue;
            }
            if (*table)
                return error_set(err, ST_USAGE, "'%s' is in its tables %s "
                                 "and %s; write %s.%s", column,
                                 (*table)->name, tables[i]->name,
                                 (*table)->name, column);
            *table = tables[i];
            *number = j;
        }
    return *table ? ST_OK
                  : none_found(space, tables, n, column, lacks, err);
}

/* "3", "1-2" or "*" */
static int in_range(const char *word, int64_t value, bool *is,
                    struct error *err)
{
    const char *dash = *word ? strchr(word + 1, '-') : NULL;
    char *from = dash ? mem_strndup(word, (size_t)(dash - word))
                      : mem_strdup(word);
    int64_t first = 0, last = 0;
    bool whole = strcmp(word, "*") == 0;
    bool valid = whole || (parse_int(from, &first) &&
                           parse_int(dash ? dash + 1 : from, &last));

    free(from);
    *is = whole || (value >= first && value <= last);
    if (valid)
        return ST_OK;
    return error_set(err, ST_USAGE, "'%.*s' is neither a number nor a range "
                     "such as 1-2", SHOWN, word);
}

/* A value of the key, a text or a number, against a condition. */
static int meets(const struct choice_condition *condition, const char *text,
                 int64_t value, bool *is, struct error *err)
{
    bool any = false;

    for (size_t i = 0; i < condition->n_words; i++) {
        bool one = text && strcmp(condition->words[i], text) == 0;

        if (!text && in_range(condition->words[i], value, &one, err))
            return err->status;
        any = any || one;
    }
    *is = any;
    return ST_OK;
}

/* Of a row that meets all conditions. */
static int row_meets(const struct choice *choice,
                     const struct transect_table *table, size_t row, bool *is,
                     struct error *err)
{
    *is = true;
    for (size_t i = 0; i < choice->n_conditions && *is; i++) {
        const struct choice_condition *condition = &choice->conditions[i];
        size_t column = key_column(table, condition->key);
        const union cell *cell = &table->cells[row * table->n_columns +
                                               column];
        bool text;

        if (column == table->n_columns)
            return error_set(err, ST_USAGE, "where: the table %s has no key "
                             "'%.*s'", table->name, SHOWN, condition->key);
        if (table->columns[column].type == TRANSECT_COL_REAL)
            return error_set(err, ST_USAGE, "where: the key %s of the table "
                             "%s is no whole number and no word",
                             condition->key, table->name);
        text = table->columns[column].type == TRANSECT_COL_TEXT;
        if (meets(condition, text ? cell->text : NULL,
                  text ? 0 : cell->integer, is, err))
            return err->status;
    }
    return ST_OK;
}

static int compare(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static int by_place(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;
    int order = compare(x->at[0], y->at[0]);

    return order ? order : compare(x->at[1], y->at[1]);
}

static int by_score(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;

    if (x->score != y->score)
        return x->score < y->score ? -1 : 1;
    return by_place(a, b);
}

static char *place_text(const struct choice_space *space,
                        const struct candidate *candidate)
{
    if (space->keys[1])
        return mem_printf("L%d%c%d", (int)candidate->at[0], space->letter,
                          (int)candidate->at[1]);
    return mem_printf("%d", (int)candidate->at[0]);
}

static void add_candidate(struct candidates *all,
                          struct candidate candidate)
{
    MEM_PUSH(all->list, all->n);
    all->list[all->n++] = candidate;
}

/* The candidate of a row; false: it is of none, or has no number. */
static bool read_row(const struct choice *choice,
                     const struct choice_space *space,
                     const struct transect_table *table, size_t column,
                     size_t row, struct candidate *candidate)
{
    const union cell *cells = &table->cells[row * table->n_columns];
    double score = table->columns[column].type == TRANSECT_COL_INT
                       ? (double)cells[column].integer
                       : cells[column].real;

    *candidate = (struct candidate){
        .score = choice->way == CHOICE_TOP ? -score : score};
    for (int i = 0; i < 2 && space->keys[i]; i++) {
        candidate->at[i] = cells[key_column(table, space->keys[i])].integer;
        if (candidate->at[i] < 0 || candidate->at[i] >= space->limits[i])
            return false;
    }
    return !isnan(score);
}

static int check_single(const struct choice_space *space,
                        const struct transect_table *table,
                        struct candidates *all, struct error *err)
{
    if (all->n)
        qsort(all->list, all->n, sizeof *all->list, by_place);
    for (size_t i = 1; i < all->n; i++)
        if (by_place(&all->list[i - 1], &all->list[i]) == 0) {
            char *place = place_text(space, &all->list[i]);

            error_set(err, ST_USAGE, "the table %s has several rows of %s%s"
                      "%s; choose among them by where and its other keys",
                      table->name, space->keys[1] ? "" : space->keys[0],
                      space->keys[1] ? "" : " ", place);
            free(place);
            return err->status;
        }
    return ST_OK;
}

/* The first n as a list. Takes over the candidates. */
static int give(const struct choice *choice, const struct choice_space *space,
                struct candidates *all, char **list, struct error *err)
{
    struct buffer text = {0};
    int status = ST_OK;

    if (all->n < (size_t)choice->n)
        status = error_set(err, ST_USAGE, "there are %zu %s to choose from, "
                           "and %d are asked for", all->n, space->what,
                           choice->n);
    for (int i = 0; i < choice->n && !status; i++) {
        char *place = place_text(space, &all->list[i]);

        buffer_add(&text, " ", i > 0);
        buffer_add(&text, place, strlen(place));
        free(place);
    }
    buffer_add(&text, "", 1);
    free(all->list);
    *list = status ? NULL : text.bytes;
    if (status)
        free(text.bytes);
    return status;
}

int choice_rank(const struct choice *choice, const struct choice_space *space,
                const struct transect_table *table, size_t column,
                char **list, struct error *err)
{
    struct candidates all = {0};
    int status = ST_OK;

    for (size_t i = 0; i < table_rows(table) && !status; i++) {
        struct candidate candidate;
        bool is;

        status = row_meets(choice, table, i, &is, err);
        if (!status && is &&
            read_row(choice, space, table, column, i, &candidate))
            add_candidate(&all, candidate);
    }
    if (!status)
        status = check_single(space, table, &all, err);
    if (status) {
        free(all.list);
        return status;
    }
    if (all.n)
        qsort(all.list, all.n, sizeof *all.list, by_score);
    return give(choice, space, &all, list, err);
}

/* Does a condition speak of one of the space's keys, by `value`? Those of
 * other keys are of a table, which is not at hand. */
static int place_meets(const struct choice *choice, const char *key,
                       int64_t value, bool *is, struct error *err)
{
    for (size_t i = 0; i < choice->n_conditions && *is; i++)
        if (strcmp(choice->conditions[i].key, key) == 0 &&
            meets(&choice->conditions[i], NULL, value, is, err))
            return err->status;
    return ST_OK;
}

/* All that meet the conditions, up to `most`. */
static int gather(const struct choice *choice,
                  const struct choice_space *space, size_t most,
                  struct candidates *all, struct error *err)
{
    int n = space->keys[1] ? space->limits[1] : 1;

    for (int i = 0; i < space->limits[0] && all->n < most; i++) {
        bool first = true;

        if (place_meets(choice, space->keys[0], i, &first, err))
            return err->status;
        for (int j = 0; j < n && first && all->n < most; j++) {
            bool second = true;

            if (space->keys[1] &&
                place_meets(choice, space->keys[1], j, &second, err))
                return err->status;
            if (second)
                add_candidate(all, (struct candidate){.at = {i, j}});
        }
    }
    return ST_OK;
}

static bool is_key(const struct choice_space *space, const char *key)
{
    return strcmp(key, space->keys[0]) == 0 ||
           (space->keys[1] && strcmp(key, space->keys[1]) == 0);
}

static int check_conditions(const struct choice *choice,
                            const struct choice_space *space,
                            struct error *err)
{
    char keys[64];

    space_keys(keys, space);
    for (size_t i = 0; i < choice->n_conditions; i++)
        if (!is_key(space, choice->conditions[i].key))
            return error_set(err, ST_USAGE, "where: random %s have %s, and "
                             "no '%.*s'", space->what, keys, SHOWN,
                             choice->conditions[i].key);
    if (space->open && !choice->n_conditions)
        return error_set(err, ST_USAGE, "random %s need to know of which: "
                         "add where %s and a range", space->what, keys);
    return ST_OK;
}

int choice_draw(const struct choice *choice, const struct choice_space *space,
                uint64_t key, char **list, struct error *err)
{
    struct candidates all = {0}, drawn = {0};
    int *set;

    if (check_conditions(choice, space, err) ||
        gather(choice, space, SIZE_MAX, &all, err)) {
        free(all.list);
        return err->status;
    }
    if (all.n < (size_t)choice->n)
        return give(choice, space, &all, list, err);
    set = mem_new((size_t)choice->n, sizeof *set);
    random_subset(key, 0, (int)all.n, choice->n, set);
    for (int i = 0; i < choice->n; i++)
        add_candidate(&drawn, all.list[set[i]]);
    free(set);
    free(all.list);
    return give(choice, space, &drawn, list, err);
}

int choice_stand_in(const struct choice *choice,
                    const struct choice_space *space, char **list,
                    struct error *err)
{
    struct candidates all = {0};

    if (gather(choice, space, (size_t)choice->n, &all, err)) {
        free(all.list);
        return err->status;
    }
    return give(choice, space, &all, list, err);
}
