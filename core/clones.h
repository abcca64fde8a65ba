/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* clones.h - one source, compiled for several instruction sets; the loader
 * picks. */
#ifndef CORE_CLONES_H
#define CORE_CLONES_H

/* The choice runs before a sanitizer's set-up and cannot be instrumented. */
#if defined(__x86_64__) && defined(__GLIBC__) && !defined(__clang__) && \
    __GNUC__ >= 12 && !defined(TRANSECT_SANITIZED) && \
    !defined(__SANITIZE_THREAD__)
#define CLONES \
    __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", \
                                 "default")))
#else
#define CLONES
#endif

#endif
