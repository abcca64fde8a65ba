/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-plugin-options.c - options of plugins: types, ranges, defaults,
 * mistakes. */
#include "plugin/plugin-options.h"
#include "tests.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define N(array) (sizeof(array) / sizeof *(array))

static const struct transect_option table[] = {
    {"quiet", TRANSECT_BOOL, "no", NULL, 0, 0, "Whether to be quiet."},
    {"top", TRANSECT_INT, "3", NULL, 1, 9, "How many."},
    {"offset", TRANSECT_INT, NULL, NULL, 0, 0, "Any whole number."},
    {"scale", TRANSECT_REAL, "0.5", NULL, 0, INFINITY, "How large."},
    {"note", TRANSECT_STRING, NULL, NULL, 0, 0, "A note."},
    {"method", TRANSECT_ENUM, "zero", "zero mean random", 0, 0, "How."},
    {"file", TRANSECT_PATH, NULL, NULL, 0, 0, "A file."},
    {"from", TRANSECT_PATH, NULL, "mean zero", 0, 0, "A file, or what."},
    {"layers", TRANSECT_LAYERS, "*", NULL, 0, 0, "Which layers."},
    {"heads", TRANSECT_HEADS, NULL, NULL, 0, 0, "Which heads."},
    {"dims", TRANSECT_DIMS, "auto", "auto all", 0, 0, "Which dims."},
    {"points", TRANSECT_POINTS, NULL, NULL, 0, 0, "Which points."},
    {"tokens", TRANSECT_TOKENS, NULL, "none", 0, 0, "Which tokens."},
    {"units", TRANSECT_UNITS, NULL, NULL, 0, 0, "Which hidden units."},
};

static const struct transect_plugin plugin = {
    .name = "probe",
    .options = table,
    .n_options = N(table),
    .option_size = sizeof *table,
};

static const struct option_limits limits = {6, 4, 128, NULL, NULL, 2, 5, 100,
                                           NULL, 512};
static struct options options;
static struct error err;

/* An instance with up to one setting, on line 7 of conf/a.ini. */
static int parse_at(const char *key, const char *value, int line,
                    const struct option_limits *model)
{
    struct setting setting = {.key = (char *)key,
                              .value = (char *)value,
                              .place = {line ? "conf/a.ini" : "--set", line}};
    struct plugin_spec spec = {.id = "probe:x",
                               .name = "probe",
                               .place = {"conf/a.ini", 5},
                               .settings = &setting,
                               .n_settings = key != NULL};

    err = (struct error){0};
    return options_parse(&plugin, &spec, NULL, model, &options, &err);
}

static const struct option_value *value_of(const char *name)
{
    const struct option_value *value = options_find(&options, name);

    CU_ASSERT_PTR_NOT_NULL_FATAL(value);
    return value;
}

static const struct option_value *parse(const char *key, const char *value)
{
    CU_ASSERT_EQUAL_FATAL(parse_at(key, value, 7, &limits), ST_OK);
    CU_ASSERT_TRUE(value_of(key)->set);
    CU_ASSERT_STRING_EQUAL(value_of(key)->decl.name, key);
    return value_of(key);
}

static void refuse(const char *key, const char *value, const char *message)
{
    CU_ASSERT_EQUAL(parse_at(key, value, 7, &limits), ST_USAGE);
    CU_ASSERT_STRING_EQUAL(err.text, message);
    CU_ASSERT_EQUAL(options.n, 0);
    CU_ASSERT_PTR_NULL(options.values);
}

static void defaults(void)
{
    CU_ASSERT_EQUAL_FATAL(parse_at(NULL, NULL, 7, &limits), ST_OK);
    CU_ASSERT_EQUAL(options.n, N(table));
    CU_ASSERT_TRUE(value_of("quiet")->set);
    CU_ASSERT_FALSE(value_of("quiet")->truth);
    CU_ASSERT_EQUAL(value_of("top")->integer, 3);
    CU_ASSERT_EQUAL(value_of("scale")->real, 0.5);
    CU_ASSERT_STRING_EQUAL(value_of("method")->text, "zero");
    CU_ASSERT_EQUAL(value_of("layers")->n, 6);
    CU_ASSERT_TRUE(value_of("dims")->is_word);
    CU_ASSERT_FALSE(value_of("offset")->set);
    CU_ASSERT_FALSE(value_of("heads")->set);
    CU_ASSERT_PTR_NULL(value_of("note")->text);
    CU_ASSERT_PTR_NULL(options_find(&options, "none"));
    options_clear(&options);
    CU_ASSERT_EQUAL(options.n, 0);
}

static void scalars(void)
{
    CU_ASSERT_TRUE(parse("quiet", "on")->truth);
    options_clear(&options);
    CU_ASSERT_EQUAL(parse("top", "9")->integer, 9);
    CU_ASSERT_EQUAL(value_of("top")->real, 9.0);
    options_clear(&options);
    CU_ASSERT_EQUAL(parse("offset", "-9223372036854775808")->integer,
                    INT64_MIN);
    options_clear(&options);
    CU_ASSERT_EQUAL(parse("scale", "1.25e-3")->real, 1.25e-3);
    options_clear(&options);
    CU_ASSERT_STRING_EQUAL(parse("note", "a b, c")->text, "a b, c");
    options_clear(&options);
    CU_ASSERT_STRING_EQUAL(parse("method", "mean")->text, "mean");
    options_clear(&options);
}

static void wrong_scalars(void)
{
    refuse("quiet", "maybe", "conf/a.ini:7: probe:x.quiet: 'maybe' is "
                             "neither yes nor no; write one of them");
    refuse("top", "10", "conf/a.ini:7: probe:x.top: '10' is not what it "
                        "takes; write a whole number from 1 to 9");
    refuse("top", "3.0", "conf/a.ini:7: probe:x.top: '3.0' is not what it "
                         "takes; write a whole number from 1 to 9");
    refuse("offset", "9223372036854775808",
           "conf/a.ini:7: probe:x.offset: '9223372036854775808' is not what "
           "it takes; write a whole number");
    refuse("offset", "", "conf/a.ini:7: probe:x.offset: '' is not what it "
                         "takes; write a whole number");
    refuse("scale", "-1", "conf/a.ini:7: probe:x.scale: '-1' is not what it "
                          "takes; write a number of at least 0");
    refuse("method", "meen", "conf/a.ini:7: probe:x.method: 'meen' is not "
                             "one of its words; did you mean 'mean'?");
    refuse("method", "", "conf/a.ini:7: probe:x.method: '' is not one of "
                         "its words; valid are zero, mean, random");
    refuse("file", "", "conf/a.ini:7: probe:x.file: the path is empty; "
                       "give one");
    refuse("topp", "1", "conf/a.ini:7: plugin probe has no option 'topp'; "
                        "did you mean 'top'?");
}

/* What strtod would take, but no number of an experiment is. */
static void wrong_reals(void)
{
    static const char *const texts[] = {"nan", "inf", "1e999", "0x10", "1,5",
                                        "1.5 ", " 1", "1e", "e1", "", "--1"};

    for (size_t i = 0; i < N(texts); i++) {
        CU_ASSERT_EQUAL(parse_at("scale", texts[i], 7, &limits), ST_USAGE);
        CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "probe:x.scale"));
    }
}

static void paths(void)
{
    CU_ASSERT_STRING_EQUAL(parse("file", "b/c.txt")->text, "conf/b/c.txt");
    options_clear(&options);
    CU_ASSERT_STRING_EQUAL(parse("file", "/c.txt")->text, "/c.txt");
    options_clear(&options);
    CU_ASSERT_EQUAL_FATAL(parse_at("file", "c.txt", 0, &limits), ST_OK);
    CU_ASSERT_STRING_EQUAL(value_of("file")->text, "c.txt");
    options_clear(&options);
    CU_ASSERT_STRING_EQUAL(parse("from", "mean")->text, "mean");
    CU_ASSERT_TRUE(value_of("from")->is_word);
    options_clear(&options);
    CU_ASSERT_STRING_EQUAL(parse("from", "./mean")->text, "conf/./mean");
    CU_ASSERT_FALSE(value_of("from")->is_word);
    options_clear(&options);
}

static void lists(void)
{
    const struct option_value *value = parse("layers", "0-1 5");

    CU_ASSERT_EQUAL_FATAL(value->n, 3);
    CU_ASSERT_EQUAL(value->list[2], 5);
    options_clear(&options);
    value = parse("heads", "L5H3 L0H1");
    CU_ASSERT_EQUAL_FATAL(value->n, 2);
    CU_ASSERT_EQUAL(value->heads[1].layer, 5);
    CU_ASSERT_EQUAL(value->heads[1].head, 3);
    options_clear(&options);
    value = parse("dims", "127");
    CU_ASSERT_EQUAL_FATAL(value->n, 1);
    CU_ASSERT_EQUAL(value->list[0], 127);
    CU_ASSERT_FALSE(value->is_word);
    options_clear(&options);
    value = parse("points", "z");
    CU_ASSERT_EQUAL_FATAL(value->n, 1);
    CU_ASSERT_EQUAL(value->list[0], TRANSECT_Z);
    options_clear(&options);
    value = parse("tokens", "99 3");
    CU_ASSERT_EQUAL_FATAL(value->n, 2);
    CU_ASSERT_EQUAL(value->list[0], 99);
    CU_ASSERT_EQUAL(value->list[1], 3);
    options_clear(&options);
    value = parse("units", "510-511 3");
    CU_ASSERT_EQUAL_FATAL(value->n, 3);
    CU_ASSERT_EQUAL(value->list[0], 3);
    CU_ASSERT_EQUAL(value->list[2], 511);
    options_clear(&options);
    value = parse("heads", "");
    CU_ASSERT_EQUAL(value->n, 0);
    options_clear(&options);
}

static void wrong_lists(void)
{
    refuse("layers", "6", "conf/a.ini:7: probe:x.layers: there is no layer "
                          "6; the model has layers 0 to 5");
    refuse("heads", "L0H4", "conf/a.ini:7: probe:x.heads: in 'L0H4': there "
                            "is no head 4; the model has heads 0 to 3");
    refuse("dims", "128", "conf/a.ini:7: probe:x.dims: there is no dim 128; "
                          "the model has dims 0 to 127; or one of the words "
                          "auto all");
    refuse("tokens", "100", "conf/a.ini:7: probe:x.tokens: there is no token "
                            "100; the model has tokens 0 to 99; or one of the "
                            "words none");
    refuse("units", "512", "conf/a.ini:7: probe:x.units: there is no unit "
                           "512; the model has units 0 to 511");
    refuse("points", "zz", "conf/a.ini:7: probe:x.points: 'zz' is not a hook "
                           "point; did you mean 'z'?");
}

static void without_model(void)
{
    CU_ASSERT_EQUAL_FATAL(parse_at("layers", "99", 7, NULL), ST_OK);
    CU_ASSERT_TRUE(value_of("layers")->set);
    CU_ASSERT_PTR_NULL(value_of("layers")->list);
    CU_ASSERT_STRING_EQUAL(value_of("layers")->text, "99");
    options_clear(&options);
    CU_ASSERT_EQUAL(parse_at("points", "zz", 7, NULL), ST_USAGE);
    CU_ASSERT_EQUAL(parse_at("lairs", "1", 7, NULL), ST_USAGE);
}

/* A [plugin] section gives what the variant leaves open. */
static void editor_defaults(void)
{
    struct setting own = {(char *)"top", (char *)"4", {"a.ini", 9}, NULL};
    struct setting given[] = {
        {(char *)"top", (char *)"5", {"a.ini", 3}, NULL},
        {(char *)"scale", (char *)"2", {"a.ini", 4}, NULL}};
    struct plugin_spec spec = {
        .id = "probe", .settings = &own, .n_settings = 1};
    struct plugin_spec section = {
        .id = "probe", .settings = given, .n_settings = 2};

    CU_ASSERT_EQUAL_FATAL(
        options_parse(&plugin, &spec, &section, &limits, &options, &err),
        ST_OK);
    CU_ASSERT_EQUAL(value_of("top")->integer, 4);
    CU_ASSERT_EQUAL(value_of("scale")->real, 2.0);
    options_clear(&options);
    given[1].key = (char *)"scales";
    CU_ASSERT_EQUAL(
        options_parse(&plugin, &spec, &section, &limits, &options, &err),
        ST_USAGE);
    CU_ASSERT_STRING_EQUAL(err.text, "a.ini:4: plugin probe has no option "
                                     "'scales'; did you mean 'scale'?");
}

/* Plugins built against an older or a newer header. */
static void other_sizes(void)
{
    struct {
        struct transect_option option;
        double newer;
    } wide[] = {{table[1], 1}, {table[3], 2}};
    unsigned char narrow[2 * offsetof(struct transect_option, min)];
    struct transect_plugin other = plugin;
    struct plugin_spec spec = {.id = "probe"};

    other.options = &wide[0].option;
    other.option_size = sizeof *wide;
    other.n_options = 2;
    CU_ASSERT_EQUAL_FATAL(
        options_parse(&other, &spec, NULL, &limits, &options, &err), ST_OK);
    CU_ASSERT_EQUAL(value_of("scale")->real, 0.5);
    CU_ASSERT_EQUAL(value_of("top")->decl.max, 9.0);
    options_clear(&options);
    for (size_t i = 0; i < 2; i++)
        memcpy(narrow + i * (sizeof narrow / 2), &wide[i].option,
               sizeof narrow / 2);
    other.options = (const struct transect_option *)(const void *)narrow;
    other.option_size = sizeof narrow / 2;
    CU_ASSERT_EQUAL_FATAL(
        options_parse(&other, &spec, NULL, &limits, &options, &err), ST_OK);
    CU_ASSERT_EQUAL(value_of("scale")->real, 0.5);
    CU_ASSERT_EQUAL(value_of("top")->decl.max, 0.0);
    CU_ASSERT_PTR_NULL(value_of("top")->decl.help);
    options_clear(&options);
}

static void plugin_mistakes(void)
{
    struct transect_option option = table[1];
    struct transect_plugin other = plugin;
    struct plugin_spec spec = {.id = "probe", .place = {"a.ini", 2}};

    other.options = &option;
    other.n_options = 1;
    option.fallback = "10";
    CU_ASSERT_EQUAL(
        options_parse(&other, &spec, NULL, &limits, &options, &err),
        ST_PLUGIN);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "plugin probe: the default of "
                                            "its option 'top'"));
    option.type = 99;
    CU_ASSERT_EQUAL(
        options_parse(&other, &spec, NULL, &limits, &options, &err),
        ST_PLUGIN);
    option = table[1];
    option.name = NULL;
    CU_ASSERT_EQUAL(
        options_parse(&other, &spec, NULL, &limits, &options, &err),
        ST_PLUGIN);
    CU_ASSERT_EQUAL(options.n, 0);
}

static void type_names(void)
{
    CU_ASSERT_STRING_EQUAL(option_type_name(TRANSECT_BOOL), "bool");
    CU_ASSERT_STRING_EQUAL(option_type_name(TRANSECT_POINTS), "points");
    CU_ASSERT_STRING_EQUAL(option_type_name(-1), "unknown");
    CU_ASSERT_STRING_EQUAL(option_type_name(TRANSECT_UNITS + 1),
                           "unknown");
}

CU_ErrorCode add_plugin_options_tests(void)
{
    CU_pSuite suite = CU_add_suite("options", NULL, NULL);

    if (!suite || !CU_add_test(suite, "defaults", defaults) ||
        !CU_add_test(suite, "scalars", scalars) ||
        !CU_add_test(suite, "wrong scalars", wrong_scalars) ||
        !CU_add_test(suite, "wrong reals", wrong_reals) ||
        !CU_add_test(suite, "paths", paths) ||
        !CU_add_test(suite, "lists", lists) ||
        !CU_add_test(suite, "wrong lists", wrong_lists) ||
        !CU_add_test(suite, "without a model", without_model) ||
        !CU_add_test(suite, "defaults for an editor", editor_defaults) ||
        !CU_add_test(suite, "tables of other sizes", other_sizes) ||
        !CU_add_test(suite, "mistakes of a plugin", plugin_mistakes) ||
        !CU_add_test(suite, "names of types", type_names))
        return CU_get_error();
    return CUE_SUCCESS;
}
