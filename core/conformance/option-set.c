/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* option-set.c - values of some of a plugin's options, as check-plugin puts
 * them together. */
#include "conformance/option-set.h"

#include "base/mem.h"
#include "conformance/static-checks.h"

#include <stdlib.h>
#include <string.h>

void option_set_init(struct option_set *choice,
                     const struct transect_plugin *desc)
{
    choice->desc = desc;
    choice->values = mem_new((size_t)desc->n_options + 1,
                             sizeof *choice->values);
}

void option_set_copy(struct option_set *to, const struct option_set *from)
{
    option_set_init(to, from->desc);
    for (uint32_t i = 0; i < from->desc->n_options; i++)
        option_set_set(to, i, from->values[i]);
}

void option_set_clear(struct option_set *choice)
{
    for (uint32_t i = 0; choice->values && i < choice->desc->n_options; i++)
        free(choice->values[i]);
    free(choice->values);
    *choice = (struct option_set){0};
}

uint32_t option_set_find(const struct option_set *choice, const char *name,
                         size_t n)
{
    uint32_t i;

    for (i = 0; i < choice->desc->n_options; i++) {
        struct transect_option option = static_checks_option(choice->desc, i);

        if (strlen(option.name) == n && memcmp(option.name, name, n) == 0)
            break;
    }
    return i;
}

void option_set_set(struct option_set *choice, uint32_t option,
                    const char *value)
{
    char *copy = value ? mem_strdup(value) : NULL;

    free(choice->values[option]);
    choice->values[option] = copy;
}

static bool same_value(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

bool option_set_same(const struct option_set *a, const struct option_set *b)
{
    for (uint32_t i = 0; i < a->desc->n_options; i++)
        if (!same_value(a->values[i], b->values[i]))
            return false;
    return true;
}

char *option_set_text(const struct option_set *choice,
                      const struct option_set *but, const char *between)
{
    char *text = mem_strdup("");

    for (uint32_t i = 0; i < choice->desc->n_options; i++) {
        const char *value = choice->values[i];
        char *longer;

        if (!value || (but && same_value(value, but->values[i])))
            continue;
        longer = mem_printf("%s%s%s = %s", text, *text ? between : "",
                            static_checks_option(choice->desc, i).name, value);
        free(text);
        text = longer;
    }
    return text;
}
