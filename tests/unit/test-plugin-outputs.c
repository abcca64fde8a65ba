/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-plugin-outputs.c - what an isolated plugin makes arrives as it left,
 * and what is cut off or damaged on the way is refused. */
#include "tests.h"

#include "plugin/plugin-instance.h"
#include "base/mem.h"
#include "base/serialize.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static struct figure *make_figure(void)
{
    static const double y[] = {1, NAN, 3}, grid[] = {1, 2, 3, 4, 5, 6};
    static const struct transect_series series = {
        .name = "a series", .y = y, .n = 3};
    static const unsigned char marks[] = {0, 1, 0, 0, 2, 1};
    static const char *const names[] = {" first", "second\n", "third"};
    static const char *const texts[] = {" a", "b", NULL, "", "c", "d"};
    const struct transect_panel panels[] = {
        {.size = sizeof *panels, .title = "Lines", .series = &series,
         .n_series = 1, .x_names = names, .low = 1, .high = 4},
        {.size = sizeof *panels, .kind = TRANSECT_HEATMAP, .values = grid,
         .rows = 2, .cols = 3, .x_names = names, .y_names = names,
         .marks = marks, .mark_label = "marked", .texts = texts},
    };
    struct figure *figure = NULL;
    struct error err = {0};

    CU_ASSERT_EQUAL(figure_new("figure", NULL, panels, 2, 2, &figure, &err),
                    ST_OK);
    return figure;
}

static struct transect_table *make_table(void)
{
    static const struct transect_column columns[] = {
        {"key", TRANSECT_COL_TEXT, TRANSECT_COL_KEY},
        {"n", TRANSECT_COL_INT, TRANSECT_COL_METRIC},
        {"x", TRANSECT_COL_REAL, TRANSECT_COL_METRIC},
    };
    struct transect_table *table = table_new("table", columns, 3);

    for (int i = 0; i < 3; i++) {
        table_put_text(table, i ? "a \"key\"" : "");
        table_put_int(table, INT64_MIN + i);
        table_put_real(table, i ? 1 / 3.0 : NAN);
    }
    return table;
}

static void fill(struct plugin_outputs *outputs)
{
    *outputs = (struct plugin_outputs){0};
    MEM_PUSH(outputs->tables, outputs->n_tables);
    outputs->tables[outputs->n_tables++] = make_table();
    MEM_PUSH(outputs->files, outputs->n_files);
    outputs->files[outputs->n_files++] = (struct plugin_output_file){
        mem_strdup("file"), mem_strndup("\0\1\2", 3), 3};
    MEM_PUSH(outputs->figures, outputs->n_figures);
    outputs->figures[outputs->n_figures++] = make_figure();
    MEM_PUSH(outputs->sayings, outputs->n_sayings);
    outputs->sayings[outputs->n_sayings++] = mem_strdup("a finding");
    MEM_PUSH(outputs->verdicts, outputs->n_verdicts);
    outputs->verdicts[outputs->n_verdicts++] = (struct plugin_output_verdict){
        mem_strdup("a rule"), mem_strdup("a verdict")};
}

/* The n first serialized bytes, unpacked. */
static bool unpack(const struct serializer *packed, size_t n,
                   struct plugin_outputs *outputs)
{
    struct serializer serial = {.unpacking = true, .size = n};
    bool good;

    serial.bytes = mem_new(n, 1); /* so that a sanitizer sees its end */
    memcpy(serial.bytes, packed->bytes, n);
    *outputs = (struct plugin_outputs){0};
    plugin_outputs_carry(&serial, outputs);
    good = !serial.bad && serial.at == serial.size;
    serialize_clear(&serial);
    return good;
}

static void check_same(const struct plugin_outputs *a,
                       const struct plugin_outputs *b)
{
    char *csv[2];
    unsigned char *svg[2];
    size_t size[2], drawn[2];
    struct error err = {0};

    table_csv(a->tables[0], NULL, &csv[0], &size[0]);
    table_csv(b->tables[0], NULL, &csv[1], &size[1]);
    CU_ASSERT_EQUAL(size[0], size[1]);
    CU_ASSERT_EQUAL(memcmp(csv[0], csv[1], size[0]), 0);
    CU_ASSERT_EQUAL(figure_svg(a->figures[0], &svg[0], &drawn[0], &err), 0);
    CU_ASSERT_EQUAL(figure_svg(b->figures[0], &svg[1], &drawn[1], &err), 0);
    CU_ASSERT_EQUAL(drawn[0], drawn[1]);
    CU_ASSERT_EQUAL(memcmp(svg[0], svg[1], drawn[0]), 0);
    CU_ASSERT_EQUAL(b->files[0].size, 3);
    CU_ASSERT_EQUAL(memcmp(b->files[0].bytes, "\0\1\2", 3), 0);
    CU_ASSERT_STRING_EQUAL(b->sayings[0], "a finding");
    CU_ASSERT_STRING_EQUAL(b->verdicts[0].rule, "a rule");
    for (int i = 0; i < 2; i++) {
        free(csv[i]);
        free(svg[i]);
    }
}

static void test_there_and_back(void)
{
    struct plugin_outputs outputs, arrived;
    struct serializer serial = {0};

    fill(&outputs);
    plugin_outputs_carry(&serial, &outputs);
    CU_ASSERT_FATAL(unpack(&serial, serial.size, &arrived));
    check_same(&outputs, &arrived);
    plugin_outputs_clear(&arrived);
    for (size_t n = 0; n < serial.size; n++) {
        CU_ASSERT_FALSE(unpack(&serial, n, &arrived));
        plugin_outputs_clear(&arrived);
    }
    serialize_clear(&serial);
    plugin_outputs_clear(&outputs);
}

/* Whatever a byte becomes, it is refused or makes other outputs, and never
 * reads or writes outside of them. */
static void test_damage(void)
{
    struct plugin_outputs outputs, arrived;
    struct serializer serial = {0};
    int refused = 0;

    fill(&outputs);
    plugin_outputs_carry(&serial, &outputs);
    for (size_t n = 0; n < serial.size; n++) {
        unsigned char byte = serial.bytes[n];

        serial.bytes[n] = (unsigned char)~byte;
        refused += !unpack(&serial, serial.size, &arrived);
        plugin_outputs_clear(&arrived);
        serial.bytes[n] = byte;
    }
    CU_ASSERT_TRUE(refused > 50);
    serialize_clear(&serial);
    plugin_outputs_clear(&outputs);
}

/* What arrives decides where files are written and what cells are. */
static void check_refused(struct plugin_outputs *outputs)
{
    struct plugin_outputs arrived;
    struct serializer serial = {0};

    plugin_outputs_carry(&serial, outputs);
    CU_ASSERT_FALSE(unpack(&serial, serial.size, &arrived));
    serialize_clear(&serial);
    plugin_outputs_clear(&arrived);
}

static void rename_to(char **name, const char *other,
                      struct plugin_outputs *outputs)
{
    char *before = *name, *after = mem_strdup(other);

    *name = after;
    check_refused(outputs);
    *name = before;
    free(after);
}

static void test_names(void)
{
    static const char *const bad[] = {"", ".", "../up", "a/b", "/etc/x"};
    struct plugin_outputs outputs;

    fill(&outputs);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        rename_to(&outputs.tables[0]->name, bad[i], &outputs);
        rename_to(&outputs.files[0].name, bad[i], &outputs);
        rename_to(&outputs.figures[0]->name, bad[i], &outputs);
    }
    plugin_outputs_clear(&outputs);
}

static void test_columns(void)
{
    struct plugin_outputs outputs;
    struct transect_column *column;

    fill(&outputs);
    column = &outputs.tables[0]->columns[1];
    column->type = TRANSECT_COL_TEXT + 1;
    check_refused(&outputs);
    column->type = -1;
    check_refused(&outputs);
    column->type = TRANSECT_COL_INT;
    column->role = TRANSECT_COL_INFO + 1;
    check_refused(&outputs);
    plugin_outputs_clear(&outputs);
}

/* A text is all that it counts: nothing hides behind a NUL, and there is one.
 */
static void check_text(const char *bytes, size_t size, bool good)
{
    struct serializer serial = {0};
    char *text = NULL;
    uint64_t n = size;

    serialize_bytes(&serial, &n, sizeof n);
    serialize_bytes(&serial, (void *)bytes, size);
    serial.unpacking = true;
    serialize_text(&serial, &text);
    CU_ASSERT_EQUAL(serial.bad, !good);
    free(text);
    serialize_clear(&serial);
}

static void test_texts(void)
{
    check_text("abc", 4, true);
    check_text("", 1, true);
    check_text("", 0, true);
    check_text("abc", 3, false);
    check_text("a\0c", 4, false);
}

CU_ErrorCode add_plugin_outputs_tests(void)
{
    CU_pSuite suite = CU_add_suite("outputs", NULL, NULL);

    CU_add_test(suite, "there and back, whole or cut", test_there_and_back);
    CU_add_test(suite, "damaged bytes", test_damage);
    CU_add_test(suite, "names of files elsewhere", test_names);
    CU_add_test(suite, "columns of no type", test_columns);
    CU_add_test(suite, "texts that are longer than they look", test_texts);
    return CU_get_error();
}
