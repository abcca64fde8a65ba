/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-plugin-loader.c - descriptors that the host takes and refuses. */
#include "tests.h"

#include "plugin/plugin-loader.h"

#include <stdlib.h>
#include <string.h>

static int create(transect_ctx *ctx, const struct transect_host *host,
                  void **state)
{
    (void)ctx;
    (void)host;
    (void)state;
    return TRANSECT_OK;
}

static int ready(void *state, const struct transect_model *model)
{
    (void)state;
    (void)model;
    return TRANSECT_OK;
}

static const struct transect_plugin good = {
    .magic = TRANSECT_MAGIC, .size = sizeof good,
    .abi_major = TRANSECT_ABI_MAJOR, .abi_minor = TRANSECT_ABI_MINOR,
    .name = "good", .summary = "s", .version = "1", .licence = "MIT",
    .create = create, .ready = ready};

static int check(const struct transect_plugin *plugin, const char *expected)
{
    struct transect_plugin desc;
    struct error err = {0};
    int status = plugin_check(plugin, "/x/good.so", &desc, &err);

    if (expected)
        CU_ASSERT_PTR_NOT_NULL(strstr(err.text, expected));
    if (status)
        CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "/x/good.so"));
    return status;
}

static void test_descriptor(void)
{
    static const struct transect_option option = {"on", TRANSECT_BOOL, "no",
                                                  NULL, 0, 0, "is on"};
    struct transect_plugin p = good;

    CU_ASSERT_EQUAL(check(&good, NULL), ST_OK);
    CU_ASSERT_EQUAL(check(NULL, "magic"), ST_PLUGIN);
    p.magic++;
    CU_ASSERT_EQUAL(check(&p, "magic"), ST_PLUGIN);
    p = good;
    p.abi_major++;
    CU_ASSERT_EQUAL(check(&p, "rebuild"), ST_PLUGIN);
    p = good;
    p.abi_minor += 7;
    CU_ASSERT_EQUAL(check(&p, NULL), ST_OK);
    p = good;
    p.ready = NULL;
    CU_ASSERT_EQUAL(check(&p, "incomplete: ready is missing"), ST_PLUGIN);
    p = good;
    p.n_options = 1;
    CU_ASSERT_EQUAL(check(&p, "incomplete: options is missing"), ST_PLUGIN);
    p.options = &option;
    CU_ASSERT_EQUAL(check(&p, "incomplete: option_size, sizeof(struct "
                              "transect_option), is missing"), ST_PLUGIN);
    p.option_size = sizeof option;
    CU_ASSERT_EQUAL(check(&p, NULL), ST_OK);
    p.size = 0;
    CU_ASSERT_EQUAL(check(&p, "incomplete: size, sizeof(struct "
                              "transect_plugin), is missing"), ST_PLUGIN);
    p = good;
    p.n_points = 1;
    CU_ASSERT_EQUAL(check(&p, "incomplete: points is missing"), ST_PLUGIN);
}

/* A plugin from a newer host has members that this one does not know; one
 * from an older host lacks the last ones. */
static void test_sizes(void)
{
    struct {
        struct transect_plugin plugin;
        char newer[64];
    } larger = {good, {0}};
    struct transect_plugin desc, shorter = good;
    struct error err = {0};

    larger.plugin.size = sizeof larger;
    CU_ASSERT_EQUAL(plugin_check(&larger.plugin, "/x", &desc, &err), ST_OK);
    shorter.size = offsetof(struct transect_plugin, begin);
    shorter.destroy = free;
    CU_ASSERT_EQUAL(plugin_check(&shorter, "/x", &desc, &err), ST_OK);
    CU_ASSERT(desc.ready == ready);
    CU_ASSERT(desc.destroy == NULL);
}

static void test_path(void)
{
    struct plugin_path path;

    setenv("XDG_DATA_HOME", "/data", 1);
    plugin_path_init(&path, "/first");
    CU_ASSERT_STRING_EQUAL(path.dirs[0], "/first");
    CU_ASSERT_STRING_EQUAL(path.dirs[path.n - 2], "/data/transect/plugins");
    CU_ASSERT_STRING_EQUAL(path.dirs[path.n - 1], TRANSECT_PLUGIN_DIR);
    plugin_path_clear(&path);
    unsetenv("XDG_DATA_HOME");
}

CU_ErrorCode add_plugin_loader_tests(void)
{
    CU_pSuite suite = CU_add_suite("loader", NULL, NULL);

    CU_add_test(suite, "descriptors", test_descriptor);
    CU_add_test(suite, "older and newer descriptors", test_sizes);
    CU_add_test(suite, "the search path", test_path);
    return CU_get_error();
}
