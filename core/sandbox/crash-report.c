/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* crash-report.c - names the plugin whose callback was running at a crash. */
#include "sandbox/crash-report.h"

#include "base/interrupt.h"
#include "base/mapped-file.h"
#include "base/process.h"
#include "sandbox/guard-pages.h"
#include "sandbox/stdio-capture.h"

#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

static struct crash_place own;
_Thread_local struct crash_place *crash_now = &own;
static _Thread_local struct crash_place of_thread;

#ifndef TRANSECT_SANITIZED
static _Thread_local char stack_of_thread[32 * 1024];
static _Thread_local stack_t stack_before;
#endif

void crash_enter(const char *plugin, const char *variant,
                 const char *callback)
{
    crash_now->variant = variant;
    crash_now->callback = callback;
    crash_now->layer = crash_now->head = -1;
    crash_now->event = 0;
    crash_now->plugin = plugin;
}

void crash_leave(void)
{
    crash_now->plugin = NULL;
}

void crash_begin_thread(void)
{
#ifndef TRANSECT_SANITIZED
    const stack_t alternate = {.ss_sp = stack_of_thread,
                               .ss_size = sizeof stack_of_thread};

    sigaltstack(&alternate, &stack_before);
#endif
    crash_now = &of_thread;
}

void crash_end_thread(void)
{
#ifndef TRANSECT_SANITIZED
    sigaltstack(&stack_before, NULL);
#endif
}

/* stdio may not be used in a signal handler: the line is built by hand. */
struct line {
    char text[1024];
    size_t n;
};

static void put(struct line *line, const char *text)
{
    /* The last byte is kept for the line feed. */
    while (*text && line->n < sizeof line->text - 1)
        line->text[line->n++] = *text++;
}

static void put_number(struct line *line, const char *before, int number)
{
    char digits[16];
    size_t i = sizeof digits - 1;

    digits[i] = '\0';
    do {
        digits[--i] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    put(line, before);
    put(line, digits + i);
}

static void put_place(struct line *line)
{
    put(line, crash_now->survey ? " in the survey's " : " in ");
    put(line, crash_now->event ? "event " : "");
    put(line, crash_now->callback);
    if (crash_now->layer >= 0)
        put_number(line, " of layer ", crash_now->layer);
    if (crash_now->head >= 0)
        put_number(line, ", head ", crash_now->head);
}

void crash_share(void)
{
    void *shared = crash_now;

    if (crash_now == &own)
        shared = mmap(NULL, sizeof own, PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        return;
    crash_now = shared;
    *crash_now = own;
}

void crash_where(char *text, size_t size)
{
    struct line line = {.n = 0};

    if (crash_now->plugin)
        put_place(&line);
    line.text[line.n] = '\0';
    snprintf(text, size, "%s", line.text);
}

/* On a terminal the progress line is cleared first. */
static const char *volatile line_start = "";
static volatile int report = STDERR_FILENO;

/* One line; number, if it is not 0, and why, if it is not NULL, follow what
 * happened. For signal handlers. */
static void write_line(const char *what, int number, const char *why)
{
    struct line line = {.n = 0};

    put(&line, line_start);
    put(&line, "transect: ");
    if (crash_now->plugin) {
        put(&line, "plugin ");
        put(&line, crash_now->plugin);
        if (crash_now->variant) {
            put(&line, ", variant ");
            put(&line, crash_now->variant);
        }
        put(&line, ": ");
    }
    if (number)
        put_number(&line, what, number);
    else
        put(&line, what);
    if (crash_now->plugin)
        put_place(&line);
    if (why) {
        put(&line, ": ");
        put(&line, why);
    }
    line.text[line.n++] = '\n';
    if (write(report, line.text, line.n) < 0)
        line.n = 0; /* nothing more can be done */
}

void crash_report_exit(void)
{
    write_line(crash_now->plugin ? "ended the program"
                                 : "a plugin or a library ended the program",
               0, NULL);
}

/* Blocked until the return; then the default action ends the program. */
static void on_interrupt(int number)
{
    capture_rescue();
    write_line("interrupted by signal ", number, NULL);
    process_end_by(number);
}

void crash_report_interrupts(void)
{
    interrupt_handle(on_interrupt);
}

void crash_report_to(int fd)
{
    line_start = "";
    report = fd;
}

#ifdef TRANSECT_SANITIZED
void crash_report_signals(void)
{
}
#else
static void on_crash(int number, siginfo_t *info, void *context)
{
    const char *fault = guard_fault_text(guard_fault(info->si_addr));

    (void)context;
    if (number == SIGBUS && mapped_file_rescue(info->si_addr))
        return;
    capture_rescue();
    if (number == SIGALRM)
        write_line("did not return in time", 0, NULL);
    else
        write_line("crashed with signal ", number, fault);
    /* Blocked until the return; then the default action ends the program. */
    signal(number, SIG_DFL);
    process_end_by(number);
}

void crash_report_signals(void)
{
    static const int numbers[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT,
                                  SIGALRM};
    /* Handlers run on a stack of their own, since a stack overflow is one of
     * the crashes. */
    static char stack[64 * 1024];
    const stack_t alternate = {.ss_sp = stack, .ss_size = sizeof stack};
    struct sigaction action = {.sa_sigaction = on_crash,
                               .sa_flags = SA_SIGINFO | SA_ONSTACK};

    if (isatty(STDERR_FILENO))
        line_start = "\r\033[K";
    sigemptyset(&action.sa_mask);
    sigaltstack(&alternate, NULL);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        sigaction(numbers[i], &action, NULL);
}
#endif
