/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* mesh.c - bars over a grid as a mesh in the PLY format, as text: Greg Turk,
 * "The PLY Polygon File Format", 1994. */
#include "mesh.h"

#include <math.h>

#define HALF_BAR 0.36 /* of a cell, as in the figures */

/* Pale to dark blue, so that few high bars stand out from many low ones. */
static const int pale[] = {217, 230, 242}, dark[] = {23, 81, 146};

static void write_header(struct transect_text *text, const struct mesh *mesh)
{
    size_t n = mesh->rows * mesh->cols;

    transect_text_add(text, "ply\nformat ascii 1.0\ncomment %s\n"
                    "comment x: position; y: dim, see below; z: magnitude / "
                    "%.9g\n", mesh->title, mesh->unit);
    for (size_t i = 0; i < mesh->rows; i++)
        transect_text_add(text, "comment y = %zu: dim %d\n", i,
                          (int)mesh->dims[i]);
    transect_text_add(text, "element vertex %zu\nproperty float x\n"
                    "property float y\nproperty float z\n"
                    "property uchar red\nproperty uchar green\n"
                    "property uchar blue\nproperty float magnitude\n"
                    "element face %zu\n"
                    "property list uchar int vertex_indices\nend_header\n",
            8 * n, 6 * n);
}

/* The floor of the box, then its top, each against the clock as seen from
 * above. */
static void write_corners(struct transect_text *text, const struct mesh *mesh,
                          size_t row, size_t col)
{
    static const int right[] = {0, 1, 1, 0}, back[] = {0, 0, 1, 1};
    double value = mesh->values[row * mesh->cols + col];
    double t = fmin(value / mesh->darkest, 1);
    double x = mesh->first + (double)col, y = (double)row;

    for (int i = 0; i < 8; i++) {
        transect_text_add(text, "%.9g %.9g %.9g",
                x + (right[i % 4] ? HALF_BAR : -HALF_BAR),
                y + (back[i % 4] ? HALF_BAR : -HALF_BAR),
                i < 4 ? 0 : value / mesh->unit);
        for (int c = 0; c < 3; c++)
            transect_text_add(text, " %d",
                    (int)lround(pale[c] + t * (dark[c] - pale[c])));
        transect_text_add(text, " %.9g\n", value);
    }
}

/* Against the clock as seen from outside, which is what tells both sides of a
 * face apart. */
static void write_faces(struct transect_text *text, size_t box)
{
    static const unsigned char faces[6][4] = {
        {3, 2, 1, 0}, {4, 5, 6, 7}, {0, 1, 5, 4},
        {1, 2, 6, 5}, {2, 3, 7, 6}, {3, 0, 4, 7}};

    for (int i = 0; i < 6; i++)
        transect_text_add(text, "4 %zu %zu %zu %zu\n", 8 * box + faces[i][0],
                8 * box + faces[i][1], 8 * box + faces[i][2],
                8 * box + faces[i][3]);
}

void mesh_write(const struct mesh *mesh, struct transect_text *text)
{
    write_header(text, mesh);
    for (size_t i = 0; i < mesh->rows; i++)
        for (size_t j = 0; j < mesh->cols; j++)
            write_corners(text, mesh, i, j);
    for (size_t box = 0; box < mesh->rows * mesh->cols; box++)
        write_faces(text, box);
}
