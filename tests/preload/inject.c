/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* inject.c - to be preloaded: lets one chosen call of the C library fail, or a
 * signal come in its place.
 *
 * INJECT=KIND:N lets the N-th call of a kind fail, counted over all threads;
 * INJECT=KIND:N+ that one and all that follow. A forked process goes on with
 * its parent's count. The kinds are
 *   memory  malloc and its like, mmap                            ENOMEM
 *   write   write, sync, rename, what makes files and folders    ENOSPC
 *   file    open, read, close, duplicate, list, remove           EIO
 *   task    threads, processes, pipes, sockets                   EAGAIN
 * INJECT_SIGNAL=NUMBER lets no call fail: the program itself, and no process
 * that it forked, gets this signal before the call.
 * INJECT_COUNT=FILE has the counts written there when the program ends, a
 * line "KIND N" each. INJECT_SPARE="LIBRARY ..." spares calls within these
 * libraries; INJECT_SPARED=FILE is made if that was so. INJECT_TRACE=FILE gets
 * the functions that the failing call was made by.
 *
 * What the C library calls within itself is not seen, but for allocations:
 * that is why fopen(), fflush() and fclose() are here beside open(), write()
 * and close(). */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#ifdef HAVE_EXECINFO_H
#include <execinfo.h>
#endif

enum kind { MEMORY, WRITE, FILES, TASK, N_KINDS };

static const struct {
    const char *name;
    int error;
} kinds[] = {
    [MEMORY] = {"memory", ENOMEM},
    [WRITE] = {"write", ENOSPC},
    [FILES] = {"file", EIO},
    [TASK] = {"task", EAGAIN},
};

static atomic_long calls[N_KINDS];
static enum kind chosen = N_KINDS;
static long first, last; /* calls that fail */
static int signal_number;
static pid_t program;

/* What dlsym() allocates while it looks for malloc() comes from here. */
static _Alignas(16) char early[4096];
static atomic_size_t early_used;

static void write_counts(void)
{
    const char *path = getenv("INJECT_COUNT");
    FILE *file;
    long counts[N_KINDS];

    for (int i = 0; i < N_KINDS; i++)
        counts[i] = atomic_load(&calls[i]);
    file = path ? fopen(path, "w") : NULL;
    if (!file)
        return;
    for (int i = 0; i < N_KINDS; i++)
        fprintf(file, "%s %ld\n", kinds[i].name, counts[i]);
    fclose(file);
}

/* The file that an environment variable names, to be written; or -1. */
static int file_of(const char *variable)
{
    const char *path = getenv(variable);

    return path ? open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)
                : -1;
}

#if defined HAVE_BACKTRACE && defined HAVE_EXECINFO_H
/* Loads what backtrace() needs, while allocations may still be made. */
static void prepare(void)
{
    void *frame;

    backtrace(&frame, 1);
}

/* Is "libNAME.so..." at `path` one of "libNAME libNAME"? */
static bool is_one_of(const char *path, const char *names)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    size_t length = strcspn(name, ".");

    for (; *names; names += strcspn(names, " "), names += *names == ' ')
        if (strcspn(names, " ") == length &&
            strncmp(names, name, length) == 0)
            return true;
    return false;
}

/* Is the call, or a caller of it, in one of the libraries? */
static bool is_within(const char *names)
{
    void *frames[64];
    int n = backtrace(frames, 64);
    Dl_info info;

    for (int i = 0; i < n; i++)
        if (dladdr(frames[i], &info) && info.dli_fname &&
            is_one_of(info.dli_fname, names))
            return true;
    return false;
}

static void trace(void)
{
    void *frames[64];
    int n = backtrace(frames, 64), fd = file_of("INJECT_TRACE");

    if (fd < 0)
        return;
    backtrace_symbols_fd(frames, n, fd);
    close(fd);
}

#else
static void prepare(void)
{
}

static bool is_within(const char *names)
{
    (void)names;
    return false;
}

static void trace(void)
{
}
#endif

__attribute__((constructor)) static void begin(void)
{
    const char *text = getenv("INJECT"), *colon;
    char *end;

    prepare();
    program = getpid();
    colon = text ? strchr(text, ':') : NULL;
    if (!colon)
        return;
    first = strtol(colon + 1, &end, 10);
    last = *end == '+' ? LONG_MAX : first;
    if (getenv("INJECT_SIGNAL"))
        signal_number = atoi(getenv("INJECT_SIGNAL"));
    for (int i = 0; i < N_KINDS; i++)
        if (strncmp(text, kinds[i].name, (size_t)(colon - text)) == 0) {
            atomic_store(&calls[i], 0);
            chosen = (enum kind)i;
        }
}

static bool spare(void)
{
    const char *libraries = getenv("INJECT_SPARE");
    int fd;

    if (!libraries || !is_within(libraries))
        return false;
    fd = file_of("INJECT_SPARED");
    if (fd >= 0)
        close(fd);
    return true;
}

/* Is this call one of those chosen? Its own calls are not. */
static bool is_chosen(enum kind kind)
{
    static _Thread_local bool busy;
    long number = atomic_fetch_add(&calls[kind], 1) + 1;
    bool yes = kind == chosen && number >= first && number <= last && !busy;

    if (!yes)
        return false;
    busy = true;
    if (signal_number && getpid() == program)
        kill(program, signal_number);
    yes = !signal_number && !spare();
    if (yes)
        trace();
    busy = false;
    return yes;
}

static bool fails(enum kind kind)
{
    if (!is_chosen(kind))
        return false;
    errno = kinds[kind].error;
    return true;
}

static void *take_early(size_t size)
{
    size_t at = atomic_fetch_add(&early_used, (size + 15) / 16 * 16);

    return at + size <= sizeof early ? early + at : NULL;
}

static bool is_early(const void *memory)
{
    return (uintptr_t)memory - (uintptr_t)early < sizeof early;
}

/* The function that the name would be without this file. */
#define NEXT(name)                                                          \
    static __typeof__(name) *next;                                          \
    if (!next)                                                              \
        *(void **)&next = dlsym(RTLD_NEXT, #name)

/* A function of which the chosen call returns `failure` instead. */
#define WRAP(kind, type, failure, name, parameters, ...)                    \
    type name parameters                                                    \
    {                                                                       \
        NEXT(name);                                                         \
        return fails(kind) ? failure : next(__VA_ARGS__);                   \
    }

static _Thread_local bool looking;

void *malloc(size_t size)
{
    static void *(*next)(size_t);

    if (looking)
        return take_early(size);
    if (!next) {
        looking = true;
        *(void **)&next = dlsym(RTLD_NEXT, "malloc");
        looking = false;
    }
    return fails(MEMORY) ? NULL : next(size);
}

void *calloc(size_t n, size_t size)
{
    static void *(*next)(size_t, size_t);

    if (looking)
        return take_early(n * size); /* zeroed, since never used before */
    if (!next) {
        looking = true;
        *(void **)&next = dlsym(RTLD_NEXT, "calloc");
        looking = false;
    }
    return fails(MEMORY) ? NULL : next(n, size);
}

void free(void *memory)
{
    NEXT(free);
    if (!is_early(memory))
        next(memory);
}

WRAP(MEMORY, void *, NULL, realloc, (void *old, size_t size), old, size)
WRAP(MEMORY, void *, NULL, aligned_alloc, (size_t align, size_t size), align,
     size)
WRAP(MEMORY, int, ENOMEM, posix_memalign,
     (void **memory, size_t align, size_t size), memory, align, size)
WRAP(MEMORY, void *, MAP_FAILED, mmap,
     (void *at, size_t size, int protection, int flags, int fd, off_t offset),
     at, size, protection, flags, fd, offset)

WRAP(WRITE, ssize_t, -1, write, (int fd, const void *bytes, size_t n), fd,
     bytes, n)
WRAP(WRITE, ssize_t, -1, pwrite,
     (int fd, const void *bytes, size_t n, off_t at), fd, bytes, n, at)
/* Messages come through, as they do on a terminal. */
size_t fwrite(const void *bytes, size_t size, size_t n, FILE *file)
{
    NEXT(fwrite);
    return file != stderr && fails(WRITE) ? 0 : next(bytes, size, n, file);
}

WRAP(WRITE, int, EOF, fflush, (FILE *file), file)
WRAP(WRITE, int, -1, fsync, (int fd), fd)
WRAP(WRITE, int, -1, ftruncate, (int fd, off_t size), fd, size)
WRAP(WRITE, int, -1, rename, (const char *from, const char *to), from, to)
WRAP(WRITE, int, -1, renameat,
     (int from_fd, const char *from, int to_fd, const char *to), from_fd,
     from, to_fd, to)
#ifdef HAVE_RENAMEAT2
WRAP(WRITE, int, -1, renameat2,
     (int from_fd, const char *from, int to_fd, const char *to,
      unsigned flags), from_fd, from, to_fd, to, flags)
#endif
WRAP(WRITE, int, -1, linkat,
     (int from_fd, const char *from, int to_fd, const char *to, int flags),
     from_fd, from, to_fd, to, flags)
WRAP(WRITE, int, -1, mkdir, (const char *name, mode_t mode), name, mode)
WRAP(WRITE, int, -1, mkdirat, (int fd, const char *name, mode_t mode), fd,
     name, mode)
WRAP(WRITE, FILE *, NULL, tmpfile, (void), )

/* Opening fails as writing does where it would make a file. */
#define WRAP_OPEN(name, parameters, ...)                                    \
    int name parameters                                                     \
    {                                                                       \
        mode_t mode = 0;                                                    \
        va_list args;                                                       \
        NEXT(name);                                                         \
        va_start(args, flags);                                              \
        if (flags & O_CREAT)                                                \
            mode = va_arg(args, mode_t);                                    \
        va_end(args);                                                       \
        return fails(flags & O_CREAT ? WRITE : FILES)                       \
                   ? -1 : next(__VA_ARGS__, mode);                          \
    }

WRAP_OPEN(open, (const char *name, int flags, ...), name, flags)
WRAP_OPEN(openat, (int fd, const char *name, int flags, ...), fd, name, flags)
WRAP(FILES, FILE *, NULL, fopen, (const char *name, const char *mode), name,
     mode)
WRAP(FILES, FILE *, NULL, fdopen, (int fd, const char *mode), fd, mode)
WRAP(FILES, DIR *, NULL, opendir, (const char *name), name)
WRAP(FILES, DIR *, NULL, fdopendir, (int fd), fd)
WRAP(FILES, ssize_t, -1, read, (int fd, void *bytes, size_t n), fd, bytes, n)
WRAP(FILES, ssize_t, -1, pread, (int fd, void *bytes, size_t n, off_t at), fd,
     bytes, n, at)
WRAP(FILES, int, -1, fstat, (int fd, struct stat *info), fd, info)
WRAP(FILES, int, -1, dup, (int fd), fd)
WRAP(FILES, int, -1, dup2, (int from, int to), from, to)
WRAP(FILES, int, -1, unlinkat, (int fd, const char *name, int flags), fd,
     name, flags)

/* These two have closed what they failed to close well, as the kernel does. */
int close(int fd)
{
    NEXT(close);
    if (!fails(FILES))
        return next(fd);
    next(fd);
    errno = EIO;
    return -1;
}

int fclose(FILE *file)
{
    NEXT(fclose);
    if (!fails(FILES))
        return next(file);
    next(file);
    errno = EIO;
    return EOF;
}

WRAP(TASK, int, EAGAIN, pthread_create,
     (pthread_t *thread, const pthread_attr_t *how, void *(*start)(void *),
      void *argument), thread, how, start, argument)
WRAP(TASK, pid_t, -1, fork, (void), )
WRAP(TASK, int, -1, pipe, (int fds[2]), fds)
WRAP(TASK, int, -1, socketpair, (int domain, int type, int protocol,
                                 int fds[2]), domain, type, protocol, fds)

/* The way on which the program ends; handlers of exit() may not be run. */
void _exit(int status)
{
    NEXT(_exit);
    if (getpid() == program)
        write_counts();
    next(status);
    abort();
}
