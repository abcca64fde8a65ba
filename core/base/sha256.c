/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* sha256.c - SHA-256 as lower-case hexadecimal, by nettle. */
#include "base/sha256.h"

#include <errno.h>
#include <fcntl.h>
#include <nettle/sha2.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

void sha256_hex(struct sha256_ctx *sha, char hex[65])
{
    static const char digits[] = "0123456789abcdef";
    uint8_t digest[SHA256_DIGEST_SIZE];
    size_t i;

    sha256_digest(sha, sizeof digest, digest);
    for (i = 0; i < sizeof digest; i++) {
        hex[2 * i] = digits[digest[i] >> 4];
        hex[2 * i + 1] = digits[digest[i] & 15];
    }
    hex[2 * sizeof digest] = '\0';
}

void sha256_raw(const void *bytes, size_t size, unsigned char digest[32])
{
    struct sha256_ctx sha;

    sha256_init(&sha);
    sha256_update(&sha, size, bytes);
    sha256_digest(&sha, SHA256_DIGEST_SIZE, digest);
}

void sha256_bytes(const void *bytes, size_t size, char hex[65])
{
    struct sha256_ctx sha;

    sha256_init(&sha);
    sha256_update(&sha, size, bytes);
    sha256_hex(&sha, hex);
}

int sha256_descriptor(int fd, const char *path, char hex[65],
                      struct error *err)
{
    uint8_t buffer[1 << 16];
    struct sha256_ctx sha;
    ssize_t got;

    sha256_init(&sha);
    while ((got = read(fd, buffer, sizeof buffer)) != 0) {
        if (got > 0)
            sha256_update(&sha, (size_t)got, buffer);
        else if (errno != EINTR)
            return error_errno(err, ST_DATA, path, "cannot read");
    }
    sha256_hex(&sha, hex);
    return ST_OK;
}

int sha256_file(const char *path, char hex[65], struct error *err)
{
    /* Without O_NONBLOCK a FIFO would block before it can be refused. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat info;
    int status;

    if (fd < 0)
        return error_errno(err, ST_DATA, path, "cannot open");
    if (fstat(fd, &info) != 0)
        status = error_errno(err, ST_DATA, path, "cannot examine");
    else if (!S_ISREG(info.st_mode))
        status = error_set(err, ST_DATA, "%s: is not a regular file; only "
                           "regular files have a digest", path);
    else
        status = sha256_descriptor(fd, path, hex, err);
    close(fd);
    return status;
}
