/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* xml.c - elements and attributes of a document, for tests. */
#include "xml.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

#define BLANKS " \t\r\n"

/* A name without its prefix, and behind it where the text goes on. */
static char *take_name(const char **text)
{
    size_t n = strcspn(*text, BLANKS "=/>\"'<");
    const char *colon = memchr(*text, ':', n);
    size_t prefix = colon ? (size_t)(colon - *text) + 1 : 0;
    char *name = mem_strndup(*text + prefix, n - prefix);

    *text += n;
    return name;
}

/* NAME="VALUE" or NAME='VALUE', with at least a blank before it. */
static bool take_attribute(struct xml_element *element, const char **text)
{
    struct xml_attribute new = {0};
    size_t blanks = strspn(*text, BLANKS), n;
    const char *value;

    *text += blanks;
    MEM_PUSH(element->attributes, element->n_attributes);
    new.name = take_name(text);
    element->attributes[element->n_attributes++] = new;
    *text += strspn(*text, BLANKS);
    if (blanks == 0 || !*new.name || **text != '=')
        return false;
    value = *text + 1 + strspn(*text + 1, BLANKS);
    if (*value != '"' && *value != '\'')
        return false;
    n = strcspn(value + 1, *value == '"' ? "\"<" : "'<");
    if (value[n + 1] != *value)
        return false;
    element->attributes[element->n_attributes - 1].value =
        mem_strndup(value + 1, n);
    *text = value + n + 2;
    return true;
}

/* Behind "<"; *open: the innermost element that is not closed. */
static bool take_element(struct xml *xml, const char **text, size_t *open)
{
    struct xml_element *element;
    const char *rest;

    MEM_PUSH(xml->elements, xml->n);
    element = &xml->elements[xml->n++];
    *element = (struct xml_element){.parent = *open};
    element->name = take_name(text);
    if (!*element->name)
        return false;
    for (;;) {
        rest = *text + strspn(*text, BLANKS);
        if (*rest == '>' || (rest[0] == '/' && rest[1] == '>'))
            break;
        if (!take_attribute(element, text))
            return false;
    }
    if (*rest == '>')
        *open = xml->n - 1;
    *text = rest + (*rest == '>' ? 1 : 2);
    return true;
}

/* Behind "</". */
static bool take_end(const struct xml *xml, const char **text, size_t *open,
                     bool *closed)
{
    char *name = take_name(text);
    bool same = strcmp(name, xml->elements[*open].name) == 0;

    free(name);
    *text += strspn(*text, BLANKS);
    if (!same || **text != '>')
        return false;
    ++*text;
    *closed = *open == 0;
    *open = xml->elements[*open].parent;
    return true;
}

/* Past what begins with a mark, if it does; false: it has no end. */
static bool skip(const char **text, const char *mark, const char *end)
{
    const char *found;

    if (strncmp(*text, mark, strlen(mark)) != 0)
        return true;
    if (!(found = strstr(*text, end)))
        return false;
    *text = found + strlen(end);
    return true;
}

bool xml_parse(struct xml *xml, const char *text)
{
    size_t open = 0;
    bool closed = false;

    *xml = (struct xml){0};
    while (*(text += strcspn(text, "<"))) {
        const char *before = text;

        if (!skip(&text, "<?", "?>") || !skip(&text, "<!--", "-->") ||
            !skip(&text, "<!", ">"))
            return false;
        if (text != before)
            continue;
        if (closed)
            return false;
        if (text[1] == '/') {
            text += 2;
            if (xml->n == 0 || !take_end(xml, &text, &open, &closed))
                return false;
        } else {
            text++;
            if (!take_element(xml, &text, &open))
                return false;
            closed = xml->n == 1 && text[-2] == '/';
        }
    }
    return closed;
}

void xml_free(struct xml *xml)
{
    for (size_t i = 0; i < xml->n; i++) {
        struct xml_element *element = &xml->elements[i];

        for (size_t k = 0; k < element->n_attributes; k++) {
            free(element->attributes[k].name);
            free(element->attributes[k].value);
        }
        free(element->attributes);
        free(element->name);
    }
    free(xml->elements);
    *xml = (struct xml){0};
}

const char *xml_get(const struct xml_element *element, const char *name)
{
    for (size_t i = 0; i < element->n_attributes; i++)
        if (strcmp(element->attributes[i].name, name) == 0)
            return element->attributes[i].value;
    return NULL;
}

size_t xml_find(const struct xml *xml, const char *name, const char *value)
{
    for (size_t i = 0; i < xml->n; i++) {
        const char *found = xml_get(&xml->elements[i], name);

        if (found && strcmp(found, value) == 0)
            return i;
    }
    return xml->n;
}
