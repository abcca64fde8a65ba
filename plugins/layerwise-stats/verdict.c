/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* verdict.c - what became of the largest activations, layer by layer. */
#include "verdict.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char verdict_change_rule[] =
    "every layer counts once, by r, its largest magnitude in the variant "
    "divided by that in the baseline (means over samples). It persists if "
    "1/2 <= r <= 2, falls if r < 1/2 and grows if r > 2. What is missing is "
    "needed where it falls; if that is in some layers only, the evidence is "
    "called mixed. It removes them where the baseline falls to less than "
    "half of the layer before and the variant, not fallen until then, does "
    "not.";

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

struct writer {
    char *text;
    size_t size, used;
};

static void add(struct writer *writer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void add(struct writer *writer, const char *format, ...)
{
    size_t room = writer->size - writer->used;
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(writer->text + writer->used, room, format, args);
    va_end(args);
    writer->used += n < 0 ? 0 : (size_t)n < room ? (size_t)n : room - 1;
}

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
    if (is_removed(change, l))
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
static void add_layers(struct writer *writer, layer_fn *meant,
                       const void *user, int32_t n)
{
    int32_t found = count_layers(meant, user, n);
    const char *separator = found == 1 ? "in layer " : "in layers ";

    if (found == n) {
        add(writer, "in every layer");
        return;
    }
    for (int32_t l = 0; l < n; l++) {
        int32_t first = l;

        if (!meant(user, l))
            continue;
        while (l + 1 < n && meant(user, l + 1))
            l++;
        add(writer, first == l ? "%s%d" : "%s%d-%d", separator, (int)first,
            (int)l);
        separator = ", ";
    }
}

/* "through layer 10" is from the first to that one. */
static void add_persisting(struct writer *writer, const struct sought *sought)
{
    int32_t n = sought->change->n_layer, leading = 0;
    int32_t found = count_layers(has_fate, sought, n);

    while (leading < n && has_fate(sought, leading))
        leading++;
    if (leading == found && found > 1 && found < n)
        add(writer, "through layer %d", (int)leading - 1);
    else
        add_layers(writer, has_fate, sought, n);
}

/* "91.9-187 % of the baseline" */
static void add_range(struct writer *writer, const struct sought *sought)
{
    double low = 0, high = 0;
    bool any = false;

    for (int32_t l = 0; l < sought->change->n_layer; l++) {
        double percent = 100 * ratio(sought->change, l);

        if (!has_fate(sought, l))
            continue;
        low = !any || percent < low ? percent : low;
        high = !any || percent > high ? percent : high;
        any = true;
    }
    add(writer, low < high ? "%.3g-%.3g %% of the baseline"
                           : "%.3g %% of the baseline", low, high);
}

/* The clauses of one sentence: what falls, persists, grows. */
static void add_fates(struct writer *writer, const struct change *change)
{
    static const struct {
        enum fate fate;
        const char *verb;
    } clauses[] = {{FALLS, "fall"}, {PERSISTS, "persist"}, {GROWS, "grow"}};
    const char *without = words_for[change->missing].without;
    const char *joint = change->massive ? "Massive activations "
                                        : "The largest activations ";

    for (size_t i = 0; i < sizeof clauses / sizeof clauses[0]; i++) {
        struct sought sought = {change, clauses[i].fate};
        bool persist = sought.fate == PERSISTS;

        if (!count_layers(has_fate, &sought, change->n_layer))
            continue;
        add(writer, "%s%s %s%s", joint, clauses[i].verb, without,
            *without ? " " : "");
        if (persist)
            add_persisting(writer, &sought);
        else
            add_layers(writer, has_fate, &sought, change->n_layer);
        add(writer, persist ? ", at " : ", to ");
        add_range(writer, &sought);
        joint = "; they ";
        without = "";
    }
    add(writer, ".");
}

static void add_removed(struct writer *writer, const struct change *change)
{
    const struct words *words = &words_for[change->missing];

    for (int32_t l = 1; l < change->n_layer; l++)
        if (fate_of(change, l) == REMOVED)
            add(writer, " In layer %d the baseline falls from %.4g to %.4g, "
                "the variant does not (%.4g to %.4g): %s %s what removes "
                "them there.", (int)l, change->before[l - 1],
                change->before[l], change->after[l - 1], change->after[l],
                words->name, words->verb);
}

void verdict_change(const struct change *change, char *text, size_t size)
{
    const struct words *words = &words_for[change->missing];
    struct writer writer = {text, size, 0};
    struct sought falls = {change, FALLS};
    int32_t n_falls = count_layers(has_fate, &falls, change->n_layer);

    add_fates(&writer, change);
    add_removed(&writer, change);
    if (n_falls == 0)
        add(&writer, " No layer needs %s for them.", words->name);
    else if (n_falls == change->n_layer)
        add(&writer, " So %s %s needed for them in every layer.",
            words->name, words->verb);
    else
        add(&writer, " The evidence is mixed: %s %s needed for them where "
            "they fall, not elsewhere.", words->name, words->verb);
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
                     int32_t n_layer, char *text, size_t size)
{
    struct writer writer = {text, size, 0};
    struct measured are = {top1, median, true};
    struct measured are_not = {top1, median, false};
    int32_t found = count_layers(is_sought, &are, n_layer), best = 0;

    for (int32_t l = 1; l < n_layer; l++)
        if (top1[l] * median[best] > top1[best] * median[l])
            best = l;
    if (found) {
        add(&writer, "Massive activations ");
        add_layers(&writer, is_sought, &are, n_layer);
        if (found < n_layer)
            add(&writer, "; none ");
    } else {
        add(&writer, "No massive activations in any layer");
    }
    if (found && found < n_layer)
        add_layers(&writer, is_sought, &are_not, n_layer);
    add(&writer, ". The largest for its layer is %.4g in layer %d, %.4g "
        "times the median.", top1[best], (int)best,
        top1[best] / median[best]);
}
