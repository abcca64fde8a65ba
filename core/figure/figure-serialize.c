/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* figure-serialize.c - figures as bytes for another process. */
#include "base/mem.h"
#include "base/serialize.h"
#include "figure/figure-internal.h"

#include <stdlib.h>

/* n: the number there must be; the serialized number is not trusted. */
static void carry_names(struct serializer *serial, char ***names, size_t n)
{
    size_t many = *names ? n : 0;

    serialize_count(serial, &many);
    if (serial->unpacking) {
        serial->bad |= many && many != n;
        *names = many == n && n ? mem_new(n, sizeof **names) : NULL;
    }
    for (size_t i = 0; *names && i < n; i++)
        serialize_word(serial, &(*names)[i]);
}

static void carry_values(struct serializer *serial, const double **values,
                         size_t n)
{
    serialize_array(serial, (void **)values, n, sizeof **values);
}

static void carry_series(struct serializer *serial,
                         struct transect_panel *panel)
{
    struct transect_series *all = (struct transect_series *)panel->series;

    serialize_count(serial, &panel->n_series);
    if (serial->unpacking)
        panel->series = all = mem_new(panel->n_series, sizeof *all);
    for (size_t i = 0; i < panel->n_series; i++) {
        serialize_text(serial, (char **)&all[i].name);
        serialize_count(serial, &all[i].n);
        carry_values(serial, &all[i].x, all[i].n);
        carry_values(serial, &all[i].y, all[i].n);
        carry_values(serial, &all[i].spread, all[i].n);
    }
}

static void carry_panel(struct serializer *serial,
                        struct transect_panel *panel)
{
    panel->size = sizeof *panel; /* as they lie in an array of this host's */
    serialize_int32(serial, &panel->kind);
    serialize_bytes(serial, &panel->flags, sizeof panel->flags);
    serialize_text(serial, (char **)&panel->title);
    serialize_text(serial, (char **)&panel->x_label);
    serialize_text(serial, (char **)&panel->y_label);
    serialize_text(serial, (char **)&panel->value_label);
    carry_series(serial, panel);
    serialize_count(serial, &panel->rows);
    serialize_count(serial, &panel->cols);
    carry_values(serial, &panel->values, panel->rows * panel->cols);
    carry_names(serial, (char ***)&panel->x_names,
                panel->n_series ? figure_series_longest(panel) : panel->cols);
    carry_names(serial, (char ***)&panel->y_names, panel->rows);
    serialize_real(serial, &panel->low);
    serialize_real(serial, &panel->high);
    serialize_array(serial, (void **)&panel->marks, panel->rows * panel->cols,
                    sizeof *panel->marks);
    serialize_text(serial, (char **)&panel->mark_label);
    carry_names(serial, (char ***)&panel->texts, panel->rows * panel->cols);
}

/* Unpacked panels go through figure_new, with all its checks. */
static struct figure *declare(struct serializer *serial,
                              struct figure *arrived)
{
    struct figure *figure = NULL;
    struct error err = {0};

    if (serial->bad ||
        figure_new(arrived->name, arrived->title, arrived->panels,
                   arrived->n_panels, arrived->columns, &figure, &err))
        serial->bad = true;
    figure_free(arrived);
    return figure;
}

void figure_carry(struct serializer *serial, struct figure **place)
{
    struct figure *figure = *place;

    if (serial->unpacking)
        figure = mem_new(1, sizeof *figure);
    serialize_word(serial, &figure->name);
    serialize_text(serial, &figure->title);
    serialize_int32(serial, &figure->columns);
    serialize_count(serial, &figure->n_panels);
    if (serial->unpacking)
        figure->panels = mem_new(figure->n_panels, sizeof *figure->panels);
    for (size_t i = 0; i < figure->n_panels; i++)
        carry_panel(serial, &figure->panels[i]);
    if (serial->unpacking)
        *place = declare(serial, figure);
}
