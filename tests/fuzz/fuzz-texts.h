/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* fuzz-texts.h - a tokenizer's folder, which may be any, and a text. */
#ifndef TESTS_FUZZ_FUZZ_TEXTS_H
#define TESTS_FUZZ_FUZZ_TEXTS_H

#include "harness.h"

/* Opens the folder; what that refuses is said with its name. Then the rest of
 * the input is encoded: into tokens that there are, which decode, into the
 * same bytes if nothing is `lost_never`. Was the tokenizer accepted? */
bool fuzz_texts(const char *dir, struct fuzz_input *input, bool lost_never);

#endif
