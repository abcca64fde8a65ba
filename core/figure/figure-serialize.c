/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* figure-carry.c - figures as bytes for another process. */
#include "figure/figure-internal.h"
#include "base/alloc.h"
#include "base/serialize.h"

#include <stdlib.h>

/* n: how many there must be, which the reader of a bad parcel must not take
 * on trust. */
static void carry_names(struct parcel *parcel, char ***names, size_t n)
{
    size_t many = *names ? n : 0;

    parcel_count(parcel, &many);
    if (parcel->unpacking) {
        parcel->bad |= many && many != n;
        *names = many == n && n ? mem_new(n, sizeof **names) : NULL;
    }
    for (size_t i = 0; *names && i < n; i++)
        parcel_word(parcel, &(*names)[i]);
}

static void carry_values(struct parcel *parcel, const double **values,
                         size_t n)
{
    parcel_array(parcel, (void **)values, n, sizeof **values);
}

static void carry_series(struct parcel *parcel, struct transect_panel *panel)
{
    struct transect_series *all = (struct transect_series *)panel->series;

    parcel_count(parcel, &panel->n_series);
    if (parcel->unpacking)
        panel->series = all = mem_new(panel->n_series, sizeof *all);
    for (size_t i = 0; i < panel->n_series; i++) {
        parcel_text(parcel, (char **)&all[i].name);
        parcel_count(parcel, &all[i].n);
        carry_values(parcel, &all[i].x, all[i].n);
        carry_values(parcel, &all[i].y, all[i].n);
        carry_values(parcel, &all[i].spread, all[i].n);
    }
}

static void carry_panel(struct parcel *parcel, struct transect_panel *panel)
{
    parcel_bytes(parcel, &panel->size, sizeof panel->size);
    parcel_int32(parcel, &panel->kind);
    parcel_bytes(parcel, &panel->flags, sizeof panel->flags);
    parcel_text(parcel, (char **)&panel->title);
    parcel_text(parcel, (char **)&panel->x_label);
    parcel_text(parcel, (char **)&panel->y_label);
    parcel_text(parcel, (char **)&panel->value_label);
    carry_series(parcel, panel);
    parcel_count(parcel, &panel->rows);
    parcel_count(parcel, &panel->cols);
    carry_values(parcel, &panel->values, panel->rows * panel->cols);
    carry_names(parcel, (char ***)&panel->x_names,
                panel->n_series ? series_longest(panel) : panel->cols);
    carry_names(parcel, (char ***)&panel->y_names, panel->rows);
    parcel_real(parcel, &panel->low);
    parcel_real(parcel, &panel->high);
}

/* What arrived is declared like any other figure, with all checks. */
static struct figure *declare(struct parcel *parcel, struct figure *arrived)
{
    struct figure *figure = NULL;
    struct error err = {0};

    if (parcel->bad ||
        figure_new(arrived->name, arrived->title, arrived->panels,
                   arrived->n_panels, arrived->columns, &figure, &err))
        parcel->bad = true;
    figure_free(arrived);
    return figure;
}

void figure_carry(struct parcel *parcel, struct figure **place)
{
    struct figure *figure = *place;

    if (parcel->unpacking)
        figure = mem_new(1, sizeof *figure);
    parcel_word(parcel, &figure->name);
    parcel_text(parcel, &figure->title);
    parcel_int32(parcel, &figure->columns);
    parcel_count(parcel, &figure->n_panels);
    if (parcel->unpacking)
        figure->panels = mem_new(figure->n_panels, sizeof *figure->panels);
    for (size_t i = 0; i < figure->n_panels; i++)
        carry_panel(parcel, &figure->panels[i]);
    if (parcel->unpacking)
        *place = declare(parcel, figure);
}
