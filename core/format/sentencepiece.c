/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* sentencepiece.c - reads SentencePiece models: a protocol buffer (ModelProto
 * of sentencepiece_model.proto), which is fields, each with a key (number << 3
 * | kind) and a value; a message in it is a field of bytes. Fields that are
 * absent have the defaults of that file; those not named here say how the
 * model was trained. */
#include "format/sentencepiece.h"

#include "base/mem.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

/* Kinds of fields. */
enum { VARINT = 0, FIXED64 = 1, BYTES = 2, FIXED32 = 5 };

/* Of ModelProto and the messages in it. */
enum { MODEL_PIECES = 1, MODEL_TRAINER = 2, MODEL_NORMALIZER = 3,
       MODEL_DENORMALIZER = 5 };
enum { PIECE_TEXT = 1, PIECE_SCORE = 2, PIECE_TYPE = 3 };
enum { TRAINER_TYPE = 3, TRAINER_SUFFIX = 24, TRAINER_UNK = 40,
       TRAINER_BOS = 41 };
enum { RULE_NAME = 1, RULE_CHARSMAP = 2, RULE_PREFIX = 3, RULE_SQUEEZE = 4,
       RULE_ESCAPE = 5 };

enum { TYPE_NORMAL = 1, TYPE_UNKNOWN, TYPE_CONTROL, TYPE_USER_DEFINED,
       TYPE_UNUSED, TYPE_BYTE };

#define BPE 2

struct field {
    uint32_t number, kind;
    uint64_t value; /* of the kinds with numbers */
    const char *bytes;
    size_t size;
};

/* What is left of a message. */
struct message {
    const char *at, *end;
};

struct reading {
    struct sentencepiece *model;
    const char *path;
    struct error *err;
    int64_t kind, unk, bos;
    bool suffix, escapes;
    const char *rule; /* the normalizer's name; owned by bytes */
    size_t rule_size;
    bool maps, maps_back;
};

static bool read_varint(struct message *message, uint64_t *value)
{
    unsigned shift;

    *value = 0;
    for (shift = 0; shift < 64 && message->at < message->end; shift += 7) {
        unsigned char byte = (unsigned char)*message->at++;

        *value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return true;
    }
    return false;
}

/* size bytes, least first */
static bool read_fixed(struct message *message, size_t size, uint64_t *value)
{
    size_t i;

    *value = 0;
    if ((size_t)(message->end - message->at) < size)
        return false;
    for (i = 0; i < size; i++)
        *value |= (uint64_t)(unsigned char)*message->at++ << 8 * i;
    return true;
}

static bool read_bytes(struct message *message, struct field *field)
{
    uint64_t size;

    if (!read_varint(message, &size) ||
        size > (uint64_t)(message->end - message->at))
        return false;
    field->bytes = message->at;
    field->size = (size_t)size;
    message->at += size;
    return true;
}

/* The next field; false: there is none, or it is damaged, which leaves
 * something. */
static bool read_field(struct message *message, struct field *field)
{
    struct message rest = *message;
    uint64_t key;
    bool whole;

    *field = (struct field){0};
    if (!read_varint(&rest, &key) || key >> 3 > UINT32_MAX)
        return false;
    field->number = (uint32_t)(key >> 3);
    field->kind = key & 7;
    if (field->kind == VARINT)
        whole = read_varint(&rest, &field->value);
    else if (field->kind == FIXED64 || field->kind == FIXED32)
        whole = read_fixed(&rest, field->kind == FIXED64 ? 8 : 4,
                           &field->value);
    else
        whole = field->kind == BYTES && read_bytes(&rest, field);
    if (whole)
        *message = rest;
    return whole;
}

static int damaged(const struct reading *reading)
{
    return error_set(reading->err, ST_DATA, "%s: it is no SentencePiece "
                     "model, or a damaged one", reading->path);
}

typedef int take_fn(struct reading *reading, const struct field *field);

static int read_message(struct reading *reading, const char *bytes,
                        size_t size, take_fn *take)
{
    struct message message = {bytes, bytes + size};
    struct field field;
    int status = ST_OK;

    while (!status && read_field(&message, &field))
        status = take(reading, &field);
    return !status && message.at < message.end ? damaged(reading) : status;
}

static int take_trainer(struct reading *reading, const struct field *field)
{
    if (field->number == TRAINER_TYPE)
        reading->kind = (int64_t)field->value;
    else if (field->number == TRAINER_SUFFIX)
        reading->suffix = field->value != 0;
    else if (field->number == TRAINER_UNK)
        reading->unk = (int32_t)field->value;
    else if (field->number == TRAINER_BOS)
        reading->bos = (int32_t)field->value;
    return ST_OK;
}

static int take_rule(struct reading *reading, const struct field *field)
{
    if (field->number == RULE_NAME) {
        reading->rule = field->bytes;
        reading->rule_size = field->size;
    } else if (field->number == RULE_CHARSMAP) {
        reading->maps = field->size > 0;
    } else if (field->number == RULE_PREFIX) {
        reading->model->adds_prefix = field->value != 0;
    } else if (field->number == RULE_SQUEEZE) {
        reading->model->squeezes = field->value != 0;
    } else if (field->number == RULE_ESCAPE) {
        reading->escapes = field->value != 0;
    }
    return ST_OK;
}

static int take_rule_back(struct reading *reading, const struct field *field)
{
    if (field->number == RULE_CHARSMAP)
        reading->maps_back = field->size > 0;
    return ST_OK;
}

/* The fields of the piece that was added last. */
static int take_piece(struct reading *reading, const struct field *field)
{
    struct sentencepiece *model = reading->model;
    size_t id = model->n_tokens - 1;
    uint32_t bits = (uint32_t)field->value;

    if (field->number == PIECE_TEXT && field->kind == BYTES)
        model->tokens[id] = (struct gguf_text){field->bytes, field->size};
    else if (field->number == PIECE_SCORE && field->kind == FIXED32)
        memcpy(&model->scores[id], &bits, sizeof bits);
    else if (field->number == PIECE_TYPE && field->kind == VARINT)
        model->types[id] = field->value <= TYPE_BYTE ? (int32_t)bits : 0;
    return ST_OK;
}

static int check_piece(struct reading *reading)
{
    const struct sentencepiece *model = reading->model;
    size_t id = model->n_tokens - 1;
    const struct gguf_text *text = &model->tokens[id];
    int32_t type = model->types[id];

    if (text->size == 0 || memchr(text->bytes, '\0', text->size))
        return error_set(reading->err, ST_DATA, "%s: piece %zu is %s; a text "
                         "without NUL is needed", reading->path, id,
                         text->size > 0 ? "one with a NUL" : "empty");
    if (type < TYPE_NORMAL || type == TYPE_UNUSED)
        return error_set(reading->err, ST_DATA, "%s: piece %zu is %s; only "
                         "normal, unknown, control, user-defined and byte "
                         "pieces are supported", reading->path, id,
                         type == TYPE_UNUSED ? "unused" : "of no known type");
    return ST_OK;
}

static int add_piece(struct reading *reading, const struct field *field)
{
    struct sentencepiece *model = reading->model;
    size_t n = model->n_tokens;
    int status;

    if (n > INT32_MAX - 1)
        return damaged(reading);
    if ((n & (n - 1)) == 0) {
        size_t room = n > 0 ? 2 * n : 1;

        model->tokens = mem_grow(model->tokens, room, sizeof *model->tokens);
        model->scores = mem_grow(model->scores, room, sizeof *model->scores);
        model->types = mem_grow(model->types, room, sizeof *model->types);
    }
    model->tokens[n] = (struct gguf_text){"", 0};
    model->scores[n] = 0;
    model->types[n] = TYPE_NORMAL;
    model->n_tokens++;
    status = read_message(reading, field->bytes, field->size, take_piece);
    return status ? status : check_piece(reading);
}

static int take_part(struct reading *reading, const struct field *field)
{
    take_fn *take = field->number == MODEL_TRAINER        ? take_trainer
                    : field->number == MODEL_NORMALIZER   ? take_rule
                    : field->number == MODEL_DENORMALIZER ? take_rule_back
                                                          : NULL;

    if (field->number == MODEL_PIECES && field->kind == BYTES)
        return add_piece(reading, field);
    return take && field->kind == BYTES
               ? read_message(reading, field->bytes, field->size, take)
               : ST_OK;
}

/* The id, if it is that of a piece of the type; else -1. */
static int32_t id_of_type(const struct sentencepiece *model, int64_t id,
                          int32_t type)
{
    bool is = id >= 0 && (uint64_t)id < model->n_tokens &&
              model->types[id] == type;

    return is ? (int32_t)id : -1;
}

static int check_kind(const struct reading *reading)
{
    static const char *const kinds[] = {[1] = "unigram", [3] = "word",
                                        [4] = "char"};
    bool known = reading->kind == 1 || reading->kind == 3 ||
                 reading->kind == 4;

    if (reading->kind == BPE)
        return ST_OK;
    return error_set(reading->err, ST_DATA, "%s: a SentencePiece model of "
                     "the kind %s; only BPE is supported", reading->path,
                     known ? kinds[reading->kind] : "that is not known");
}

static int check_rules(const struct reading *reading)
{
    const char *what = reading->suffix      ? "treat_whitespace_as_suffix"
                       : !reading->escapes  ? "escape_whitespaces false"
                       : reading->maps_back ? "a denormalizer"
                                            : NULL;
    char *rule;

    if (what)
        return error_set(reading->err, ST_DATA, "%s: a SentencePiece model "
                         "with %s is not supported", reading->path, what);
    if (!reading->maps)
        return ST_OK;
    rule = text_quote(reading->rule ? reading->rule : "",
                      reading->rule_size < 60 ? reading->rule_size : 60);
    error_set(reading->err, ST_DATA, "%s: the normalizer is %s; of "
              "SentencePiece's only identity is supported", reading->path,
              rule);
    free(rule);
    return ST_DATA;
}

int sentencepiece_parse(const char *bytes, size_t size, const char *path,
                        struct sentencepiece *model, struct error *err)
{
    struct reading reading = {.model = model, .path = path, .err = err,
                              .kind = 1, .unk = 0, .bos = 1, .escapes = true};
    int status;

    *model = (struct sentencepiece){.adds_prefix = true, .squeezes = true};
    status = read_message(&reading, bytes, size, take_part);
    if (!status && model->n_tokens == 0)
        status = damaged(&reading);
    if (!status)
        status = check_kind(&reading);
    if (!status)
        status = check_rules(&reading);
    if (status) {
        sentencepiece_free(model);
        return status;
    }
    model->bos = id_of_type(model, reading.bos, TYPE_CONTROL);
    model->unknown = id_of_type(model, reading.unk, TYPE_UNKNOWN);
    return ST_OK;
}

void sentencepiece_free(struct sentencepiece *model)
{
    free(model->tokens);
    free(model->scores);
    free(model->types);
    *model = (struct sentencepiece){0};
}
