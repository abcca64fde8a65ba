/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* file-digests.c - SHA-256 of mapped files, beside other work. */
#include "base/file-digests.h"

#include "base/interrupt.h"
#include "base/mem.h"
#include "base/sha256.h"

#include <nettle/sha2.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

/* Between two looks at whether to stop: about a millisecond. */
#define CHUNK ((size_t)1 << 20)

struct file_digests {
    const struct mapped_file *files; /* (n) */
    size_t n;
    char (*hex)[65]; /* (n), of files before `file` */
    /* Where the work stands; the thread's until it is joined. */
    struct sha256_ctx sha; /* of the first `at` bytes of files[file] */
    size_t file, at;
    bool running;
    atomic_bool stopping;
    pthread_t thread;
};

struct file_digests *file_digests_new(const struct mapped_file *files,
                                      size_t n)
{
    struct file_digests *digests = mem_new(1, sizeof *digests);

    digests->files = files;
    digests->n = n;
    digests->hex = mem_new(n, sizeof *digests->hex);
    sha256_init(&digests->sha);
    return digests;
}

/* What was hashed need not stay in this process, whose buffers lie beside it;
 * whoever wants it again finds it in the system's cache. Else all of the files
 * would be in memory at once, what no pass looks at, too. Chunks begin where
 * pages do. */
static void let_go(const struct mapped_file *file, size_t at, size_t n)
{
#ifdef MADV_DONTNEED
    madvise((char *)file->bytes + at, n, MADV_DONTNEED);
#else
    (void)file;
    (void)at;
    (void)n;
#endif
}

/* The next chunk. */
static void step(struct file_digests *digests)
{
    const struct mapped_file *file = &digests->files[digests->file];
    size_t left = file->size - digests->at;
    size_t n = left < CHUNK ? left : CHUNK;

    if (n > 0) {
        sha256_update(&digests->sha, n, file->bytes + digests->at);
        let_go(file, digests->at, n);
    }
    digests->at += n;
    if (digests->at == file->size) {
        sha256_hex(&digests->sha, digests->hex[digests->file++]);
        sha256_init(&digests->sha);
        digests->at = 0;
    }
}

/* The lowest priority: the threads of a pass share its work in equal parts, so
 * that one of them that has to share its core holds up all. What is hashed so
 * is in their gaps, and where the program has only one thread. On Linux a
 * thread has a priority of its own; elsewhere it stays as it is, which costs
 * time alone. */
static void lower_priority(void)
{
#ifdef HAVE_GETTID
    setpriority(PRIO_PROCESS, (id_t)gettid(), 19);
#endif
}

static void *work(void *context)
{
    struct file_digests *digests = context;

    lower_priority();
    while (digests->file < digests->n && !atomic_load(&digests->stopping))
        step(digests);
    return NULL;
}

/* Signals from outside are the main thread's. SIGBUS is the one that a file
 * that is cut short raises here; see mapped-file.h. */
void file_digests_start(struct file_digests *digests)
{
    sigset_t all, old;

    sigfillset(&all);
    sigdelset(&all, SIGBUS);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    digests->running = pthread_create(&digests->thread, NULL, work,
                                      digests) == 0;
    pthread_sigmask(SIG_SETMASK, &old, NULL);
}

static void stop(struct file_digests *digests)
{
    if (!digests->running)
        return;
    atomic_store(&digests->stopping, true);
    pthread_join(digests->thread, NULL);
    digests->running = false;
}

/* The calling thread would only wait for the other: it goes on itself, and
 * looks for signals, which it gets. */
int file_digests_finish(struct file_digests *digests, struct error *err)
{
    stop(digests);
    while (digests->file < digests->n && !interrupt_signal)
        step(digests);
    return digests->file < digests->n ? interrupt_check(err) : ST_OK;
}

const char *file_digests_hex(const struct file_digests *digests, size_t i)
{
    return digests->hex[i];
}

void file_digests_free(struct file_digests *digests)
{
    if (!digests)
        return;
    stop(digests);
    free(digests->hex);
    free(digests);
}
