/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* figure-serialize.c - figures as bytes for another process. */
#include "base/mem.h"
#include "base/serialize.h"
#include "figure/figure-internal.h"

#include <stdlib.h>

/* n: how many there must be, which the reader of a bad parcel must not take
 * on trust. */
static void carry_names(struct serializer *parcel, char ***names, size_t n)
{
    size_t many = *names ? n : 0;

    serialize_count(parcel, &many);
    if (parcel->unpacking) {
        parcel->bad |= many && many != n;
        *names = many == n && n ? mem_new(n, sizeof **names) : NULL;
    }
    for (size_t i = 0; *names && i < n; i++)
        serialize_word(parcel, &(*names)[i]);
}

static void carry_values(struct serializer *parcel, const double **values,
                         size_t n)
{
    serialize_array(parcel, (void **)values, n, sizeof **values);
}

static void carry_series(struct serializer *parcel,
                         struct transect_panel *panel)
{
    struct transect_series *all = (struct transect_series *)panel->series;

    serialize_count(parcel, &panel->n_series);
    if (parcel->unpacking)
        panel->series = all = mem_new(panel->n_series, sizeof *all);
    for (size_t i = 0; i < panel->n_series; i++) {
        serialize_text(parcel, (char **)&all[i].name);
        serialize_count(parcel, &all[i].n);
        carry_values(parcel, &all[i].x, all[i].n);
        carry_values(parcel, &all[i].y, all[i].n);
        carry_values(parcel, &all[i].spread, all[i].n);
    }
}

static void carry_panel(struct serializer *parcel,
                        struct transect_panel *panel)
{
    serialize_bytes(parcel, &panel->size, sizeof panel->size);
    serialize_int32(parcel, &panel->kind);
    serialize_bytes(parcel, &panel->flags, sizeof panel->flags);
    serialize_text(parcel, (char **)&panel->title);
    serialize_text(parcel, (char **)&panel->x_label);
    serialize_text(parcel, (char **)&panel->y_label);
    serialize_text(parcel, (char **)&panel->value_label);
    carry_series(parcel, panel);
    serialize_count(parcel, &panel->rows);
    serialize_count(parcel, &panel->cols);
    carry_values(parcel, &panel->values, panel->rows * panel->cols);
    carry_names(parcel, (char ***)&panel->x_names,
                panel->n_series ? figure_series_longest(panel) : panel->cols);
    carry_names(parcel, (char ***)&panel->y_names, panel->rows);
    serialize_real(parcel, &panel->low);
    serialize_real(parcel, &panel->high);
}

/* What arrived is declared like any other figure, with all checks. */
static struct figure *declare(struct serializer *parcel,
                              struct figure *arrived)
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

void figure_carry(struct serializer *parcel, struct figure **place)
{
    struct figure *figure = *place;

    if (parcel->unpacking)
        figure = mem_new(1, sizeof *figure);
    serialize_word(parcel, &figure->name);
    serialize_text(parcel, &figure->title);
    serialize_int32(parcel, &figure->columns);
    serialize_count(parcel, &figure->n_panels);
    if (parcel->unpacking)
        figure->panels = mem_new(figure->n_panels, sizeof *figure->panels);
    for (size_t i = 0; i < figure->n_panels; i++)
        carry_panel(parcel, &figure->panels[i]);
    if (parcel->unpacking)
        *place = declare(parcel, figure);
}
