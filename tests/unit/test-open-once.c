/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-open-once.c - a run opens each file of its model once, and none of the
 * results that it wrote. The linker puts functions of this file in the place
 * of open(), openat() and fopen(); see tests_unit_unit_LDFLAGS. */
#include "base/folder.h"
#include "base/mem.h"
#include "cli/cmd.h"
#include "tests.h"

#include <fcntl.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_OPENED 1024

/* What was opened since opened->on was set, by any process. */
struct opened {
    bool on;
    size_t n;
    struct {
        char name[64]; /* the last part of the path */
        bool writes;
    } files[MAX_OPENED];
};
static struct opened *opened; /* shared with children */

static void note(const char *path, bool writes)
{
    const char *slash = strrchr(path, '/');

    if (!opened || !opened->on || opened->n == MAX_OPENED)
        return;
    snprintf(opened->files[opened->n].name,
             sizeof opened->files[opened->n].name, "%s",
             slash ? slash + 1 : path);
    opened->files[opened->n++].writes = writes;
}

int __real_open(const char *path, int flags, ...);
int __real_openat(int folder, const char *path, int flags, ...);
FILE *__real_fopen(const char *path, const char *mode);
int __wrap_open(const char *path, int flags, ...);
int __wrap_openat(int folder, const char *path, int flags, ...);
FILE *__wrap_fopen(const char *path, const char *mode);

static mode_t mode_of(int flags, va_list args)
{
    return flags & O_CREAT ? va_arg(args, mode_t) : 0;
}

int __wrap_open(const char *path, int flags, ...)
{
    va_list args;
    mode_t mode;

    va_start(args, flags);
    mode = mode_of(flags, args);
    va_end(args);
    note(path, flags & (O_WRONLY | O_RDWR));
    return __real_open(path, flags, mode);
}

int __wrap_openat(int folder, const char *path, int flags, ...)
{
    va_list args;
    mode_t mode;

    va_start(args, flags);
    mode = mode_of(flags, args);
    va_end(args);
    note(path, flags & (O_WRONLY | O_RDWR));
    return __real_openat(folder, path, flags, mode);
}

FILE *__wrap_fopen(const char *path, const char *mode)
{
    note(path, *mode != 'r');
    return __real_fopen(path, mode);
}

/* How often a file was opened for reading, or for writing. */
static int times(const char *name, bool writes)
{
    int n = 0;

    for (size_t i = 0; i < opened->n; i++)
        n += strcmp(opened->files[i].name, name) == 0 &&
             opened->files[i].writes == writes;
    return n;
}

/* Files that were written and then opened for reading. */
static int read_back(void)
{
    int n = 0;

    for (size_t i = 0; i < opened->n; i++) {
        const char *name = opened->files[i].name;

        if (opened->files[i].writes || !times(name, true))
            continue;
        printf("# %s was read back\n", name);
        n++;
    }
    return n;
}

static char top[4096]; /* a fresh folder for each test */

static void set_up(void)
{
    const char *tmp = getenv("TMPDIR");

    snprintf(top, sizeof top, "%s/transect-once-XXXXXX",
             tmp && *tmp ? tmp : "/tmp");
    if (!mkdtemp(top)) {
        perror(top);
        exit(1);
    }
    opened = mmap(NULL, sizeof *opened, PROT_READ | PROT_WRITE,
                  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (opened == MAP_FAILED)
        exit(1);
}

static void tear_down(void)
{
    munmap(opened, sizeof *opened);
    opened = NULL;
    CU_ASSERT_EQUAL(folder_remove(AT_FDCWD, top), 0);
}

/* In a process of its own: a run takes signals and standard output. */
static int run_child(char *file, char *results)
{
    char *argv[] = {(char *)"run", file, (char *)"--quiet",
                    (char *)"--output", results, NULL};
    int status = -1;
    pid_t child;

    fflush(stdout);
    child = fork();
    if (child == 0) {
        optind = 0;
        opened->on = true;
        _exit(cmd_run(5, argv));
    }
    waitpid(child, &status, 0);
    return status;
}

/* Runs a model of the source folder; the results go to `top`. */
static void run_model(const char *model, const char *more)
{
    char *file = mem_path(top, "x.ini"), *results = mem_path(top, "x");
    char *text = mem_printf("[model]\npath = %s/%s\n%s"
                            "[plugin layerwise-stats]\n"
                            "[plugin head-scorer]\n[plugin perplexity]\n"
                            "[variant head]\npruner.heads = L1H1\n",
                            getenv("srcdir"), model, more);

    test_write(file, text, strlen(text));
    CU_ASSERT_EQUAL(run_child(file, results), 0);
    free(text);
    free(file);
    free(results);
}

/* False where open() has another name, as with 64-bit offsets on 32 bits. */
static bool is_seen(void)
{
    if (times("x.ini", false) == 1)
        return true;
    test_skip("opened files are not seen here");
    return false;
}

static void test_folder(void)
{
    run_model("models/demo", "[input]\ntext = Summer is warm.\n");
    if (!is_seen())
        return;
    CU_ASSERT_EQUAL(times("config.json", false), 1);
    CU_ASSERT_EQUAL(times("model.safetensors", false), 1);
    CU_ASSERT_EQUAL(times("vocab.json", false), 1);
    CU_ASSERT_EQUAL(times("merges.txt", false), 1);
    CU_ASSERT_EQUAL(times("tokenizer_config.json", false), 1);
    CU_ASSERT_EQUAL(times("layers.csv", true), 3); /* and a comparison */
    CU_ASSERT_EQUAL(times("report.html", true), 1);
    CU_ASSERT_EQUAL(read_back(), 0);
}

static void test_gguf(void)
{
    run_model("tests/data/mistral-0.gguf",
              "[input]\nids = 5 6 7 8 9 10 11 12\nlength = 4\n");
    if (!is_seen())
        return;
    CU_ASSERT_EQUAL(times("mistral-0.gguf", false), 1);
    CU_ASSERT_EQUAL(read_back(), 0);
}

/* An isolated plugin and checkpoints open no more. */
static void test_isolated(void)
{
    run_model("models/demo", "[input]\ntext = Summer is warm.\n"
              "[run]\ncheckpoint = 1\n"
              "[plugin svd-alignment]\nisolation = process\n");
    if (!is_seen())
        return;
    CU_ASSERT_EQUAL(times("config.json", false), 1);
    CU_ASSERT_EQUAL(times("model.safetensors", false), 1);
    CU_ASSERT_EQUAL(times("vocab.json", false), 1);
}

CU_ErrorCode add_open_once_tests(void)
{
    CU_pSuite suite = CU_add_suite_with_setup_and_teardown(
        "open once", NULL, NULL, set_up, tear_down);

    CU_add_test(suite, "a folder", test_folder);
    CU_add_test(suite, "a GGUF file", test_gguf);
    CU_add_test(suite, "with isolation and checkpoints", test_isolated);
    return CU_get_error();
}
