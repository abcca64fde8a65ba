/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/*
 * layout11.h - where every member lies that ABI 1.1 added, on machines of 64
 * bits; beside layout.h, and to be used like it.
 */
#ifndef TESTS_ABI_LAYOUT11_H
#define TESTS_ABI_LAYOUT11_H

#include <transect/figure.h>
#include <transect/linalg.h>
#include <transect/model.h>
#include <transect/plugin.h>
#include <transect/reduce.h>
#include <transect/state.h>
#include <transect/survey.h>
#include <transect/text.h>
#include <transect/verdict.h>
#include <transect/workers.h>

#if UINTPTR_MAX == UINT64_MAX

#define AT(type, member, offset)                                            \
    _Static_assert(offsetof(struct type, member) == (offset),               \
                   #type "." #member " has moved")
#if TRANSECT_ABI_MINOR == 1
#define ROOM(type, size)                                                    \
    _Static_assert(sizeof(struct type) == (size), #type " must not grow")
#else
#define ROOM(type, size)                                                    \
    _Static_assert(sizeof(struct type) >= (size), #type " has shrunk")
#endif

AT(transect_model, family, 48);
AT(transect_model, norm_epsilon, 56);
AT(transect_model, score_scale, 64);
AT(transect_model, score_cap, 72);
AT(transect_model, logit_cap, 80);
AT(transect_model, rotary_base, 88);
AT(transect_model, rotary_kind, 96);
AT(transect_model, rotary_dims, 100);
AT(transect_model, norm_kind, 104);
AT(transect_model, traits, 108);
ROOM(transect_model, 112);

AT(transect_event, user, 80);
ROOM(transect_event, 88);

AT(transect_subscription, user, 64);
AT(transect_subscription, position, 72);
ROOM(transect_subscription, 80);

AT(transect_host, fail_text, 152);
AT(transect_host, say_text, 160);
AT(transect_host, log, 168);
AT(transect_host, log_text, 176);
AT(transect_host, alloc, 184);
AT(transect_host, get_enum, 192);
AT(transect_host, user, 200);
AT(transect_host, point_name, 208);
AT(transect_host, point_by_name, 216);
ROOM(transect_host, 224);

AT(transect_plugin, user, 136);
ROOM(transect_plugin, 144);

AT(transect_reduce_host, top, 16);
AT(transect_reduce_host, median, 24);
ROOM(transect_reduce_host, 32);

AT(transect_state, merge_own, 32);
ROOM(transect_state, 40);

AT(transect_array, size, 0);
AT(transect_array, name, 8);
AT(transect_array, element, 16);
AT(transect_array, merge, 20);
AT(transect_array, n, 24);
AT(transect_array, record, 32);
ROOM(transect_array, 40);

AT(transect_state_host, keep, 24);
AT(transect_state_host, other, 32);
ROOM(transect_state_host, 40);

AT(transect_verdict_host, verdict_text, 16);
ROOM(transect_verdict_host, 24);

#undef AT
#undef ROOM

#endif

#define IS(name, value) \
    _Static_assert((name) == (value), #name " has another value")
IS(TRANSECT_CAP_STATE, 2);
IS(TRANSECT_CAP_THREADS, 4);
IS(TRANSECT_CAP_SURVEY, 8);
IS(TRANSECT_ERROR, 0);
IS(TRANSECT_WARNING, 1);
IS(TRANSECT_INFO, 2);
IS(TRANSECT_DEBUG, 3);
IS(TRANSECT_Q_NORM_GAIN, 26);
IS(TRANSECT_K_NORM_GAIN, 27);
IS(TRANSECT_NORM_LAYER, 0);
IS(TRANSECT_NORM_RMS, 1);
IS(TRANSECT_ROTARY_NONE, 0);
IS(TRANSECT_ROTARY_PLAIN, 1);
IS(TRANSECT_ROTARY_LINEAR, 2);
IS(TRANSECT_ROTARY_DYNAMIC, 3);
IS(TRANSECT_ROTARY_LLAMA3, 4);
IS(TRANSECT_ROTARY_YARN, 5);
IS(TRANSECT_ROTARY_LONG, 6);
IS(TRANSECT_POST_NORMS, 1);
IS(TRANSECT_PARALLEL, 2);
IS(TRANSECT_NO_FINAL_NORM, 4);
IS(TRANSECT_INT32, 0);
IS(TRANSECT_INT64, 1);
IS(TRANSECT_FLOAT32, 2);
IS(TRANSECT_FLOAT64, 3);
IS(TRANSECT_MERGE_SUM, 0);
IS(TRANSECT_MERGE_MAX, 1);
IS(TRANSECT_MERGE_MIN, 2);
IS(TRANSECT_MERGE_BEST, 3);
IS(TRANSECT_MERGE_OWN, 4);
#undef IS

#endif
