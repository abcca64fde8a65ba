/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* option-values.c - values of an option for trying what a plugin makes of
 * them. */
#include "conformance/option-values.h"

#include "base/mem.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct texts {
    char **texts;
    size_t n;
};

/* Takes over text; frees it if the array has it already. */
static void add(struct texts *all, char *text)
{
    for (size_t i = 0; i < all->n; i++)
        if (strcmp(all->texts[i], text) == 0) {
            free(text);
            return;
        }
    MEM_PUSH(all->texts, all->n);
    all->texts[all->n++] = text;
}

static void add_words(struct texts *all, const char *words)
{
    while (words && *words) {
        size_t n = strcspn(words, " ");

        if (n)
            add(all, mem_strndup(words, n));
        words += n + (words[n] == ' ');
    }
}

static void add_numbers(struct texts *all,
                        const struct transect_option *option)
{
    double whole[] = {-1, 0, 1, 2, 7, 1e6};
    bool any = option->min == 0 && option->max == 0;

    for (size_t i = 0; i < sizeof whole / sizeof *whole; i++)
        if (any || (whole[i] >= option->min && whole[i] <= option->max))
            add(all, mem_printf("%.0f", whole[i]));
    if (!any && isfinite(option->min))
        add(all, mem_printf("%.17g", option->min));
    if (!any && isfinite(option->max))
        add(all, mem_printf("%.17g", option->max));
    if (option->type == TRANSECT_REAL &&
        (any || (option->min <= 0.25 && option->max >= 0.25)))
        add(all, mem_strdup("0.25"));
}

static void add_list(struct texts *all, const char *const *texts, size_t n)
{
    for (size_t i = 0; i < n; i++)
        add(all, mem_strdup(texts[i]));
}

#define LIST(all, ...)                                                      \
    add_list((all), (const char *const[]){__VA_ARGS__},                     \
             sizeof((const char *const[]){__VA_ARGS__}) /                   \
                 sizeof(const char *))

char **option_samples(const struct transect_option *option, size_t *n)
{
    struct texts all = {0};

    switch (option->type) {
    case TRANSECT_BOOL:
        LIST(&all, "yes", "no");
        break;
    case TRANSECT_INT:
    case TRANSECT_REAL:
        add_numbers(&all, option);
        break;
    case TRANSECT_STRING:
        LIST(&all, "x", "two words", "0", "caf\xc3\xa9 %s %n ../..");
        break;
    case TRANSECT_PATH:
        LIST(&all, "with.ini", "without.ini"); /* that a probe writes */
        break;
    case TRANSECT_LAYERS:
    case TRANSECT_DIMS:
    case TRANSECT_UNITS:
        LIST(&all, "0", "*");
        break;
    case TRANSECT_HEADS:
        LIST(&all, "L0H0", "L*H0", "*");
        break;
    case TRANSECT_GROUPS:
        LIST(&all, "L0G0", "L*G0", "*");
        break;
    case TRANSECT_POINTS:
        LIST(&all, "resid_post", "pattern", "logits", "embed z mlp_post",
             "*");
        break;
    case TRANSECT_POSITIONS:
        LIST(&all, "0", "-1", "last", "*");
        break;
    case TRANSECT_TOKENS:
        LIST(&all, "0", "1 0");
        break;
    }
    add_words(&all, option->choices);
    *n = all.n;
    return all.texts;
}
