/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-experiment.c - experiment files: what they mean, what is refused. */
#include "experiment/experiment.h"
#include "base/mem.h"
#include "tests.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define N(array) (sizeof(array) / sizeof *(array))
#define GOOD "[model]\npath = m\n[input]\ntext = a b\n"

static char folder[] = "/tmp/transect-exp-XXXXXX";
static char path[64];
static struct experiment *experiment;
static struct error err;

static int set_up(void)
{
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof path, "%s/two-heads.ini", folder);
    return 0;
}

static int clean_up(void)
{
    unlink(path);
    return rmdir(folder);
}

static int load_with(const char *text, char *const *sets, size_t n_sets)
{
    test_write(path, text, strlen(text));
    err = (struct error){0};
    return experiment_load(path, sets, n_sets, &experiment, &err);
}

static void load(const char *text)
{
    CU_ASSERT_EQUAL_FATAL(load_with(text, NULL, 0), ST_OK);
    CU_ASSERT_PTR_NOT_NULL_FATAL(experiment);
}

static void expect_path(const char *found, const char *name)
{
    char expected[200];

    snprintf(expected, sizeof expected, "%s/%s", folder, name);
    CU_ASSERT_STRING_EQUAL(found, expected);
}

/* GOOD and then text is refused with "PATH:LINE: ...part...", the lines
 * counted in text; line 0: without a line. */
static void refuse(const char *text, int line, const char *part)
{
    char prefix[100], whole[1000];

    snprintf(whole, sizeof whole, "%s%s", GOOD, text);
    snprintf(prefix, sizeof prefix, line ? "%s:%d: " : "%s: ", path,
             line + 4);
    CU_ASSERT_EQUAL(load_with(whole, NULL, 0), ST_USAGE);
    CU_ASSERT_PTR_NULL(experiment);
    CU_ASSERT_EQUAL(err.status, ST_USAGE);
    CU_ASSERT_EQUAL(strncmp(err.text, prefix, strlen(prefix)), 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, part));
}

static void refuse_whole(const char *text, const char *part)
{
    CU_ASSERT_EQUAL(load_with(text, NULL, 0), ST_USAGE);
    CU_ASSERT_PTR_NULL(experiment);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, path));
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, part));
}

static void smallest(void)
{
    load(GOOD);
    CU_ASSERT_STRING_EQUAL(experiment->name, "two-heads");
    CU_ASSERT_STRING_EQUAL(experiment->title, "two-heads");
    expect_path(experiment->model, "m");
    CU_ASSERT_EQUAL(experiment->model_place.line, 2);
    CU_ASSERT_EQUAL(experiment->input.kind, INPUT_TEXT);
    CU_ASSERT_STRING_EQUAL(experiment->input.text, "a b");
    CU_ASSERT_EQUAL(experiment->input.place.line, 4);
    CU_ASSERT_EQUAL(experiment->input.samples, 0);
    CU_ASSERT_EQUAL(experiment->input.length, 0);
    CU_ASSERT_EQUAL(experiment->input.bos, BOS_AUTO);
    CU_ASSERT_EQUAL(experiment->seed, 0);
    CU_ASSERT_TRUE(experiment->baseline);
    CU_ASSERT_FALSE(experiment->allow_inert);
    CU_ASSERT_TRUE(experiment_draws(experiment, "baseline/stats"));
    CU_ASSERT_EQUAL(experiment->n_plugins, 0);
    CU_ASSERT_EQUAL(experiment->n_variants, 0);
    experiment_free(experiment);
}

static void every_key(void)
{
    load("[experiment]\nname = my.run-1\ntitle = Is it: so?\n"
         "[model]\npath = /models/x y\n"
         "[input]\nfiles = a.txt, /b.txt\n  c.txt\nsamples = 30\n"
         "length = 1024\nbos = YES\n"
         "[run]\nseed = 9223372036854775807\nbaseline = off\n"
         "allow_inert = true\nmemory = 1.5G\n"
         "[variant v]\np.o = 1\n");
    CU_ASSERT_STRING_EQUAL(experiment->name, "my.run-1");
    CU_ASSERT_STRING_EQUAL(experiment->title, "Is it: so?");
    CU_ASSERT_STRING_EQUAL(experiment->model, "/models/x y");
    CU_ASSERT_EQUAL(experiment->input.kind, INPUT_FILES);
    CU_ASSERT_EQUAL_FATAL(experiment->input.n_files, 3);
    expect_path(experiment->input.files[0], "a.txt");
    CU_ASSERT_STRING_EQUAL(experiment->input.files[1], "/b.txt");
    expect_path(experiment->input.files[2], "c.txt");
    CU_ASSERT_EQUAL(experiment->input.samples, 30);
    CU_ASSERT_EQUAL(experiment->input.samples_place.line, 9);
    CU_ASSERT_EQUAL(experiment->input.length, 1024);
    CU_ASSERT_EQUAL(experiment->input.length_place.line, 10);
    CU_ASSERT_EQUAL(experiment->input.bos, BOS_YES);
    CU_ASSERT_EQUAL(experiment->seed, INT64_MAX);
    CU_ASSERT_EQUAL(experiment->memory, 1500000000);
    CU_ASSERT_EQUAL(experiment->memory_place.line, 16);
    CU_ASSERT_FALSE(experiment->baseline);
    CU_ASSERT_TRUE(experiment->allow_inert);
    experiment_free(experiment);
}

static void inputs(void)
{
    load("[model]\npath = m\n[input]\nids = 1 2\n  3\n");
    CU_ASSERT_EQUAL(experiment->input.kind, INPUT_IDS);
    CU_ASSERT_STRING_EQUAL(experiment->input.text, "1 2 3");
    experiment_free(experiment);
    load("[model]\npath = m\n[input]\nids_file = my ids, all.txt\n");
    CU_ASSERT_EQUAL(experiment->input.kind, INPUT_IDS_FILE);
    CU_ASSERT_EQUAL_FATAL(experiment->input.n_files, 1);
    expect_path(experiment->input.files[0], "my ids, all.txt");
    CU_ASSERT_PTR_NULL(experiment->input.text);
    experiment_free(experiment);
}

static void figures(void)
{
    load(GOOD "[run]\nfigures = baseline, comparison/s w/e\n"
         "[plugin s]\n[variant w]\ne.o = 1\n[variant wide]\ne.o = 2\n");
    CU_ASSERT_TRUE(experiment_draws(experiment, "baseline/s"));
    CU_ASSERT_TRUE(experiment_draws(experiment, "comparison/s"));
    CU_ASSERT_TRUE(experiment_draws(experiment, "w/e"));
    CU_ASSERT_FALSE(experiment_draws(experiment, "w/s"));
    CU_ASSERT_FALSE(experiment_draws(experiment, "wide/e"));
    experiment_free(experiment);
    load(GOOD "[run]\nfigures = w\n"
         "[plugin s]\n[variant w]\ne.o = 1\n[variant wide]\ne.o = 2\n");
    CU_ASSERT_TRUE(experiment_draws(experiment, "w/e"));
    CU_ASSERT_FALSE(experiment_draws(experiment, "wide/e"));
    CU_ASSERT_FALSE(experiment_draws(experiment, "baseline/s"));
    experiment_free(experiment);
}

static void wrong_figures(void)
{
    refuse("[run]\nfigures =\n", 2, "figures is empty; name variants");
    refuse("[run]\nfigures = basline\n", 2,
           "figures names no variant 'basline'; did you mean 'baseline'?");
    refuse("[run]\nfigures = baseline baseline/plag\n[plugin plug]\n", 2,
           "figures names no plugin 'plag'; did you mean 'plug'?");
    refuse("[run]\nfigures = baseline/e\n[variant v]\ne.o = 1\n", 2,
           "figures names no plugin 'e'; there are none");
    refuse("[run]\nbaseline = no\nfigures = comparison\n"
           "[variant v]\ne.o = 1\n", 3, "figures names no variant");
}

static void plugins(void)
{
    const struct plugin_spec *use;

    load(GOOD "[plugin stats]\n[plugin  stats:wide]\ntop = 3\n"
         "on_error = disable\ndims = *\n[plugin ./my.d/3d-plug.so:x]\n");
    CU_ASSERT_EQUAL_FATAL(experiment->n_plugins, 3);
    use = &experiment->plugins[0];
    CU_ASSERT_STRING_EQUAL(use->id, "stats");
    CU_ASSERT_STRING_EQUAL(use->name, "stats");
    CU_ASSERT_EQUAL(use->n_settings, 0);
    CU_ASSERT_FALSE(use->disable_on_error);
    CU_ASSERT_EQUAL(use->place.line, 5);
    use = &experiment->plugins[1];
    CU_ASSERT_STRING_EQUAL(use->id, "stats:wide");
    CU_ASSERT_STRING_EQUAL(use->name, "stats");
    CU_ASSERT_TRUE(use->disable_on_error);
    CU_ASSERT_EQUAL_FATAL(use->n_settings, 2);
    CU_ASSERT_STRING_EQUAL(use->settings[1].key, "dims");
    CU_ASSERT_STRING_EQUAL(use->settings[1].value, "*");
    CU_ASSERT_EQUAL(use->settings[1].place.line, 9);
    use = &experiment->plugins[2];
    CU_ASSERT_STRING_EQUAL(use->id, "3d-plug:x");
    expect_path(use->name, "./my.d/3d-plug.so");
    experiment_free(experiment);
}

static void variants(void)
{
    const struct variant *variant;

    load(GOOD "[variant top]\npruner.heads = L2H7\nother:b.x = 1\n"
         "pruner.method = zero\n./d/own.so.x = 2\n"
         "[plugin ./e/pruner.so]\n[variant none]\npruner.attention = *\n");
    CU_ASSERT_EQUAL_FATAL(experiment->n_variants, 2);
    variant = &experiment->variants[0];
    CU_ASSERT_STRING_EQUAL(variant->name, "top");
    CU_ASSERT_EQUAL(variant->place.line, 5);
    CU_ASSERT_EQUAL_FATAL(variant->n_edits, 3);
    CU_ASSERT_STRING_EQUAL(variant->edits[0].id, "pruner");
    expect_path(variant->edits[0].name, "./e/pruner.so");
    CU_ASSERT_EQUAL(variant->edits[0].place.line, 6);
    CU_ASSERT_EQUAL_FATAL(variant->edits[0].n_settings, 2);
    CU_ASSERT_STRING_EQUAL(variant->edits[0].settings[1].key, "method");
    CU_ASSERT_STRING_EQUAL(variant->edits[0].settings[1].value, "zero");
    CU_ASSERT_EQUAL(variant->edits[0].settings[1].place.line, 8);
    CU_ASSERT_STRING_EQUAL(variant->edits[1].id, "other:b");
    CU_ASSERT_STRING_EQUAL(variant->edits[1].name, "other");
    CU_ASSERT_STRING_EQUAL(variant->edits[2].id, "own");
    expect_path(variant->edits[2].name, "./d/own.so");
    CU_ASSERT_STRING_EQUAL(experiment->variants[1].name, "none");
    experiment_free(experiment);
}

static void sets(void)
{
    static char *const some[] = {
        "experiment.name=other", "model.path=n", "run.seed=2",
        "input.text=x", "input.ids=5 6", "input.samples=4",
        "plugin head-scorer.position=1", "variant top.pruner.heads=L1H1",
        "plugin ./p/own.so.x=1"};
    char *const twice[] = {"input.ids_file=i", "input.text=y"};

    CU_ASSERT_EQUAL_FATAL(load_with(GOOD "[plugin ./p/own.so]\n", some,
                                    N(some)), ST_OK);
    CU_ASSERT_STRING_EQUAL(experiment->name, "other");
    CU_ASSERT_STRING_EQUAL(experiment->model, "n");
    CU_ASSERT_EQUAL(experiment->model_place.line, 0);
    CU_ASSERT_EQUAL(experiment->seed, 2);
    CU_ASSERT_EQUAL(experiment->input.kind, INPUT_IDS);
    CU_ASSERT_STRING_EQUAL(experiment->input.text, "5 6");
    CU_ASSERT_EQUAL(experiment->input.samples, 4);
    CU_ASSERT_EQUAL_FATAL(experiment->n_plugins, 2);
    CU_ASSERT_EQUAL_FATAL(experiment->plugins[0].n_settings, 1);
    CU_ASSERT_STRING_EQUAL(experiment->plugins[0].settings[0].key, "x");
    CU_ASSERT_STRING_EQUAL(experiment->plugins[1].id, "head-scorer");
    CU_ASSERT_EQUAL_FATAL(experiment->n_variants, 1);
    CU_ASSERT_STRING_EQUAL(experiment->variants[0].edits[0].id, "pruner");
    experiment_free(experiment);
    CU_ASSERT_EQUAL_FATAL(load_with(GOOD, twice, N(twice)), ST_OK);
    CU_ASSERT_EQUAL(experiment->input.kind, INPUT_TEXT);
    CU_ASSERT_STRING_EQUAL(experiment->input.text, "y");
    experiment_free(experiment);
}

static void wrong_sets(void)
{
    static const struct {
        char *set;
        const char *message;
    } cases[] = {
        {"run.seed=x", "--set run.seed: seed = 'x' is not a whole number "
                       "from 0 to 9223372036854775807; write digits only"},
        {"run.sed=1", "--set run.sed: unknown key 'sed' in [run]; did you "
                      "mean 'seed'?"},
        {"rum.seed=1", "--set rum.seed: unknown section [rum]; did you mean "
                       "'run'?"},
    };

    for (size_t i = 0; i < N(cases); i++) {
        CU_ASSERT_EQUAL(load_with(GOOD, &cases[i].set, 1), ST_USAGE);
        CU_ASSERT_STRING_EQUAL(err.text, cases[i].message);
        CU_ASSERT_PTR_NULL(experiment);
    }
}

static void missing(void)
{
    refuse_whole("", "no model is given");
    refuse_whole("[input]\ntext = a\n", "no model is given");
    refuse_whole("[model]\n[input]\ntext = a\n", "no model is given");
    refuse_whole("[model]\npath = m\n", "no input is given");
    refuse_whole("[model]\npath = m\n[input]\nsamples = 3\n",
                 "no input is given");
    refuse_whole("[model]\npath =\n", "ini:2: path is empty");
    refuse_whole("[model]\npath = m\n[input]\nfiles = ,\n",
                 "ini:4: 'files' is empty");
    refuse_whole("[model]\npath = m\n[input]\ntext = a\nids = 1\n",
                 "ini:5: 'ids' is a second input");
    refuse("[run]\nbaseline = no\n", 0, "there is nothing to run");
}

static void wrong_keys(void)
{
    refuse("[plugins a]\n", 1, "unknown section [plugins a]; did you mean "
                               "'plugin'?");
    refuse("[Run]\n", 1, "did you mean 'run'?");
    refuse("[optimizer]\n", 1, "valid are experiment, model, input, run, "
                               "figures, plugin, variant");
    refuse("[plugin]\n", 1, "[plugin] lacks a name; write [plugin NAME]");
    refuse("[run fast]\n", 1, "[run fast] takes no name; write [run]");
    refuse("[run]\nsede = 1\n", 2, "unknown key 'sede' in [run]; did you "
                                   "mean 'seed'?");
    refuse("[experiment]\ntemperature = 1\n", 2, "valid are name, title");
}

static void wrong_values(void)
{
    static const char *const sizes[] = {"", "0", "0.5", "-1G", "2X", "2GB",
                                        "2g", "G", "1e3", "1..5G", "9999999T",
                                        "2 G"};

    refuse("[run]\nseed = -1\n", 2, "seed = '-1' is not a whole number");
    refuse("[run]\nseed = 9223372036854775808\n", 2, "is not a whole");
    refuse("[run]\nseed = 1e3\n", 2, "is not a whole number");
    for (size_t i = 0; i < N(sizes); i++) {
        char *text = mem_printf("[run]\nmemory = %s\n", sizes[i]);

        refuse(text, 2, "is no size; write a number of bytes, or one with K, "
                        "M, G or T behind it, as 500M or 2G");
        free(text);
    }
    refuse("[run]\nbaseline = maybe\n", 2,
           "baseline = 'maybe' is neither yes nor no");
    refuse("[run]\nallow_inert =\n", 2, "is neither yes nor no");
    refuse("[experiment]\nname = a/b\n", 2, "cannot name a folder");
    refuse("[experiment]\nname = ..\n", 2, "cannot name a folder");
    refuse("[experiment]\nname =\n", 2, "cannot name a folder");
    refuse_whole("[input]\nsamples = 0\n", "ini:2: samples = '0' is not a "
                                           "whole number from 1 to 2147");
    refuse_whole("[input]\nlength = 2147483648\n", "ini:2: length = ");
    refuse_whole("[input]\nbos = x\n", "ini:2: bos = 'x' is none of");
    refuse_whole("[input]\nencoding = x\n", "ini:2: encoding = 'x' is ");
}

static void wrong_plugins(void)
{
    refuse("[plugin a]\n[plugin ./d/a.so]\n", 2,
           "a second plugin 'a'; give it a label");
    refuse("[plugin a b]\n", 1, "'a b' is not NAME or NAME:label");
    refuse("[plugin a:b.c]\n", 1, "'a:b.c' is not NAME or NAME:label");
    refuse("[plugin a:]\n", 1, "'a:' is not NAME or NAME:label");
    refuse("[plugin ../]\n", 1, "'../' is not NAME or NAME:label");
    refuse("[plugin ..]\n", 1, "'..' is not NAME or NAME:label");
    refuse("[plugin a]\non_error = ignore\n", 2,
           "on_error = 'ignore' is not known; write stop or disable");
}

static void wrong_variants(void)
{
    refuse("[variant v]\n", 1, "variant 'v' edits nothing");
    refuse("[variant baseline]\np.x = 1\n", 1,
           "a variant cannot be called 'baseline'");
    refuse("[variant report.html]\np.x = 1\n", 1, "cannot be called");
    refuse("[sweep inert.csv]\np.x = 1\n", 1, "cannot be called");
    refuse("[variant v]\np.x = 1\ninert = yes\n", 3,
           "inert = 'yes' is not known; write fail, count or allow");
    refuse("[variant v]\np.x = 1\nreference = w\n", 3,
           "reference is for [sweep]");
    refuse("[variant v]\np.x = 1\n[sweep s]\np.x = 1\nreference = w\n", 5,
           "reference = w: there is no [variant w]");
    refuse("[variant noised]\np.x = 1\n[sweep s]\np.x = 1\n"
           "reference = noise\n", 5, "did you mean 'noised'?");
    refuse("[variant v]\ninert = count\n", 1, "variant 'v' edits nothing");
    refuse("[variant a/b]\np.x = 1\n", 1, "cannot name a variant's folder");
    refuse("[variant v]\nheads = *\n", 2, "'heads' is not an edit; write "
                                          "PLUGIN.OPTION = value");
    refuse("[variant v]\n.x = *\n", 2, "is not an edit");
    refuse("[variant v]\np. = *\n", 2, "is not an edit");
    refuse("[variant v]\n../p = *\n", 2, "is not an edit");
    refuse("[variant v]\np q.x = *\n", 2, "'p q' is not NAME");
    refuse("[variant v]\n./a/p.so.x = 1\n./b/p.so.y = 1\n", 3,
           "is another plugin of the name 'p'");
    refuse("[plugin p]\n[variant v]\n./a/p.so.x = 1\n", 3,
           "is another plugin than that of [plugin]");
    refuse("[variant v]\np.x = 1\n[variant v]\np.x = 2\n", 3,
           "stands on line 5 already");
}

CU_ErrorCode add_experiment_tests(void)
{
    CU_pSuite suite = CU_add_suite("experiment", set_up, clean_up);

    if (!suite || !CU_add_test(suite, "the smallest file", smallest) ||
        !CU_add_test(suite, "every key", every_key) ||
        !CU_add_test(suite, "inputs", inputs) ||
        !CU_add_test(suite, "plugins", plugins) ||
        !CU_add_test(suite, "variants", variants) ||
        !CU_add_test(suite, "figures", figures) ||
        !CU_add_test(suite, "wrong figures", wrong_figures) ||
        !CU_add_test(suite, "--set", sets) ||
        !CU_add_test(suite, "wrong --set", wrong_sets) ||
        !CU_add_test(suite, "what is missing", missing) ||
        !CU_add_test(suite, "unknown sections and keys", wrong_keys) ||
        !CU_add_test(suite, "wrong values", wrong_values) ||
        !CU_add_test(suite, "wrong plugins", wrong_plugins) ||
        !CU_add_test(suite, "wrong variants", wrong_variants))
        return CU_get_error();
    return CUE_SUCCESS;
}
