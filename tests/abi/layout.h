/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/*
 * layout.h - where every member of ABI 1.0 lies on machines of 64 bits.
 *
 * Compiled with the frozen headers of 1.0 it says what they are, and with the
 * present ones that they still begin like that. Numbers here never change. A
 * struct that says its size may have grown at its end since.
 */
#ifndef TESTS_ABI_LAYOUT_H
#define TESTS_ABI_LAYOUT_H

#include <transect/figure.h>
#include <transect/linalg.h>
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
#define SIZE(type, size)                                                    \
    _Static_assert(sizeof(struct type) == (size), #type " must not grow")
#if TRANSECT_ABI_MINOR == 0
#define ROOM(type, size) SIZE(type, size)
#else
#define ROOM(type, size)                                                    \
    _Static_assert(sizeof(struct type) >= (size), #type " has shrunk")
#endif

AT(transect_view, data, 0);
AT(transect_view, rows, 8);
AT(transect_view, cols, 16);
AT(transect_view, row_stride, 24);
AT(transect_view, col_stride, 32);
SIZE(transect_view, 40);

AT(transect_head, layer, 0);
AT(transect_head, head, 4);
SIZE(transect_head, 8);

AT(transect_model, size, 0);
AT(transect_model, n_layer, 4);
AT(transect_model, n_head, 8);
AT(transect_model, n_kv_head, 12);
AT(transect_model, d_head, 16);
AT(transect_model, d_model, 20);
AT(transect_model, d_mlp, 24);
AT(transect_model, n_vocab, 28);
AT(transect_model, n_context, 32);
AT(transect_model, n_sample, 36);
AT(transect_model, n_token, 40);
AT(transect_model, n_slot, 44);
ROOM(transect_model, 48);

AT(transect_sample, size, 0);
AT(transect_sample, sample, 4);
AT(transect_sample, slot, 8);
AT(transect_sample, n_token, 12);
AT(transect_sample, tokens, 16);
ROOM(transect_sample, 24);

AT(transect_event, size, 0);
AT(transect_event, point, 4);
AT(transect_event, layer, 8);
AT(transect_event, head, 12);
AT(transect_event, sample, 16);
AT(transect_event, slot, 20);
AT(transect_event, first, 24);
AT(transect_event, n_token, 28);
AT(transect_event, view, 32);
AT(transect_event, edit, 72);
ROOM(transect_event, 80);

AT(transect_subscription, size, 0);
AT(transect_subscription, point, 4);
AT(transect_subscription, flags, 8);
AT(transect_subscription, layers, 16);
AT(transect_subscription, n_layers, 24);
AT(transect_subscription, heads, 32);
AT(transect_subscription, n_heads, 40);
AT(transect_subscription, first_position, 48);
AT(transect_subscription, n_positions, 52);
AT(transect_subscription, on_event, 56);
ROOM(transect_subscription, 64);

AT(transect_option, name, 0);
AT(transect_option, type, 8);
AT(transect_option, fallback, 16);
AT(transect_option, choices, 24);
AT(transect_option, min, 32);
AT(transect_option, max, 40);
AT(transect_option, help, 48);
ROOM(transect_option, 56);

AT(transect_column, name, 0);
AT(transect_column, type, 8);
AT(transect_column, role, 12);
SIZE(transect_column, 16);

AT(transect_host, size, 0);
AT(transect_host, abi_major, 4);
AT(transect_host, abi_minor, 6);
AT(transect_host, fail, 8);
AT(transect_host, extension, 16);
AT(transect_host, is_set, 24);
AT(transect_host, get_bool, 32);
AT(transect_host, get_int, 40);
AT(transect_host, get_real, 48);
AT(transect_host, get_string, 56);
AT(transect_host, get_list, 64);
AT(transect_host, get_heads, 72);
AT(transect_host, subscribe, 80);
AT(transect_host, weight, 88);
AT(transect_host, normal, 96);
AT(transect_host, table, 104);
AT(transect_host, put_int, 112);
AT(transect_host, put_real, 120);
AT(transect_host, put_text, 128);
AT(transect_host, file, 136);
AT(transect_host, say, 144);
ROOM(transect_host, 152);

AT(transect_plugin, magic, 0);
AT(transect_plugin, size, 8);
AT(transect_plugin, abi_major, 12);
AT(transect_plugin, abi_minor, 14);
AT(transect_plugin, name, 16);
AT(transect_plugin, summary, 24);
AT(transect_plugin, version, 32);
AT(transect_plugin, licence, 40);
AT(transect_plugin, options, 48);
AT(transect_plugin, n_options, 56);
AT(transect_plugin, option_size, 60);
AT(transect_plugin, capabilities, 64);
AT(transect_plugin, n_points, 68);
AT(transect_plugin, points, 72);
AT(transect_plugin, create, 80);
AT(transect_plugin, ready, 88);
AT(transect_plugin, begin, 96);
AT(transect_plugin, end, 104);
AT(transect_plugin, finish, 112);
AT(transect_plugin, destroy, 120);
AT(transect_plugin, compare, 128);
ROOM(transect_plugin, 136);

AT(transect_series, name, 0);
AT(transect_series, x, 8);
AT(transect_series, y, 16);
AT(transect_series, spread, 24);
AT(transect_series, n, 32);
SIZE(transect_series, 40);

AT(transect_panel, size, 0);
AT(transect_panel, kind, 4);
AT(transect_panel, flags, 8);
AT(transect_panel, title, 16);
AT(transect_panel, x_label, 24);
AT(transect_panel, y_label, 32);
AT(transect_panel, series, 40);
AT(transect_panel, n_series, 48);
AT(transect_panel, values, 56);
AT(transect_panel, rows, 64);
AT(transect_panel, cols, 72);
AT(transect_panel, value_label, 80);
AT(transect_panel, x_names, 88);
AT(transect_panel, y_names, 96);
AT(transect_panel, low, 104);
AT(transect_panel, high, 112);
ROOM(transect_panel, 120);

AT(transect_figure_host, size, 0);
AT(transect_figure_host, figure, 8);
ROOM(transect_figure_host, 16);

AT(transect_linalg_host, size, 0);
AT(transect_linalg_host, svd, 8);
ROOM(transect_linalg_host, 16);

AT(transect_reduction, size, 0);
AT(transect_reduction, kind, 4);
AT(transect_reduction, n, 8);
ROOM(transect_reduction, 12);

AT(transect_reduce_host, size, 0);
AT(transect_reduce_host, subscribe, 8);
ROOM(transect_reduce_host, 16);

AT(transect_state, size, 0);
AT(transect_state, save, 8);
AT(transect_state, restore, 16);
AT(transect_state, merge, 24);
ROOM(transect_state, 32);

AT(transect_state_host, size, 0);
AT(transect_state_host, declare, 8);
AT(transect_state_host, put, 16);
ROOM(transect_state_host, 24);

AT(transect_survey_host, size, 0);
AT(transect_survey_host, survey, 8);
ROOM(transect_survey_host, 16);

AT(transect_text_host, size, 0);
AT(transect_text_host, piece, 8);
AT(transect_text_host, label, 16);
ROOM(transect_text_host, 24);

AT(transect_verdict_host, size, 0);
AT(transect_verdict_host, verdict, 8);
ROOM(transect_verdict_host, 16);

AT(transect_workers_host, size, 0);
AT(transect_workers_host, declare, 8);
ROOM(transect_workers_host, 16);

#undef AT
#undef SIZE
#undef ROOM

#endif

#define IS(name, value) \
    _Static_assert((name) == (value), #name " has another value")
IS(TRANSECT_MAGIC, UINT64_C(0x746365736e617274));
IS(TRANSECT_ABI_MAJOR, 1);
IS(TRANSECT_OK, 0);
IS(TRANSECT_FAILED, -1);
IS(TRANSECT_ABSENT, 1);
IS(TRANSECT_EDIT, 1);
IS(TRANSECT_ALL_HEADS, 2);
IS(TRANSECT_CAP_EDITS, 1);
IS(TRANSECT_EMBED, 0);
IS(TRANSECT_POS_EMBED, 1);
IS(TRANSECT_RESID_PRE, 2);
IS(TRANSECT_LN1, 3);
IS(TRANSECT_Q, 4);
IS(TRANSECT_K, 5);
IS(TRANSECT_V, 6);
IS(TRANSECT_ATTN_SCORES, 7);
IS(TRANSECT_PATTERN, 8);
IS(TRANSECT_Z, 9);
IS(TRANSECT_HEAD_OUT, 10);
IS(TRANSECT_ATTN_OUT, 11);
IS(TRANSECT_RESID_MID, 12);
IS(TRANSECT_LN2, 13);
IS(TRANSECT_MLP_PRE, 14);
IS(TRANSECT_MLP_GATE, 15);
IS(TRANSECT_MLP_POST, 16);
IS(TRANSECT_MLP_OUT, 17);
IS(TRANSECT_RESID_POST, 18);
IS(TRANSECT_LN_FINAL, 19);
IS(TRANSECT_LOGITS, 20);
IS(TRANSECT_W_E, 0);
IS(TRANSECT_W_POS, 1);
IS(TRANSECT_LN1_GAIN, 2);
IS(TRANSECT_LN1_BIAS, 3);
IS(TRANSECT_W_Q, 4);
IS(TRANSECT_B_Q, 5);
IS(TRANSECT_W_K, 6);
IS(TRANSECT_B_K, 7);
IS(TRANSECT_W_V, 8);
IS(TRANSECT_B_V, 9);
IS(TRANSECT_W_O, 10);
IS(TRANSECT_B_O, 11);
IS(TRANSECT_LN2_GAIN, 12);
IS(TRANSECT_LN2_BIAS, 13);
IS(TRANSECT_W_IN, 14);
IS(TRANSECT_B_IN, 15);
IS(TRANSECT_W_OUT, 16);
IS(TRANSECT_B_OUT, 17);
IS(TRANSECT_LNF_GAIN, 18);
IS(TRANSECT_LNF_BIAS, 19);
IS(TRANSECT_W_U, 20);
IS(TRANSECT_W_GATE, 21);
IS(TRANSECT_B_GATE, 22);
IS(TRANSECT_B_U, 23);
IS(TRANSECT_ATTN_POST_GAIN, 24);
IS(TRANSECT_MLP_POST_GAIN, 25);
IS(TRANSECT_BOOL, 0);
IS(TRANSECT_INT, 1);
IS(TRANSECT_REAL, 2);
IS(TRANSECT_STRING, 3);
IS(TRANSECT_ENUM, 4);
IS(TRANSECT_PATH, 5);
IS(TRANSECT_LAYERS, 6);
IS(TRANSECT_HEADS, 7);
IS(TRANSECT_DIMS, 8);
IS(TRANSECT_POINTS, 9);
IS(TRANSECT_GROUPS, 10);
IS(TRANSECT_REDUCE_COLUMN, 1);
IS(TRANSECT_REDUCE_ROW_SUMS, 2);
IS(TRANSECT_REDUCE_MEAN, 3);
IS(TRANSECT_REDUCE_COLUMN_MAX, 4);
IS(TRANSECT_REDUCE_TOP, 5);
IS(TRANSECT_REDUCE_MEDIAN, 6);
IS(TRANSECT_COL_INT, 0);
IS(TRANSECT_COL_REAL, 1);
IS(TRANSECT_COL_TEXT, 2);
IS(TRANSECT_COL_KEY, 0);
IS(TRANSECT_COL_METRIC, 1);
IS(TRANSECT_COL_INFO, 2);
IS(TRANSECT_LOG, 1);
IS(TRANSECT_ANNOTATE, 2);
IS(TRANSECT_DIVERGING, 4);
IS(TRANSECT_SCATTER, 8);
IS(TRANSECT_LINES, 0);
IS(TRANSECT_BARS, 1);
IS(TRANSECT_HEATMAP, 2);
IS(TRANSECT_BARS3D, 3);
#undef IS

#endif
