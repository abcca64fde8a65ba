/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* safetensors-header.h - the table of contents of one safetensors file. */
#ifndef CORE_FORMAT_SAFETENSORS_HEADER_H
#define CORE_FORMAT_SAFETENSORS_HEADER_H

#include "base/mapped-file.h"
#include "format/safetensors.h"

/* Appends the tensors of a mapped file, in order of their data. They own
 * their names; path and data stay the mapping's. On an error nothing is
 * appended. ST_DATA. */
int safetensors_read_header(const struct mapped_file *mapping,
                            struct tensors *tensors, struct error *err);

/* Names go into messages and onto terminals: printable ASCII, not too long. */
bool safetensors_is_name(const char *name);

#endif
