/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* trial.c - work with a plugin in a forked process, which may crash, hang or
 * end itself. */
#include "sandbox/trial.h"

#include "base/mem.h"
#include "base/process.h"
#include "sandbox/crash-report.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE 2 /* seconds beyond the child's own alarm */

static bool write_all(int fd, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t n = write(fd, bytes, size);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        bytes += n;
        size -= (size_t)n;
    }
    return true;
}

/* The answer comes last: a child that ended on the way has given none. A
 * crash writes its report there. */
_Noreturn static void child(trial_fn *work, void *user, int seconds, int fd)
{
    int nowhere = open("/dev/null", O_RDWR);
    char *words = NULL, answer;
    bool written;

    if (nowhere < 0 || dup2(nowhere, STDOUT_FILENO) < 0 ||
        dup2(nowhere, STDERR_FILENO) < 0)
        process_end(1);
    signal(SIGINT, SIG_DFL);
    crash_report_signals();
    crash_report_to(fd);
    alarm((unsigned)seconds);
    answer = work(user, &words);
    alarm(0);
    written = write_all(fd, &answer, 1) &&
              (!words || write_all(fd, words, strlen(words)));
    free(words);
    process_end(!written);
}

/* Milliseconds that are left until then. */
static int left(const struct timespec *until)
{
    struct timespec now;
    long long ms;

    clock_gettime(CLOCK_MONOTONIC, &now);
    ms = (until->tv_sec - now.tv_sec) * 1000LL +
         (until->tv_nsec - now.tv_nsec) / 1000000;
    return ms > 0 ? (int)ms : 0;
}

/* What the child writes until it ends, closed by a NUL; *late: it has not. */
static char *listen(int fd, int seconds, bool *late)
{
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    struct timespec until;
    char *text = NULL;
    size_t n = 0, room = 0;
    ssize_t got = 1;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += seconds + PATIENCE;
    while (got != 0) {
        int events = poll(&ready, 1, left(&until));

        if (events == 0)
            break;
        if (room - n < 4096)
            text = mem_grow(text, room = 2 * room + 8192, 1);
        got = events < 0 ? -1 : read(fd, text + n, room - n - 1);
        if (got < 0 && errno != EINTR)
            break;
        n += got > 0 ? (size_t)got : 0;
    }
    *late = got != 0;
    text = mem_grow(text, n + 1, 1);
    text[n] = '\0';
    return text;
}

/* How a child without an answer ended; `text` is the report of a crash. */
static char *reason(char *text, bool late, int status)
{
    static const char prefix[] = "transect: ";
    char where[300];

    text[strcspn(text, "\n")] = '\0';
    if (strncmp(text, prefix, sizeof prefix - 1) == 0)
        return mem_strdup(text + sizeof prefix - 1);
    crash_where(where, sizeof where);
    if (late)
        return mem_printf("did not return in time%s", where);
    if (WIFSIGNALED(status))
        return mem_printf("ended by signal %d (%s)%s", WTERMSIG(status),
                          strsignal(WTERMSIG(status)), where);
    return mem_printf("ended its process with status %d%s",
                      WEXITSTATUS(status), where);
}

/* As fork(), with a pipe that processes of other programs do not get. */
static pid_t fork_with_pipe(int ends[2])
{
    pid_t pid;
    int saved;

    if (pipe(ends) != 0)
        return -1;
    fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    fcntl(ends[1], F_SETFD, FD_CLOEXEC);
    pid = fork();
    if (pid >= 0)
        return pid;
    saved = errno;
    close(ends[0]);
    close(ends[1]);
    errno = saved;
    return -1;
}

char trial_run(trial_fn *work, void *user, int seconds, char **words)
{
    char *text, answer;
    int ends[2], status = 0;
    bool late;
    pid_t pid;

    crash_share();
    fflush(NULL); /* or it would be written twice */
    pid = fork_with_pipe(ends);
    if (pid < 0) {
        *words = mem_printf("cannot start a process: %s", strerror(errno));
        crash_leave();
        return 0;
    }
    if (pid == 0) {
        close(ends[0]);
        child(work, user, seconds, ends[1]);
    }
    close(ends[1]);
    text = listen(ends[0], seconds, &late);
    close(ends[0]);
    if (late)
        kill(pid, SIGKILL);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    answer = *text >= '0' && *text <= '9' ? *text : 0;
    *words = answer ? mem_strdup(text + 1) : reason(text, late, status);
    crash_leave();
    free(text);
    return answer;
}
