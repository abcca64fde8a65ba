/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-read-file.c - files that are read: what is refused, what a change of
 * them is noticed by, and what becomes of a mapped one that is cut short. */
#include "tests.h"

#include "base/file-digests.h"
#include "base/folder.h"
#include "base/mapped-file.h"
#include "base/mem.h"
#include "base/process.h"
#include "base/read-file.h"
#include "sandbox/crash-report.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char dir[] = "/tmp/transect-read-XXXXXX";
static char *path;
static struct error err;

static void set_up(void)
{
    if (!path && !mkdtemp(dir))
        exit(1);
    mkdir(dir, 0700);
    path = mem_path(dir, "file");
    test_write(path, "some bytes", 10);
    err = (struct error){0};
}

static void tear_down(void)
{
    folder_remove(AT_FDCWD, dir);
    free(path);
}

/* Reads the file as a run does. */
static void read_it(void)
{
    char *bytes = NULL;
    size_t size = 0;

    CU_ASSERT_EQUAL_FATAL(read_file(path, &bytes, &size, &err), ST_OK);
    CU_ASSERT_EQUAL(size, 10);
    CU_ASSERT_EQUAL(memcmp(bytes, "some bytes", 11), 0);
    free(bytes);
}

static void refuse(const char *why)
{
    char *bytes;
    size_t size;

    CU_ASSERT_EQUAL(read_file(path, &bytes, &size, &err), ST_DATA);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, why));
    CU_ASSERT_EQUAL(strncmp(err.text, path, strlen(path)), 0);
}

static void changed(const char *why)
{
    CU_ASSERT_EQUAL(file_watch_check(&err), ST_DATA);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, why));
    CU_ASSERT_EQUAL(strncmp(err.text, path, strlen(path)), 0);
}

static void test_unchanged(void)
{
    file_watch_begin();
    read_it();
    CU_ASSERT_EQUAL(file_watch_check(&err), ST_OK);
    file_watch_begin();
    unlink(path);
    CU_ASSERT_EQUAL(file_watch_check(&err), ST_OK);
}

/* Writes a byte; size and time of the contents are what they were. */
static void overwrite(void)
{
    struct stat info;
    int fd = open(path, O_WRONLY);

    CU_ASSERT_EQUAL(fstat(fd, &info), 0);
    CU_ASSERT_EQUAL(pwrite(fd, "S", 1, 0), 1);
    CU_ASSERT_EQUAL(futimens(fd, (struct timespec[]){info.st_atim,
                                                     info.st_mtim}), 0);
    close(fd);
}

/* Files keep their times in steps of up to some milliseconds. */
static void next_step(void)
{
    usleep(50000);
}

static void test_overwritten(void)
{
    file_watch_begin();
    read_it();
    next_step();
    overwrite();
    changed("was changed while it was in use");
}

static void test_replaced(void)
{
    char *aside = mem_path(dir, "aside");

    file_watch_begin();
    read_it();
    test_write(aside, "some bytes", 10);
    CU_ASSERT_EQUAL(rename(aside, path), 0);
    changed("was changed while it was in use");
    unlink(path);
    changed("not any more");
    free(aside);
}

static void test_mapped_is_watched(void)
{
    struct mapped_file mapping;

    file_watch_begin();
    CU_ASSERT_EQUAL_FATAL(mapped_file_open(path, &mapping, &err), ST_OK);
    CU_ASSERT_EQUAL(file_watch_check(&err), ST_OK);
    next_step();
    overwrite();
    changed("was changed while it was in use");
    mapped_file_close(&mapping);
}

static void test_no_regular_file(void)
{
    struct mapped_file mapping;

    unlink(path);
    CU_ASSERT_EQUAL(mkfifo(path, 0600), 0);
    refuse("is not a regular file");
    CU_ASSERT_EQUAL(mapped_file_open(path, &mapping, &err), ST_DATA);
    unlink(path);
    CU_ASSERT_EQUAL(symlink("/dev/zero", path), 0);
    refuse("is not a regular file");
    unlink(path);
    CU_ASSERT_EQUAL(symlink(dir, path), 0);
    refuse("is not a regular file");
}

static void test_too_large(void)
{
    char *bytes;
    size_t size;

    CU_ASSERT_EQUAL(truncate(path, ((off_t)1 << 30) + 1), 0);
    refuse("has more than 1073741824 bytes");
    CU_ASSERT_EQUAL(truncate(path, 10), 0);
    CU_ASSERT_EQUAL(read_unwatched(path, 9, &bytes, &size, &err), ST_DATA);
    CU_ASSERT_EQUAL_FATAL(read_unwatched(path, 10, &bytes, &size, &err),
                          ST_OK);
    free(bytes);
}

/* A file of the user's that has the name of a temporary one stays. */
static void test_replacing(void)
{
    char *name = mem_printf(".file.partial-%ld-0", (long)getpid());
    char *taken = mem_path(dir, name);
    int folder = open(dir, O_RDONLY | O_DIRECTORY);
    char *bytes;
    size_t size;

    test_write(taken, "mine", 4);
    CU_ASSERT_EQUAL(folder_replace(folder, "file", "new", 3), 0);
    close(folder);
    CU_ASSERT_EQUAL_FATAL(read_file(taken, &bytes, &size, &err), ST_OK);
    CU_ASSERT_STRING_EQUAL(bytes, "mine");
    free(bytes);
    CU_ASSERT_EQUAL_FATAL(read_file(path, &bytes, &size, &err), ST_OK);
    CU_ASSERT_STRING_EQUAL(bytes, "new");
    free(bytes);
    free(taken);
    free(name);
}

/* What stands for it meanwhile has a name that is no longer. */
static void test_long_name(void)
{
    char *name = mem_printf("x%0254d", 0);
    int folder = open(dir, O_RDONLY | O_DIRECTORY);

    for (size_t i = 1; i < 255; i++)
        name[i] = i % 2 ? '\xc3' : '\xa4';
    CU_ASSERT_EQUAL(folder_replace(folder, name, "new", 3), 0);
    CU_ASSERT_EQUAL(faccessat(folder, name, F_OK, 0), 0);
    close(folder);
    free(name);
}

/* A file that does not fit into memory is named, and not read. */
#ifdef TRANSECT_SANITIZED
static void test_no_room(void)
{
    test_skip("the sanitizers end a program that asks for so much");
}
#else
static void test_no_room(void)
{
    const off_t size = (off_t)1 << 43;
    char *bytes;
    size_t n;

    if (truncate(path, size) != 0 || mem_have((size_t)size)) {
        test_skip("no file is too large here");
        return;
    }
    CU_ASSERT_EQUAL(read_unwatched(path, SIZE_MAX, &bytes, &n, &err),
                    ST_FAILED);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, path));
    CU_ASSERT_PTR_NOT_NULL(
        strstr(err.text, ": there is no memory for its 8796093022208 bytes"));
}
#endif

#ifdef TRANSECT_SANITIZED
static void test_cut_short(void)
{
    test_skip("the sanitizers have handlers of their own");
}
#else
enum { LARGE = 8 << 20 };

static void *sum(void *context)
{
    const struct mapped_file *mapping = context;
    size_t total = 0;

    for (size_t i = 512; i < mapping->size; i += 512)
        total += mapping->bytes[i];
    return total == 0 ? context : NULL;
}

/* In a process of its own, which gets handlers. Returns how many of the ways
 * to read what is lost go wrong. */
static int read_lost(struct mapped_file *mapping)
{
    struct file_digests *digests = file_digests_new(mapping, 1);
    void *result = NULL;
    pthread_t thread;
    int wrong = 0;

    crash_report_signals();
    file_digests_start(digests);
    wrong += file_digests_finish(digests, &err) != ST_OK;
    wrong += pthread_create(&thread, NULL, sum, mapping) != 0;
    pthread_join(thread, &result);
    wrong += result != mapping; /* zeros */
    wrong += sum(mapping) != mapping;
    wrong += mapped_file_check(&err) != ST_DATA;
    file_digests_free(digests);
    return wrong;
}

static void test_cut_short(void)
{
    struct mapped_file mapping;
    int how = -1;
    pid_t child;

    CU_ASSERT_EQUAL(truncate(path, LARGE), 0);
    CU_ASSERT_EQUAL_FATAL(mapped_file_open(path, &mapping, &err), ST_OK);
    CU_ASSERT_EQUAL(mapped_file_check(&err), ST_OK);
    CU_ASSERT_EQUAL(truncate(path, LARGE / 2), 0);
    fflush(NULL);
    child = fork();
    if (child == 0)
        process_end(read_lost(&mapping));
    CU_ASSERT_EQUAL(waitpid(child, &how, 0), child);
    CU_ASSERT_EQUAL(how, 0);
    /* What the child lost is known here. */
    CU_ASSERT_EQUAL(mapped_file_check(&err), ST_DATA);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "cut short"));
    CU_ASSERT_EQUAL(strncmp(err.text, path, strlen(path)), 0);
    CU_ASSERT_FALSE(mapped_file_rescue(&mapping));
    mapped_file_close(&mapping);
    CU_ASSERT_EQUAL(mapped_file_check(&err), ST_OK);
}
#endif

CU_ErrorCode add_read_file_tests(void)
{
    CU_pSuite suite = CU_add_suite_with_setup_and_teardown(
        "files that are read", NULL, NULL, set_up, tear_down);

    if (!suite ||
        !CU_add_test(suite, "one that stays", test_unchanged) ||
        !CU_add_test(suite, "overwritten in place", test_overwritten) ||
        !CU_add_test(suite, "replaced and removed", test_replaced) ||
        !CU_add_test(suite, "mapped and overwritten",
                     test_mapped_is_watched) ||
        !CU_add_test(suite, "pipes, devices, folders",
                     test_no_regular_file) ||
        !CU_add_test(suite, "too large", test_too_large) ||
        !CU_add_test(suite, "a temporary name that is taken",
                     test_replacing) ||
        !CU_add_test(suite, "a long name", test_long_name) ||
        !CU_add_test(suite, "larger than memory", test_no_room) ||
        !CU_add_test(suite, "mapped and cut short", test_cut_short))
        return CU_get_error();
    return CUE_SUCCESS;
}
