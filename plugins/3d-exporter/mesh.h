/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* mesh.h - bars over a grid as a mesh in the PLY format. */
#ifndef MESH_H
#define MESH_H

#include <stddef.h>
#include <stdint.h>
#include <transect/kit/text.h>

/* One box for each value: over x = first + column, y = row, of height
 * value / unit. */
struct mesh {
    const char *title;    /* printable ASCII */
    const double *values; /* (rows, cols), not negative */
    const int32_t *dims;  /* (rows) what each row is */
    size_t rows, cols;
    int32_t first;
    double unit;    /* of z, in magnitudes */
    double darkest; /* the magnitude of the last colour */
};

/* Adds it to text. O(rows cols). */
void mesh_write(const struct mesh *mesh, struct transect_text *text);

#endif
