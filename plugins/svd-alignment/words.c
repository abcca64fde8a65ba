/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* words.c - which tokens are function words, and which other words. */
#include "words.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

const char words_english[] =
    "a about above across after again against all along also although always "
    "am among an and another any anybody anyone anything are around as at be "
    "because been before behind being below beneath beside between beyond "
    "both but by can could despite did do does doing down during each either "
    "else enough even ever every everybody everyone everything except few "
    "for from had has have having he hence her here hers herself him himself "
    "his how however i if in inside instead into is it its itself just least "
    "less like many may me might mine more most much must my myself near "
    "neither never no nobody none nor not nothing now of off on once one only "
    "onto or other others ought our ours ourselves out outside over own per "
    "quite rather same several shall she should since so some somebody "
    "someone something still such than that the their theirs them themselves "
    "then there therefore these they this those though through throughout "
    "thus till to too toward towards under unless until up upon us very was "
    "we were what whatever when where whereas whether which while who whom "
    "whose why will with within without would yet you your yours yourself "
    "yourselves";

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* The bytes of the letter that text begins with, 0 if it does not: A to Z in
 * either case, and the Latin letters U+00C0 to U+024F. */
static size_t letter(const char *text, size_t n)
{
    unsigned char c = n > 0 ? (unsigned char)text[0] : 0;
    unsigned char next = n > 1 ? (unsigned char)text[1] : 0;
    unsigned code = (c & 0x1fu) << 6 | (next & 0x3fu);

    if (lower((char)c) >= 'a' && lower((char)c) <= 'z')
        return 1;
    if ((c & 0xe0) != 0xc0 || (next & 0xc0) != 0x80)
        return 0;
    /* Between them stand the signs of multiplication and division. */
    return code >= 0xc0 && code <= 0x24f && code != 0xd7 && code != 0xf7 ? 2
                                                                         : 0;
}

/* Letters, and apostrophes after the first of them. */
static bool is_word(const char *text, size_t n)
{
    size_t at = letter(text, n), step = at;

    for (; step && at < n; at += step)
        step = text[at] == '\'' ? 1 : letter(text + at, n - at);
    return step > 0;
}

/* Does a token that ends so leave a word open, which the next goes on with? */
static bool leaves_open(struct piece piece)
{
    const char *end;

    if (!piece.text || piece.n == 0)
        return false;
    end = piece.text + piece.n;
    if (end[-1] >= '0' && end[-1] <= '9')
        return true;
    return letter(end - 1, 1) || (piece.n > 1 && letter(end - 2, 2) == 2);
}

static int order(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

struct words words_make(transect_ctx *ctx, const struct transect_host *host,
                        const char *list)
{
    size_t size = strlen(list) + 1;
    struct words words = {
        .text = host->alloc(ctx, size, 1),
        .list = host->alloc(ctx, size / 2 + 1, sizeof *words.list),
    };
    char *rest = words.text, *word;

    for (size_t i = 0; i < size; i++)
        words.text[i] = lower(list[i]);
    while ((word = strtok_r(rest, " \t\n,", &rest)))
        words.list[words.n++] = word;
    qsort(words.list, words.n, sizeof *words.list, order);
    return words;
}

enum group words_classify(const struct words *words, struct piece piece,
                          struct piece before)
{
    char text[64]; /* longer than any function word */
    const char *key = text;

    if (piece.n > 0 && piece.text && piece.text[0] == ' ')
        piece = (struct piece){piece.text + 1, piece.n - 1};
    else if (leaves_open(before))
        return NO_WORD;
    if (!piece.text || !is_word(piece.text, piece.n))
        return NO_WORD;
    if (piece.n >= sizeof text)
        return CONTENT_WORD;
    for (size_t i = 0; i < piece.n; i++)
        text[i] = lower(piece.text[i]);
    text[piece.n] = '\0';
    return bsearch(&key, words->list, words->n, sizeof *words->list, order)
               ? FUNCTION_WORD
               : CONTENT_WORD;
}
