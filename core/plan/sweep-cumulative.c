/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* sweep-cumulative.c - growing sets of heads or layers, in the order of a
 * table of scores. */
#include "plan/sweep.h"

#include "base/csv-reader.h"
#include "base/mem.h"
#include "base/parse.h"
#include "base/read-file.h"
#include "experiment/ini-file.h"

#include <stdlib.h>
#include <string.h>

/* "FILE by COLUMN [lowest] [upto N]" */
struct order {
    char *file, *column;
    bool lowest;
    int most; /* 0: all */
};

struct scored {
    char *text; /* L2H7, L2G1 or 2 */
    double score;
    size_t row;
};

struct scores {
    struct scored *list;
    size_t n;
};

static int parse_order(const char *what, struct order *order,
                       struct error *err)
{
    char *copy = mem_strdup(what), *rest = copy, *word;
    char *words[8] = {0};
    uint64_t most = 0;
    size_t n = 0, at = 3;

    while (n < 7 && (word = strtok_r(rest, SWEEP_BLANKS, &rest)))
        words[n++] = word;
    order->lowest = n > at && strcmp(words[at], "lowest") == 0;
    at += order->lowest;
    if (n == at + 2 && strcmp(words[at], "upto") == 0 &&
        parse_unsigned(words[at + 1], &most) && most >= 1 &&
        most <= INT32_MAX)
        at += 2;
    if (n < 3 || at != n || strcmp(words[1], "by") != 0) {
        free(copy);
        return error_set(err, ST_USAGE, "'cumulative %s' is not cumulative "
                         "FILE by COLUMN [lowest] [upto N], as cumulative "
                         "heads.csv by score upto 20", what);
    }
    order->file = mem_strdup(words[0]);
    order->column = mem_strdup(words[2]);
    order->most = (int)most;
    free(copy);
    return ST_OK;
}

/* The columns that are needed: layer, head (or none), the score. */
struct columns {
    int layer, head, score;
};

struct row {
    int64_t layer, head;
    double score;
};

static bool is_cell(const struct csv *csv, const char *text)
{
    return strcmp(csv->cell.bytes, text) == 0;
}

static int read_header(struct csv *csv, const struct order *order, bool heads,
                       struct columns *columns, struct error *err)
{
    *columns = (struct columns){-1, -1, -1};
    for (int i = 0; csv_next(csv); i++) {
        if (is_cell(csv, "layer"))
            columns->layer = i;
        if (heads && is_cell(csv, "head"))
            columns->head = i;
        if (is_cell(csv, order->column))
            columns->score = i;
        if (csv->row_ends)
            break;
    }
    if (columns->layer < 0 || (heads && columns->head < 0))
        return error_set(err, ST_USAGE, "%s has no column '%s'", order->file,
                         columns->layer < 0 ? "layer" : "head");
    if (columns->score < 0)
        return error_set(err, ST_USAGE, "%s has no column '%s'", order->file,
                         order->column);
    return ST_OK;
}

/* Of the row whose first cell was read; a cell that counts has to be there
 * and to be a number. */
static int read_row(struct csv *csv, const struct order *order,
                    const struct columns *columns, size_t number,
                    struct row *row, struct error *err)
{
    int n = 0;

    do {
        const char *cell = csv->cell.bytes;

        if ((n == columns->layer && !parse_int(cell, &row->layer)) ||
            (n == columns->head && !parse_int(cell, &row->head)) ||
            (n == columns->score && !parse_real(cell, &row->score)))
            return error_set(err, ST_USAGE, "%s, row %zu: '%s' is not a "
                             "number", order->file, number, cell);
        n++;
    } while (!csv->row_ends && csv_next(csv));
    if (n > columns->layer && n > columns->head && n > columns->score)
        return ST_OK;
    return error_set(err, ST_USAGE, "%s, row %zu: has fewer cells than the "
                     "header", order->file, number);
}

static int read_rows(struct csv *csv, const struct order *order,
                     const struct columns *columns, char letter,
                     struct scores *scores, struct error *err)
{
    for (size_t number = 1; csv_next(csv); number++) {
        struct row row = {0};

        if (read_row(csv, order, columns, number, &row, err))
            return err->status;
        MEM_PUSH(scores->list, scores->n);
        scores->list[scores->n++] = (struct scored){
            letter ? mem_printf("L%lld%c%lld", (long long)row.layer, letter,
                                (long long)row.head)
                   : mem_printf("%lld", (long long)row.layer),
            order->lowest ? row.score : -row.score, number};
    }
    if (scores->n)
        return ST_OK;
    return error_set(err, ST_USAGE, "%s has no rows", order->file);
}

/* The first of the order first; of equals the first row. */
static int by_score(const void *a, const void *b)
{
    const struct scored *x = a, *y = b;

    if (x->score != y->score)
        return x->score < y->score ? -1 : 1;
    return x->row < y->row ? -1 : 1;
}

static int read_scores(const struct order *order,
                       const struct setting *setting, char letter,
                       struct scores *scores, struct error *err)
{
    char *path = ini_resolve(setting->place, order->file), *bytes = NULL;
    struct columns columns;
    struct csv csv = {0};
    size_t size;
    int status = read_file(path, &bytes, &size, err);

    if (!status) {
        csv_begin(&csv, bytes, size);
        status = read_header(&csv, order, letter != 0, &columns, err);
        if (!status)
            status = read_rows(&csv, order, &columns, letter, scores, err);
        csv_end(&csv);
    }
    if (scores->n)
        qsort(scores->list, scores->n, sizeof *scores->list, by_score);
    free(bytes);
    free(path);
    return status;
}

static int by_text(const void *a, const void *b)
{
    const struct scored *const *x = a, *const *y = b;

    int order = strcmp((*x)->text, (*y)->text);

    return order ? order : (*x)->row < (*y)->row ? -1 : 1;
}

/* A place that comes again would make two variants of one set. */
static int check_different(const struct scores *scores,
                           const struct order *order, struct error *err)
{
    const struct scored **all = mem_new(scores->n, sizeof *all);
    int status = ST_OK;

    for (size_t i = 0; i < scores->n; i++)
        all[i] = &scores->list[i];
    qsort(all, scores->n, sizeof *all, by_text);
    for (size_t i = 1; i < scores->n && !status; i++)
        if (strcmp(all[i - 1]->text, all[i]->text) == 0)
            status = error_set(err, ST_USAGE, "%s: rows %zu and %zu are both "
                               "of %s%s", order->file, all[i - 1]->row,
                               all[i]->row,
                               all[i]->text[0] == 'L' ? "" : "layer ",
                               all[i]->text);
    free(all);
    return status;
}

/* Appends them to *all, in their order. The model has to have each of them,
 * which reading it as a list tells. */
static int list_known(const struct scores *scores,
                      const struct transect_option *option,
                      const struct order *order,
                      const struct option_limits *limits,
                      struct sweep_axis *all, struct error *err)
{
    for (size_t i = 0; i < scores->n; i++)
        if (sweep_list(all, option, scores->list[i].text, limits, err))
            return error_within(err, "%s, row %zu", order->file,
                                scores->list[i].row);
    return ST_OK;
}

/* Appends what the last value of the axis is, if it has one, and `next`. */
static struct sweep_value *add_longer(struct sweep_axis *axis,
                                      const struct sweep_value *next,
                                      char *name)
{
    const struct sweep_value *last = axis->n ? &axis->values[axis->n - 1]
                                             : NULL;
    char *text = last ? mem_printf("%s %s", last->text, next->text)
                      : mem_strdup(next->text);
    struct head_set *heads = NULL;
    struct sweep_value *value;

    if (next->heads) {
        heads = head_set_copy(next->heads);
        if (last)
            head_set_add_all(heads, last->heads);
    }
    value = sweep_add(axis, text, name);
    value->heads = heads;
    return value;
}

/* The first one, the first two, ...: each is made of the one before it. */
static void add_growing(struct sweep_axis *axis, const struct sweep_axis *all,
                        const struct order *order)
{
    size_t n = all->n;

    if (order->most && (size_t)order->most < n)
        n = (size_t)order->most;
    for (size_t i = 0; i < n; i++)
        add_longer(axis, &all->values[i], mem_printf("%zu", i + 1))
            ->number = (int)i + 1;
}

int sweep_cumulative(struct sweep_axis *axis,
                     const struct transect_option *option,
                     const struct setting *setting, const char *what,
                     const struct option_limits *limits, struct error *err)
{
    struct order order = {0};
    struct scores scores = {0};
    struct sweep_axis all = {0};
    char letter = option->type == TRANSECT_HEADS    ? 'H'
                  : option->type == TRANSECT_GROUPS ? 'G'
                                                    : 0;
    int status = ST_OK;

    if (!letter && option->type != TRANSECT_LAYERS)
        return error_set(err, ST_USAGE, "cumulative is for heads, groups and "
                         "layers");
    status = parse_order(what, &order, err);
    if (!status)
        status = read_scores(&order, setting, letter, &scores, err);
    if (!status)
        status = list_known(&scores, option, &order, limits, &all, err);
    if (!status)
        status = check_different(&scores, &order, err);
    if (!status)
        add_growing(axis, &all, &order);
    axis->places = SWEEP_NUMBERS;
    axis->label = letter == 'H'   ? "number of heads"
                  : letter == 'G' ? "number of key/value heads"
                                  : "number of layers";
    sweep_clear(&(struct sweep){.axes = &all, .n_axes = 1});
    for (size_t i = 0; i < scores.n; i++)
        free(scores.list[i].text);
    free(scores.list);
    free(order.file);
    free(order.column);
    return status;
}
