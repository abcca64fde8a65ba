/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-sweep.c - which variants a [sweep LABEL] makes, and its mistakes. */
#include "base/mem.h"
#include "plan/sweep.h"
#include "tests.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define N(array) (sizeof(array) / sizeof *(array))
/* Sweeps of the tests begin in line 5. */
#define HEAD "[model]\npath = m\n[input]\nids = 1\n[sweep s]\n"

/* As a plugin has them that was built for a later host. */
static const struct {
    struct transect_option option;
    double later;
} table[] = {
    {{"heads", TRANSECT_HEADS, NULL, NULL, 0, 0, "Heads."}, 1},
    {{"groups", TRANSECT_GROUPS, NULL, NULL, 0, 0, "Groups."}, 1},
    {{"layers", TRANSECT_LAYERS, NULL, NULL, 0, 0, "Layers."}, 1},
    {{"dims", TRANSECT_DIMS, "auto", "auto", 0, 0, "Dims."}, 1},
    {{"points", TRANSECT_POINTS, NULL, NULL, 0, 0, "Points."}, 1},
    {{"method", TRANSECT_ENUM, "zero", "zero mean random", 0, 0, "How."}, 1},
    {{"quiet", TRANSECT_BOOL, "no", NULL, 0, 0, "Quiet."}, 1},
    {{"top", TRANSECT_INT, "3", NULL, 1, 9, "How many."}, 1},
    {{"scale", TRANSECT_REAL, "1", NULL, 0, 0, "How large."}, 1},
    {{"positions", TRANSECT_POSITIONS, "*", NULL, 0, 0, "Where."}, 1},
    {{"keys", TRANSECT_POSITIONS, "*", NULL, 0, 0, "Which keys."}, 1},
    {{"file", TRANSECT_PATH, NULL, NULL, 0, 0, "A file."}, 1},
    {{"units", TRANSECT_UNITS, NULL, NULL, 0, 0, "Hidden units."}, 1},
};

static const struct transect_plugin plugin = {
    .name = "p", .options = &table[0].option, .n_options = N(table),
    .option_size = sizeof *table,
};

static const struct option_limits limits = {3, 4, 16, NULL, NULL, 2, 5, 100,
                                           NULL, 64};

static char folder[] = "/tmp/transect-sweep-XXXXXX";
static char path[64], ranking[64];
static struct experiment *experiment;
static struct error err;

static int set_up(void)
{
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof path, "%s/s.ini", folder);
    snprintf(ranking, sizeof ranking, "%s/heads.csv", folder);
    return 0;
}

static int clean_up(void)
{
    experiment_free(experiment);
    unlink(path);
    unlink(ranking);
    return rmdir(folder);
}

static const struct transect_plugin *find(const void *user,
                                          const struct plugin_spec *spec)
{
    (void)user;
    (void)spec;
    return &plugin;
}

static int expand(const char *text, const char *set)
{
    char *whole = mem_printf("%s%s", HEAD, text), *sets[] = {(char *)set};
    int status;

    experiment_free(experiment);
    experiment = NULL;
    test_write(path, whole, strlen(whole));
    free(whole);
    err = (struct error){0};
    status = experiment_load(path, sets, set != NULL, &experiment, &err);
    return status ? status
                  : sweep_expand(experiment, find, NULL, &limits, &err);
}

/* The names of the variants, then the values of their first setting. */
static void expect(const char *text, const char *names, const char *values)
{
    char *found[2] = {mem_strdup(""), mem_strdup("")};

    CU_ASSERT_EQUAL(expand(text, NULL), ST_OK);
    CU_ASSERT_STRING_EQUAL(err.text, "");
    for (size_t i = 0; !err.status && i < experiment->n_variants; i++) {
        const struct variant *variant = &experiment->variants[i];
        char *longer = mem_printf("%s%s%s", found[0], i ? " " : "",
                                  variant->name);

        free(found[0]);
        found[0] = longer;
        longer = mem_printf("%s%s%s", found[1], i ? ", " : "",
                            variant->edits[0].settings[0].value);
        free(found[1]);
        found[1] = longer;
        CU_ASSERT_PTR_EQUAL(variant->sweep, &experiment->sweeps[0]);
        CU_ASSERT_EQUAL(variant->number, i);
    }
    CU_ASSERT_STRING_EQUAL(found[0], names);
    CU_ASSERT_STRING_EQUAL(found[1], values);
    free(found[0]);
    free(found[1]);
}

/* "PATH:LINE: ...part...", the lines counted from the sweep's. */
static void refuse(const char *text, int line, const char *part)
{
    char *prefix = mem_printf("%s:%d: ", path, line + 4);

    CU_ASSERT_EQUAL(expand(text, NULL), ST_USAGE);
    CU_ASSERT_EQUAL(strncmp(err.text, prefix, strlen(prefix)), 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, part));
    if (!strstr(err.text, part))
        printf("# %s\n", err.text);
    free(prefix);
}

static void elements(void)
{
    expect("p.heads = each L2H1 L0H0-1\n", "s-L0H0 s-L0H1 s-L2H1",
           "L0H0, L0H1, L2H1");
    expect("p.groups = each L1G*\n", "s-L1G0 s-L1G1", "L1G0, L1G1");
    expect("p.layers = each *\n", "s-0 s-1 s-2", "0, 1, 2");
    expect("p.dims = each 3 1\n", "s-1 s-3", "1, 3");
    expect("p.points = each mlp_out resid_post\n",
           "s-mlp_out s-resid_post", "mlp_out, resid_post");
    expect("p.heads = each-layer L0H1-2 L2H3\n", "s-L0 s-L2",
           "L0H1 L0H2, L2H3");
}

static void scalars(void)
{
    expect("p.method = each zero mean\n", "s-zero s-mean", "zero, mean");
    expect("p.quiet = each yes no\n", "s-yes s-no", "yes, no");
    expect("p.top = each 9, 2 9\n", "s-9 s-2", "9, 2");
    expect("p.top = each 9 1-3, 2-4\n", "s-9 s-1 s-2 s-3 s-4",
           "9, 1, 2, 3, 4");
    expect("p.top = each 2-2\n", "s-2", "2");
    expect("p.top = each -1-1 -3--2\n", "s--1 s-0 s-1 s--3 s--2",
           "-1, 0, 1, -3, -2");
    expect("p.scale = each 0-2\n", "s-0-2", "0-2");
    expect("p.scale = each -0.5 1e+2\n", "s--0.5 s-1e_2", "-0.5, 1e+2");
}

/* Numbers are places on a line; names, and numbers from the end, are not. */
static void positions(void)
{
    const struct sweep_axis *axis;

    expect("p.positions = each *\n", "s-0 s-1 s-2 s-3 s-4", "0, 1, 2, 3, 4");
    axis = &experiment->sweeps[0].axes[0];
    CU_ASSERT_EQUAL(axis->places, SWEEP_NUMBERS);
    CU_ASSERT_STRING_EQUAL(axis->label, "position");
    CU_ASSERT_EQUAL(axis->values[4].number, 4);
    expect("p.positions = each 4 1-2, 2\n", "s-4 s-1 s-2", "4, 1, 2");
    CU_ASSERT_EQUAL(experiment->sweeps[0].axes[0].values[0].number, 4);
    expect("p.positions = each subject.last last\n", "s-subject.last s-last",
           "subject.last, last");
    CU_ASSERT_EQUAL(experiment->sweeps[0].axes[0].places, SWEEP_NAMES);
    expect("p.positions = each 0 -3--2\n", "s-0 s--3 s--2", "0, -3, -2");
    CU_ASSERT_EQUAL(experiment->sweeps[0].axes[0].places, SWEEP_NAMES);
    expect("p.keys = each 0-1\n", "s-0 s-1", "0, 1");
    CU_ASSERT_STRING_EQUAL(experiment->sweeps[0].axes[0].label, "keys");
    refuse("p.positions = each 1--1\n", 2, "1--1 has other positions in each");
    refuse("p.positions = each 3-1\n", 2, "3-1 runs backwards; write 1-3");
    refuse("p.positions = each-layer *\n", 2, "each-layer is for heads");
}

/* Samples have to be known for "*" alone. */
static void wants_samples(void)
{
    static const struct {
        const char *text;
        bool wants;
    } cases[] = {
        {"p.positions = each *\n", true}, {"p.positions = each 0 *\n", true},
        {"p.positions = random 2 of 1 in *\n", true},
        {"p.positions = each 0-3 last\np.layers = each *\n", false},
        {"p.positions = *\np.layers = each *\n", false},
    };

    for (size_t i = 0; i < N(cases); i++) {
        CU_ASSERT_EQUAL(expand(cases[i].text, NULL), ST_OK);
        CU_ASSERT_EQUAL(sweep_wants_samples(experiment, find, NULL),
                        cases[i].wants);
    }
}

/* The last key changes fastest; one without a word is in all variants. */
static void products(void)
{
    const struct variant *variant;

    expect("p.layers = each 0 2\np.top = 7\np.method = each mean zero\n",
           "s-0-mean s-0-zero s-2-mean s-2-zero", "0, 0, 2, 2");
    variant = &experiment->variants[3];
    CU_ASSERT_STRING_EQUAL(variant->edits[0].settings[1].value, "7");
    CU_ASSERT_STRING_EQUAL(variant->edits[0].settings[2].value, "zero");
    CU_ASSERT_STRING_EQUAL(
        sweep_value(variant->sweep, 1, variant->number)->text, "zero");
    /* a word of the option is a value */
    expect("p.heads = each L0H0\np.method = random\n", "s-L0H0", "L0H0");
    expect("p.layers = each 0\nq.layers = each 1 2\n", "s-0-1 s-0-2",
           "0, 0");
}

static char *subsets_of(const char *set)
{
    char *all = mem_strdup("");

    CU_ASSERT_EQUAL_FATAL(expand("p.heads = random 6 of 2 in L0H*\n", set),
                          ST_OK);
    for (size_t i = 0; i < experiment->n_variants; i++) {
        char *longer = mem_printf(
            "%s%s;", all, experiment->variants[i].edits[0].settings[0].value);

        free(all);
        all = longer;
    }
    return all;
}

/* All six pairs of four heads, each once; others for another seed. */
static void subsets(void)
{
    char *one = subsets_of("run.seed=1"), *same = subsets_of("run.seed=1");
    char *other = subsets_of("run.seed=2");

    CU_ASSERT_STRING_EQUAL(one, same);
    CU_ASSERT_STRING_NOT_EQUAL(one, other);
    for (int i = 0; i < 4; i++)
        for (int j = i + 1; j < 4; j++) {
            char *pair = mem_printf("L0H%d L0H%d;", i, j);

            CU_ASSERT_PTR_NOT_NULL(strstr(one, pair));
            CU_ASSERT_PTR_NOT_NULL(strstr(other, pair));
            free(pair);
        }
    CU_ASSERT_EQUAL(experiment->n_variants, 6);
    CU_ASSERT_STRING_EQUAL(experiment->variants[5].name, "s-6");
    free(one);
    free(same);
    free(other);
}

/* Each of four items is in half of the pairs, over many seeds: 300 seeds
 * with one pair each give 150 +- 5 * 8.7. */
static void fair(void)
{
    int found[4] = {0};

    for (int seed = 0; seed < 300; seed++) {
        char set[32];

        snprintf(set, sizeof set, "run.seed=%d", seed);
        CU_ASSERT_EQUAL_FATAL(expand("p.heads = random 1 of 2 in L0H*\n",
                                     set), ST_OK);
        for (int i = 0; i < 4; i++) {
            char name[16];

            snprintf(name, sizeof name, "L0H%d", i);
            found[i] += strstr(
                experiment->variants[0].edits[0].settings[0].value, name) !=
                NULL;
        }
    }
    for (int i = 0; i < 4; i++)
        CU_ASSERT(found[i] > 106 && found[i] < 194);
}

static void rankings(void)
{
    static const char groups[] = "layer,head,score\n1,1,2\n0,0,1\n";
    static const char scores[] =
        "layer,head,score\n0,1,0.5\n2,3,0.9\n1,0,0.5\n";

    test_write(ranking, scores, strlen(scores));
    expect("p.heads = cumulative heads.csv by score\n", "s-1 s-2 s-3",
           "L2H3, L2H3 L0H1, L2H3 L0H1 L1H0");
    expect("p.heads = cumulative heads.csv by score lowest upto 2\n",
           "s-1 s-2", "L0H1, L0H1 L1H0");
    CU_ASSERT_STRING_EQUAL(experiment->sweeps[0].axes[0].label,
                           "number of heads");
    expect("p.layers = cumulative heads.csv by score upto 1\n", "s-1", "2");
    CU_ASSERT_STRING_EQUAL(experiment->sweeps[0].axes[0].label,
                           "number of layers");
    test_write(ranking, groups, strlen(groups));
    expect("p.groups = cumulative heads.csv by score\n", "s-1 s-2",
           "L1G1, L1G1 L0G0");
    CU_ASSERT_STRING_EQUAL(experiment->sweeps[0].axes[0].label,
                           "number of key/value heads");
}

static void mistakes(void)
{
    refuse("", 1, "sweep 's' edits nothing");
    refuse("p.heads = L0H0\n", 1, "sweeps nothing");
    refuse("p.file = each a b\n", 1, "sweeps nothing");
    refuse("p.heads = each\n", 2, "names nothing");
    refuse("p.heads = each L5H0\n", 2, "there is no layer 5");
    refuse("p.top = each 1 9-7\n", 2, "9-7 runs backwards; write 7-9");
    refuse("p.top = each 0-99999\n", 2, "0-99999 has more than 10000");
    refuse("p.top = each -9223372036854775808-9223372036854775807\n", 2,
           "has more than 10000");
    refuse("p.layers = each-layer *\n", 2, "each-layer is for heads");
    refuse("p.heads = random 7 of 2 in L0H*\n", 2,
           "no 7 different sets of 2");
    refuse("p.heads = random two of 1 in *\n", 2, "not random N of K");
    refuse("p.heads = each L0H0\n[variant s]\np.layers = 0\n", 1,
           "two variants 's'");
    refuse("p.heads = each L0H0\n[run]\nfigures = s-L0H1\n", 4,
           "did you mean 's-L0H0'?");
    refuse("p.dims = each *\nq.dims = each *\nr.dims = each *\n"
           "t.dims = each *\n", 1, "makes 65536 variants");
}

CU_ErrorCode add_sweep_tests(void)
{
    CU_pSuite suite = CU_add_suite("sweep", set_up, clean_up);

    if (!suite || !CU_add_test(suite, "elements of lists", elements) ||
        !CU_add_test(suite, "positions", positions) ||
        !CU_add_test(suite, "positions of samples", wants_samples) ||
        !CU_add_test(suite, "words and numbers", scalars) ||
        !CU_add_test(suite, "products", products) ||
        !CU_add_test(suite, "random subsets", subsets) ||
        !CU_add_test(suite, "random subsets are fair", fair) ||
        !CU_add_test(suite, "rankings", rankings) ||
        !CU_add_test(suite, "mistakes", mistakes))
        return CU_get_error();
    return CUE_SUCCESS;
}
