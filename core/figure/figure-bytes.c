/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* figure-bytes.c - bytes of a drawing, as they come. */
#include "base/mem.h"
#include "figure/figure-internal.h"

#include <stdlib.h>
#include <string.h>

void figure_bytes_add(struct figure_bytes *to, const void *bytes, size_t size)
{
    if (size >= to->room - to->size) {
        to->room = 2 * (to->room + size + 1);
        to->text = mem_grow(to->text, to->room, 1);
    }
    memcpy(to->text + to->size, bytes, size);
    to->size += size;
    to->text[to->size] = '\0';
}

void figure_bytes_text(struct figure_bytes *to, const char *text)
{
    figure_bytes_add(to, text, strlen(text));
}

void figure_bytes_escaped(struct figure_bytes *to, const char *text)
{
    for (; *text; text++)
        if (*text == '&')
            figure_bytes_text(to, "&amp;");
        else if (*text == '<')
            figure_bytes_text(to, "&lt;");
        else if (*text == '>')
            figure_bytes_text(to, "&gt;");
        else
            figure_bytes_add(to, text, 1);
}

cairo_status_t figure_bytes_write(void *to, const unsigned char *bytes,
                                  unsigned size)
{
    figure_bytes_add(to, bytes, size);
    return CAIRO_STATUS_SUCCESS;
}
