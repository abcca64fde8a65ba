/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* xml.h - as much of XML as tests need to ask what a document says, whatever
 * the version of the library that spelled it: prefixes, quotes, the order of
 * attributes, blanks and empty elements make no difference. */
#ifndef TESTS_XML_H
#define TESTS_XML_H

#include <stdbool.h>
#include <stddef.h>

struct xml_attribute {
    char *name, *value; /* without prefix; entities as they are */
};

struct xml_element {
    char *name; /* without prefix */
    struct xml_attribute *attributes;
    size_t n_attributes;
    size_t parent; /* its number; the root is its own */
};

struct xml {
    struct xml_element *elements; /* as they begin; the first is the root */
    size_t n;
};

/* False: not well-formed. Either way it is freed by xml_free(). */
bool xml_parse(struct xml *xml, const char *text);
void xml_free(struct xml *xml);
/* The value of an attribute of that name, with any prefix; NULL: none. */
const char *xml_get(const struct xml_element *element, const char *name);
/* The number of the first element with that value; xml->n: none. */
size_t xml_find(const struct xml *xml, const char *name, const char *value);

#endif
