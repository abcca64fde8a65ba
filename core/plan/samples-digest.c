/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* samples-digest.c - one digest of all that samples are: their ids, and what
 * records say of them. */
#include "plan/samples.h"

#include "base/sha256.h"

#include <nettle/sha2.h>
#include <string.h>

/* Numbers are digested in little-endian order, which is the machine's:
 * configure refuses others. */
static void digest_ids(struct sha256_ctx *sha, const int32_t *ids, size_t n)
{
    sha256_update(sha, n * sizeof *ids, (const uint8_t *)ids);
}

static void digest_count(struct sha256_ctx *sha, const void *list, size_t n)
{
    int32_t count = list ? (int32_t)n : -1;

    digest_ids(sha, &count, 1);
}

static void digest_list(struct sha256_ctx *sha, const int32_t *ids, size_t n)
{
    digest_count(sha, ids, n);
    if (ids)
        digest_ids(sha, ids, n);
}

static void digest_text(struct sha256_ctx *sha, const char *text)
{
    size_t n = text ? strlen(text) : 0;

    digest_count(sha, text, n);
    if (n > 0)
        sha256_update(sha, n, (const uint8_t *)text);
}

/* Which places have a name, in all samples. */
static void digest_places(struct sha256_ctx *sha,
                          const struct samples *samples)
{
    const struct position_names *names = &samples->names;

    for (size_t i = 0; i < names->n; i++)
        digest_text(sha, names->names[i]);
    for (size_t i = 0; i < names->n * (size_t)samples->n_sample; i++) {
        digest_ids(sha, &names->spans[i].first, 1);
        digest_ids(sha, &names->spans[i].end, 1);
    }
    for (int i = 0; i < samples->n_sample; i++) {
        digest_ids(sha, &samples->list[i].n_token, 1);
        if (samples->n_prompt)
            digest_ids(sha, &samples->n_prompt[i], 1);
    }
}

static void digest_facts(struct sha256_ctx *sha,
                         const struct sample_facts *facts)
{
    digest_list(sha, facts->answers, (size_t)facts->n_answer);
    digest_list(sha, facts->foils, (size_t)facts->n_foil);
    digest_text(sha, facts->label);
}

/* Do records say more than prompts? */
static bool says_more(const struct samples *samples)
{
    bool more = samples->pair || samples->names.n;

    for (int i = 0; samples->facts && i < samples->n_sample; i++)
        more = more || samples->facts[i].answers || samples->facts[i].label;
    return more;
}

void samples_digest(struct samples *samples)
{
    struct sha256_ctx sha;

    sha256_init(&sha);
    digest_ids(&sha, samples->tokens, samples->n_token);
    if (says_more(samples)) {
        digest_places(&sha, samples);
        for (int i = 0; samples->facts && i < samples->n_sample; i++)
            digest_facts(&sha, &samples->facts[i]);
    }
    if (samples->pair) {
        digest_ids(&sha, samples->pair->tokens, samples->pair->n_token);
        digest_places(&sha, samples->pair);
        if (samples->partner) /* else one to one */
            digest_ids(&sha, samples->partner, samples->n_token);
    }
    sha256_hex(&sha, samples->sha256);
}
