/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* process.c - processes that end without exit handlers. */
#include "base/process.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#ifdef HAVE_SYS_AUXV_H
#include <sys/auxv.h>
#endif
#include <sys/wait.h>
#include <unistd.h>

#ifdef TRANSECT_COVERED
#include <gcov.h>
#include <time.h>

/* Not made for signal handlers. Where it fails in one, what is lost are
 * counts, of a process that is lost anyway. */
static void save_counts(void)
{
    __gcov_dump();
}

/* Time for it to save its counts: two seconds, for one that hangs. */
static bool ends(pid_t child)
{
    const struct timespec pause = {.tv_nsec = 10000000};

    for (int i = 0; i < 200; i++) {
        if (waitpid(child, NULL, WNOHANG) == child)
            return true;
        nanosleep(&pause, NULL);
    }
    return false;
}
#else
static void save_counts(void)
{
}

static bool ends(pid_t child)
{
    (void)child;
    return false;
}
#endif

/* The lowest free descriptor is the one that was found closed. */
void process_begin(void)
{
    static const int useless[] = {O_WRONLY, O_RDONLY, O_RDONLY};

    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0)
            open("/dev/null", useless[fd]);
    signal(SIGXFSZ, SIG_IGN);
    signal(SIGCHLD, SIG_DFL);
    process_fix_locale();
}

static locale_t c_locale;

static void make_c_locale(void)
{
    c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

/* The locale of a thread goes before that of the process. */
void process_fix_locale(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, make_c_locale);
    uselocale(c_locale);
}

bool process_has_more_rights(void)
{
#if defined(HAVE_GETAUXVAL) && defined(HAVE_SYS_AUXV_H)
    return getauxval(AT_SECURE) != 0;
#elif defined(HAVE_ISSETUGID)
    return issetugid() != 0;
#else
    return geteuid() != getuid() || getegid() != getgid();
#endif
}

static volatile sig_atomic_t ending;

bool process_is_ending(void)
{
    return ending;
}

_Noreturn void process_end(int status)
{
    ending = 1;
    save_counts();
    _exit(status);
}

void process_end_by(int signal_number)
{
    save_counts();
    raise(signal_number);
}

void process_stop(pid_t child)
{
    if (ends(child))
        return;
    kill(child, SIGKILL);
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
        continue;
}
