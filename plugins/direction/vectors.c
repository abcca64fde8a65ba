/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* vectors.c - directions as files: .safetensors of one tensor, float32. */
#include "direction.h"

#include <string.h>
#include <transect/kit/text.h>

#define ALIGNED 8 /* where numbers begin, as readers that map files want it */

const char *direction_name(const struct direction *self,
                           const struct site *site, enum method method)
{
    struct transect_text name = transect_text_new(self->ctx, self->host);

    transect_text_add(&name, "%s", self->host->point_name(site->point));
    if (site->layer >= 0)
        transect_text_add(&name, ".L%d", (int)site->layer);
    if (self->n_place > 1)
        transect_text_add(&name, ".P%s", self->places[site->place]);
    transect_text_add(&name, ".%s", direction_methods[method]);
    return name.bytes;
}

/* "key":"value", of the header's metadata, which are texts all. */
static void add_text(struct transect_text *header, const char *key,
                     const char *value)
{
    transect_text_add(header, "\"%s\":\"", key);
    for (; *value; value++)
        if (*value == '"' || *value == '\\')
            transect_text_add(header, "\\%c", *value);
        else if ((unsigned char)*value < 0x20)
            transect_text_add(header, "\\u%04x", (unsigned)*value);
        else
            transect_text_add(header, "%c", *value);
    transect_text_add(header, "\",");
}

/* {"__metadata__":{...},"NAME":{"dtype":"F32","shape":[D],
 * "data_offsets":[0,4 D]}} */
static struct transect_text make_header(const struct direction *self,
                                        const struct site *site,
                                        enum method method, const char *name)
{
    const struct result *result = &site->results[method];
    struct transect_text header = transect_text_new(self->ctx, self->host);

    transect_text_add(&header, "{\"__metadata__\":{");
    add_text(&header, "point", self->host->point_name(site->point));
    if (site->layer >= 0)
        transect_text_add(&header, "\"layer\":\"%d\",", (int)site->layer);
    add_text(&header, "position", self->places[site->place]);
    add_text(&header, "method", direction_methods[method]);
    add_text(&header, "from", self->labels[0]);
    add_text(&header, "to", self->labels[1]);
    transect_text_add(&header, "\"norm\":\"%.9g\",\"gap\":\"%.9g\","
                      "\"bias\":\"%.9g\"},", result->norm, result->gap,
                      result->rule.b);
    transect_text_add(&header, "\"%s\":{\"dtype\":\"F32\",\"shape\":[%d],"
                      "\"data_offsets\":[0,%zu]}}", name, (int)site->width,
                      (size_t)site->width * sizeof(float));
    while (header.size % ALIGNED)
        transect_text_add(&header, " ");
    return header;
}

static void put_little(unsigned char *to, uint64_t value, int n)
{
    for (int i = 0; i < n; i++)
        to[i] = (unsigned char)(value >> 8 * i);
}

static int write_vector(const struct direction *self, const struct site *site,
                        enum method method)
{
    const char *name = direction_name(self, site, method);
    struct transect_text header = make_header(self, site, method, name);
    size_t n = (size_t)site->width, size = 8 + header.size + 4 * n;
    unsigned char *bytes = self->host->alloc(self->ctx, size, 1);

    put_little(bytes, header.size, 8);
    memcpy(bytes + 8, header.bytes, header.size);
    for (size_t i = 0; i < n; i++) {
        float value = (float)site->results[method].rule.w[i];
        uint32_t bits;

        memcpy(&bits, &value, sizeof bits);
        put_little(bytes + 8 + header.size + 4 * i, bits, 4);
    }
    return self->host->file(self->ctx,
                            transect_text_format(self->ctx, self->host,
                                                 "%s.safetensors", name),
                            bytes, size);
}

int direction_write_vectors(const struct direction *self)
{
    for (int32_t i = 0; i < self->n_sites; i++)
        for (int method = 0; method < N_METHODS; method++)
            if (self->wanted[method] &&
                write_vector(self, &self->sites[i], (enum method)method))
                return TRANSECT_FAILED;
    return TRANSECT_OK;
}
