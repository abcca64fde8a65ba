/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* sweep-section.c - [sweep LABEL] as data. */
#include "experiment/sweep-section.h"

#include <stdlib.h>

void sweep_clear(struct sweep *sweep)
{
    for (size_t i = 0; i < sweep->n_axes; i++) {
        struct sweep_axis *axis = &sweep->axes[i];

        for (size_t j = 0; j < axis->n; j++) {
            free(axis->values[j].text);
            head_set_free(axis->values[j].heads);
            free(axis->values[j].name);
        }
        free(axis->values);
        free(axis->key);
        *axis = (struct sweep_axis){0};
    }
}

const struct sweep_value *sweep_value(const struct sweep *sweep, size_t axis,
                                      size_t number)
{
    for (size_t i = sweep->n_axes - 1; i > axis; i--)
        number /= sweep->axes[i].n;
    return &sweep->axes[axis].values[number % sweep->axes[axis].n];
}
