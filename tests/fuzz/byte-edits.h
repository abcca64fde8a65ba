/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* byte-edits.h - serialized bytes that are nearly right. */
#ifndef TESTS_FUZZ_BYTE_EDITS_H
#define TESTS_FUZZ_BYTE_EDITS_H

#include "harness.h"

#include "base/buffer.h"

/* Until the input is used up, eight times at most: sets a byte, sets a number
 * of eight bytes to one that somewhere means something, removes bytes, or
 * makes room for zeros. */
void fuzz_edit_bytes(struct fuzz_input *input, struct buffer *bytes);

#endif
