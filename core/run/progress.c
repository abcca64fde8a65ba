/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* progress.c - how far a run is, on a terminal. */
#include "run/progress.h"

#include "base/diagnostics.h"
#include "base/text.h"

#include <stdlib.h>
#include <unistd.h>

double progress_seconds_since(const struct timespec *began)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - began->tv_sec) +
           (double)(now.tv_nsec - began->tv_nsec) / 1e9;
}

void progress_begin(struct progress *progress, size_t total, bool quiet)
{
    *progress = (struct progress){
        .shown = !quiet && isatty(fileno(diagnostics_stream())),
        .total = total,
    };
    clock_gettime(CLOCK_MONOTONIC, &progress->began);
}

void progress_step(struct progress *progress, int sample, int n_sample,
                   const char *variant)
{
    bool plain = getenv("NO_COLOR");
    double left = 0;

    if (progress->shown && progress->done)
        left = progress_seconds_since(&progress->began) /
               (double)progress->done *
               (double)(progress->total - progress->done);
    if (progress->shown)
        text_fprintf(
            diagnostics_stream(),
            plain ? "\r\033[Ksample %d of %d, %s%s, %.0f s left"
                  : "\r\033[Ksample %d of %d, %s\033[1m%s\033[0m, %.0f s left",
            sample + 1, n_sample, variant ? "variant " : "",
            variant ? variant : "survey", left);
    progress->done++;
}

void progress_end(struct progress *progress)
{
    if (progress->shown)
        fputs("\r\033[K", diagnostics_stream());
    progress->shown = false;
}
