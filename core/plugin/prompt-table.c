/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* prompt-table.c - what instances may know of samples, and where lists of
 * positions are in them: found once for all instances with the same list. */
#include "plugin/prompt-table.h"

#include "base/mem.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct prompt_positions {
    char *list;
    size_t *first; /* (n_sample + 1) where the samples begin in these */
    int32_t *positions, *places;
    int n_place;
};

struct prompt_table *prompt_table_new(enum transect_role role, int n_sample)
{
    struct prompt_table *table = mem_new(1, sizeof *table);

    table->role = role;
    table->n_sample = n_sample;
    table->n_token = mem_new((size_t)n_sample, sizeof *table->n_token);
    pthread_mutex_init(&table->lock, NULL);
    return table;
}

void prompt_table_free(struct prompt_table *table)
{
    if (!table)
        return;
    for (size_t i = 0; i < table->n_found; i++) {
        free(table->found[i]->list);
        free(table->found[i]->first);
        free(table->found[i]->positions);
        free(table->found[i]->places);
        free(table->found[i]);
    }
    free(table->found);
    free(table->n_token);
    pthread_mutex_destroy(&table->lock);
    free(table);
}

/* Appends those of a sample to n that are there, or counts them. */
static size_t add_sample(const struct prompt_table *table,
                         const struct sample_positions *positions, int sample,
                         int32_t *to, size_t n)
{
    struct position_span run;

    for (int at = 0;
         sample_positions_next(positions, &table->names, sample,
                               table->n_token[sample], at, &run);
         at = run.end)
        for (int i = run.first; i < run.end; i++, n++)
            if (to)
                to[n] = i;
    return n;
}

static void widen(const struct prompt_table *table,
                  const struct sample_positions *positions, int *widths)
{
    for (int i = 0; table && i < table->n_sample; i++)
        sample_positions_widen(positions, &table->names, i, table->n_token[i],
                               widths);
}

static void find_places(const struct prompt_table *table,
                        const struct sample_positions *positions,
                        struct prompt_positions *found)
{
    size_t n_item = sample_positions_n_item(positions);
    int *widths = mem_new(n_item, sizeof *widths);

    widen(table, positions, widths);
    widen(table->other, positions, widths);
    for (size_t i = 0; i < n_item; i++)
        found->n_place += widths[i];
    for (int i = 0; i < table->n_sample; i++)
        for (size_t k = found->first[i]; k < found->first[i + 1]; k++)
            found->places[k] = sample_positions_place(
                positions, &table->names, i, table->n_token[i], widths,
                found->positions[k]);
    free(widths);
}

static struct prompt_positions *find(const struct prompt_table *table,
                                     const char *list)
{
    struct prompt_positions *found = mem_new(1, sizeof *found);
    struct sample_positions *positions = NULL;
    size_t samples = (size_t)table->n_sample, n = 0;
    struct error err;
    int status = sample_positions_parse(list, &positions, &err);

    assert(!status);
    (void)status;
    found->list = mem_strdup(list);
    found->first = mem_new(samples + 1, sizeof *found->first);
    for (size_t i = 0; i < samples; i++)
        found->first[i + 1] = n = add_sample(table, positions, (int)i, NULL,
                                             n);
    found->positions = mem_new(n, sizeof *found->positions);
    for (size_t i = 0; i < samples; i++)
        add_sample(table, positions, (int)i, found->positions,
                   found->first[i]);
    found->places = mem_new(n, sizeof *found->places);
    find_places(table, positions, found);
    sample_positions_free(positions);
    return found;
}

static const struct prompt_positions *look_up(struct prompt_table *table,
                                              const char *list)
{
    for (size_t i = 0; i < table->n_found; i++)
        if (strcmp(table->found[i]->list, list) == 0)
            return table->found[i];
    MEM_PUSH(table->found, table->n_found);
    return table->found[table->n_found++] = find(table, list);
}

struct prompt_rows prompt_table_rows(struct prompt_table *table,
                                     const char *list, int sample,
                                     const struct prompt_positions **found)
{
    const struct prompt_positions *all;
    size_t first;

    pthread_mutex_lock(&table->lock);
    if (!*found)
        *found = look_up(table, list);
    all = *found;
    pthread_mutex_unlock(&table->lock);
    first = all->first[sample];
    return (struct prompt_rows){all->positions + first, all->places + first,
                                all->first[sample + 1] - first, all->n_place};
}
