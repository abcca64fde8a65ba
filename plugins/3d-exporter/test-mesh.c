/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-mesh.c - a mesh, read again: its boxes are closed, and as high as their
 * values. */
#include "mesh.h"

#include "base/mem.h"
#include "plugin/plugin-instance.h"
#include "unit/tests.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A mesh, read again. */
struct ply {
    int n_vertices, n_faces;
    double (*vertices)[7]; /* x y z, red green blue, magnitude */
    int (*faces)[4];
};

static bool ply_read(const char *text, struct ply *ply)
{
    const char *at = strstr(text, "element vertex ");
    const char *body = strstr(text, "end_header\n");
    int used, sides;

    *ply = (struct ply){0};
    if (strncmp(text, "ply\nformat ascii 1.0\n", 21) != 0 || !at || !body ||
        sscanf(at, "element vertex %d", &ply->n_vertices) != 1 ||
        !(at = strstr(text, "element face ")) ||
        sscanf(at, "element face %d", &ply->n_faces) != 1)
        return false;
    ply->vertices = mem_new((size_t)ply->n_vertices, sizeof *ply->vertices);
    ply->faces = mem_new((size_t)ply->n_faces, sizeof *ply->faces);
    at = strchr(body, '\n');
    for (int i = 0; i < ply->n_vertices; i++, at += used) {
        double *v = ply->vertices[i];

        if (sscanf(at, "%lf %lf %lf %lf %lf %lf %lf%n", v, v + 1, v + 2,
                   v + 3, v + 4, v + 5, v + 6, &used) != 7)
            return false;
    }
    for (int i = 0; i < ply->n_faces; i++, at += used) {
        int *f = ply->faces[i];

        if (sscanf(at, "%d %d %d %d %d%n", &sides, f, f + 1, f + 2, f + 3,
                   &used) != 5 || sides != 4)
            return false;
    }
    return strcmp(at, "\n") == 0;
}

static double triangle(const double *a, const double *b, const double *c)
{
    return (a[0] * (b[1] * c[2] - b[2] * c[1]) +
            a[1] * (b[2] * c[0] - b[0] * c[2]) +
            a[2] * (b[0] * c[1] - b[1] * c[0])) / 6;
}

/* Of one box, by its six faces: right only if the box is closed, and all its
 * faces turn their outer sides out. */
static double volume(const struct ply *ply, int box)
{
    double sum = 0;

    for (int i = 6 * box; i < 6 * box + 6; i++) {
        const int *f = ply->faces[i];
        const double *corners[4];

        for (int k = 0; k < 4; k++) {
            CU_ASSERT_EQUAL(f[k] / 8, box);
            corners[k] = ply->vertices[f[k]];
        }
        sum += triangle(corners[0], corners[1], corners[2]) +
               triangle(corners[0], corners[2], corners[3]);
    }
    return sum;
}

static void check_box(const struct ply *ply, const struct mesh *mesh,
                      int box)
{
    int row = box / (int)mesh->cols, col = box % (int)mesh->cols;
    double value = mesh->values[box], x = 0, y = 0, top = 0;

    for (int i = 8 * box; i < 8 * box + 8; i++) {
        const double *v = ply->vertices[i];

        x += v[0] / 8;
        y += v[1] / 8;
        top = fmax(top, v[2]);
        CU_ASSERT_DOUBLE_EQUAL(v[6], value, 1e-8 * value);
        for (int c = 3; c < 6; c++)
            CU_ASSERT_TRUE(v[c] >= 0 && v[c] <= 255);
    }
    CU_ASSERT_DOUBLE_EQUAL(x, mesh->first + col, 1e-6);
    CU_ASSERT_DOUBLE_EQUAL(y, row, 1e-6);
    CU_ASSERT_DOUBLE_EQUAL(top, value / mesh->unit, 1e-8 * top);
    CU_ASSERT_DOUBLE_EQUAL(volume(ply, box), 0.72 * 0.72 * top, 1e-6 * top);
}

static void test_mesh(void)
{
    static const double values[] = {0, 1, 2.5, 1e-3, 7, 3000};
    static const int32_t dims[] = {138, 447};
    struct mesh mesh = {"a title", values, dims, 2, 3, 5, 1500, 2000};
    struct transect_ctx *ctx = mem_new(1, sizeof *ctx);
    struct transect_text text = transect_text_new(ctx, &host_table);
    struct ply ply;

    mesh_write(&mesh, &text);
    CU_ASSERT_EQUAL(strlen(text.bytes), text.size);
    CU_ASSERT_PTR_NOT_NULL(strstr(text.bytes, "comment y = 1: dim 447\n"));
    CU_ASSERT_TRUE_FATAL(ply_read(text.bytes, &ply));
    CU_ASSERT_EQUAL(ply.n_vertices, 6 * 8);
    CU_ASSERT_EQUAL(ply.n_faces, 6 * 6);
    for (int box = 0; box < 6; box++)
        check_box(&ply, &mesh, box);
    /* Darker the higher, and no further than the last colour. */
    CU_ASSERT_TRUE(ply.vertices[0][3] > ply.vertices[8 * 5][3]);
    CU_ASSERT_EQUAL(ply.vertices[8 * 5][3], 23);
    free(ply.vertices);
    free(ply.faces);
    instance_free(ctx);
}

CU_ErrorCode add_mesh_tests(void)
{
    CU_pSuite suite = CU_add_suite("3d-exporter-mesh", NULL, NULL);

    CU_add_test(suite, "boxes are closed and as high as their values",
                test_mesh);
    return CU_get_error();
}
