/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* option-search.h - looking for options of a plugin that go together. */
#ifndef CORE_CONFORMANCE_OPTION_SEARCH_H
#define CORE_CONFORMANCE_OPTION_SEARCH_H

#include "conformance/option-set.h"
#include "conformance/probe.h"

struct option_search {
    struct probe *probe;
    const char *extra; /* lines of each experiment beside the options */
    int tries;         /* made so far */
    bool edited;       /* an edit has changed something */
};

/* One try with these options; why: (PROBE_WHY). */
enum probe_result search_try(struct option_search *search, probe_fn *kind,
                             const struct option_set *choice, char *why);

/* Tries `choice`; where it is refused, it with one more option, and so on
 * from what is then refused for another reason, at most `limit` times. Options
 * that the reason names come first. Those of `fixed` keep their values; `kind`
 * says what is good. Any other result than PROBE_REFUSED is that of what
 * `choice` is set to; of PROBE_REFUSED, why is the first reason. An edit that
 * changes nothing (PROBE_IDLE) counts as refused, but is what is found if
 * there is nothing better. */
enum probe_result search_options(struct option_search *search, probe_fn *kind,
                                 struct option_set *choice,
                                 const struct option_set *fixed, int limit,
                                 char *why);

/* Could a word of a refusal be a value of this option? */
bool option_search_takes_words(const struct transect_option *option);
/* Words of a refusal that could be values; free each and the array. */
char **option_search_words(const char *why, size_t *n);

#endif
