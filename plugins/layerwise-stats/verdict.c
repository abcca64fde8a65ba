/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* verdict.c - what became of the largest activations, layer by layer. */
#include "verdict.h"

#include <stdio.h>
#include <string.h>

const char verdict_change_rule[] =
    "every layer counts once, by r, its largest magnitude in the variant "
    "divided by that in the baseline (means over samples). It persists if "
    "1/2 <= r <= 2, falls if r < 1/2 and grows if r > 2. What is missing is "
    "needed where it falls; if that is in some layers only, the evidence is "
    "called mixed. It removes them where the baseline falls to less than "
    "half of the layer before and the variant, not fallen until then, does "
    "not. Where the largest of all samples is at another position or dim than "
    "in the baseline, r compares two different activations, which is said.";

const char verdict_massive_rule[] =
    "every layer counts once. It holds massive activations if its largest "
    "magnitude (mean over samples) is over 100 and over 1000 times its "
    "median magnitude (arXiv 2402.17762).";

enum fate { PERSISTS, FALLS, REMOVED, GROWS };

/* What a variant lacks, in words. */
static const struct words {
    const char *without, *name, *verb;
} words_for[] = {
    [NOTHING_MISSING] = {"with this edit", "what the edit changes", "is"},
    [NO_ATTENTION] = {"without attention", "attention", "is"},
    [NO_MLPS] = {"without the MLPs", "the MLPs", "are"},
    [NEITHER] = {"without attention and the MLPs", "attention or the MLPs",
                 "are"},
};

static double ratio(const struct change *change, int32_t l)
{
    double before = change->before[l], after = change->after[l];

    return before == after ? 1 : after / before;
}

/* Does the baseline lose in layer l what it had and the variant keeps? */
static bool is_removed(const struct change *change, int32_t l)
{
    const double *before = change->before, *after = change->after;

    return l > 0 && ratio(change, l) > 2 && ratio(change, l - 1) >= 0.5 &&
           before[l] < before[l - 1] / 2 && after[l] >= after[l - 1] / 2;
}

static enum fate fate_of(const struct change *change, int32_t l)
{
    double r = ratio(change, l);

    if (r < 0.5)
        return FALLS;
    if (!change->pair && is_removed(change, l))
        return REMOVED;
    return r > 2 ? GROWS : PERSISTS;
}

/* Which layers are meant, for add_layers. */
typedef bool layer_fn(const void *user, int32_t l);

struct sought {
    const struct change *change;
    enum fate fate;
};

static bool has_fate(const void *user, int32_t l)
{
    const struct sought *sought = user;

    return fate_of(sought->change, l) == sought->fate;
}

static int32_t count_layers(layer_fn *meant, const void *user, int32_t n)
{
    int32_t found = 0;

    for (int32_t l = 0; l < n; l++)
        found += meant(user, l);
    return found;
}

/* "in every layer"; "in layers 0-3, 5", as ranges. */
static void add_layers(struct transect_text *text, layer_fn *meant,
                       const void *user, int32_t n)
{
    int32_t found = count_layers(meant, user, n);
    const char *separator = found == 1 ? "in layer " : "in layers ";

    if (found == n) {
        transect_text_add(text, "in every layer");
        return;
    }
    for (int32_t l = 0; l < n; l++) {
        int32_t first = l;

        if (!meant(user, l))
            continue;
        while (l + 1 < n && meant(user, l + 1))
            l++;
        transect_text_add(text, first == l ? "%s%d" : "%s%d-%d", separator,
                          (int)first, (int)l);
        separator = ", ";
    }
}

/* "through layer 10" is from the first to that one. */
static void add_persisting(struct transect_text *text,
                           const struct sought *sought)
{
    int32_t n = sought->change->n_layer, leading = 0;
    int32_t found = count_layers(has_fate, sought, n);

    while (leading < n && has_fate(sought, leading))
        leading++;
    if (leading == found && found > 1 && found < n)
        transect_text_add(text, "through layer %d", (int)leading - 1);
    else
        add_layers(text, has_fate, sought, n);
}

/* Three digits, or all those of a large number, without an exponent. */
static void print_percent(char *text, size_t size, double percent)
{
    snprintf(text, size, percent < 999.5 ? "%.3g" : "%.0f", percent);
}

/* "91.9-187 % of the baseline"; one number where both would print alike. */
static void add_range(struct transect_text *text, const struct sought *sought)
{
    double low = 0, high = 0;
    char from[24], to[24];
    bool any = false;

    for (int32_t l = 0; l < sought->change->n_layer; l++) {
        double percent = 100 * ratio(sought->change, l);

        if (!has_fate(sought, l))
            continue;
        low = !any || percent < low ? percent : low;
        high = !any || percent > high ? percent : high;
        any = true;
    }
    print_percent(from, sizeof from, low);
    print_percent(to, sizeof to, high);
    transect_text_add(text, strcmp(from, to) != 0 ? "%s-%s %% of the baseline"
                                      : "%s %% of the baseline", from, to);
}

/* The clauses of one sentence: what falls, persists, grows. */
static void add_fates(struct transect_text *text, const struct change *change)
{
    static const struct {
        enum fate fate;
        const char *verb;
    } clauses[] = {{FALLS, "fall"}, {PERSISTS, "persist"}, {GROWS, "grow"}};
    const char *without = change->pair ? "in the pairs"
                                       : words_for[change->missing].without;
    const char *joint = change->massive ? "Massive activations "
                                        : "The largest activations ";

    for (size_t i = 0; i < sizeof clauses / sizeof clauses[0]; i++) {
        struct sought sought = {change, clauses[i].fate};
        bool persist = sought.fate == PERSISTS;

        if (!count_layers(has_fate, &sought, change->n_layer))
            continue;
        transect_text_add(text, "%s%s %s%s", joint, clauses[i].verb, without,
            *without ? " " : "");
        if (persist)
            add_persisting(text, &sought);
        else
            add_layers(text, has_fate, &sought, change->n_layer);
        transect_text_add(text, persist ? ", at " : ", to ");
        add_range(text, &sought);
        joint = "; they ";
        without = "";
    }
    transect_text_add(text, ".");
}

static void add_removed(struct transect_text *text,
                        const struct change *change)
{
    const struct words *words = &words_for[change->missing];

    for (int32_t l = 1; l < change->n_layer; l++)
        if (fate_of(change, l) == REMOVED)
            transect_text_add(
                text,
                " In layer %d the baseline falls from %.4g to %.4g, "
                "the variant does not (%.4g to %.4g): %s %s what removes "
                "them there.",
                (int)l, change->before[l - 1], change->before[l],
                change->after[l - 1], change->after[l], words->name,
                words->verb);
}

static bool has_moved(const void *user, int32_t l)
{
    const struct change *change = user;

    return change->moved && change->moved[l];
}

/* Another activation as large is not the same one that persists. */
static void add_moved(struct transect_text *text, const struct change *change)
{
    if (!count_layers(has_moved, change, change->n_layer))
        return;
    transect_text_add(
        text, " The largest is another one than in the baseline, by its "
              "position or dim, ");
    add_layers(text, has_moved, change, change->n_layer);
    transect_text_add(text, ".");
}

void verdict_change(const struct change *change, struct transect_text *text)
{
    const struct words *words = &words_for[change->missing];
    struct sought falls = {change, FALLS};
    int32_t n_falls = count_layers(has_fate, &falls, change->n_layer);
    /* What is said of the size alone, where they are not the same. */
    const char *them = count_layers(has_moved, change, change->n_layer)
                           ? "values as large" : "them";

    add_fates(text, change);
    add_moved(text, change);
    if (change->pair) /* nothing is missing there */
        return;
    add_removed(text, change);
    if (n_falls == 0)
        transect_text_add(text, " No layer needs %s for %s.", words->name,
                          them);
    else if (n_falls == change->n_layer)
        transect_text_add(text, " So %s %s needed for %s in every layer.",
                          words->name, words->verb, them);
    else
        transect_text_add(
            text,
            " The evidence is mixed: %s %s needed for %s where they "
            "fall, not elsewhere.",
            words->name, words->verb, them);
}

struct measured {
    const double *top1, *median;
    bool massive; /* is sought */
};

static bool is_sought(const void *user, int32_t l)
{
    const struct measured *measured = user;

    return verdict_is_massive(measured->top1[l], measured->median[l]) ==
           measured->massive;
}

bool verdict_is_massive(double top1, double median)
{
    return top1 > 100 && top1 > 1000 * median;
}

void verdict_massive(const double *top1, const double *median,
                     int32_t n_layer, struct transect_text *text)
{
    struct measured are = {top1, median, true};
    struct measured are_not = {top1, median, false};
    int32_t found = count_layers(is_sought, &are, n_layer), best = 0;

    for (int32_t l = 1; l < n_layer; l++)
        if (top1[l] * median[best] > top1[best] * median[l])
            best = l;
    if (found) {
        transect_text_add(text, "Massive activations ");
        add_layers(text, is_sought, &are, n_layer);
        if (found < n_layer)
            transect_text_add(text, "; none ");
    } else {
        transect_text_add(text, "No massive activations in any layer");
    }
    if (found && found < n_layer)
        add_layers(text, is_sought, &are_not, n_layer);
    transect_text_add(text,
                      ". Highest ratio of largest to median: %.4g in layer "
                      "%d, where the largest is %.4g and the median %.4g.",
                      top1[best] / median[best], (int)best, top1[best],
                      median[best]);
}
