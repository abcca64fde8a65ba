/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* swap-race.c - loads plugins while another user swaps what is on the way to
 * them. swap-race [LOADS]: as root alone, since it becomes that user. What
 * the other user's plugin does is leave a file. */
#include "base/folder.h"
#include "base/mem.h"
#include "plugin/plugin-loader.h"

#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define OTHER 65534 /* nobody */

/* Ways to root's own bump.so, below a folder that others can write. All but
 * the last must be refused at any time: there, in a sticky folder, nobody can
 * swap what is root's. */
static const char *const ways[] = {
    "above/way/in/bump.so", /* a folder further up is swapped */
    "link/way/bump.so",     /* a link on the way, to a good folder */
    "link/last.so/bump.so", /* a link behind a link */
    "folder/bump.so",       /* the file itself */
    "sticky/way/bump.so",
};

#define N_WAYS (sizeof ways / sizeof ways[0])

static char *root;   /* the temporary folder */
static char *plugin; /* root's, which leaves no file */
static char *evil;   /* what the other user has */

static void fail(const char *what)
{
    printf("Bail out! %s\n", what);
    exit(1);
}

static void make_folder(const char *name, mode_t mode)
{
    char *path = mem_path(root, name);

    if (mkdir(path, 0700) != 0 || chmod(path, mode) != 0)
        fail(path);
    free(path);
}

static void copy(const char *from, const char *name)
{
    char *path = mem_path(root, name), bytes[1 << 16];
    FILE *in = fopen(from, "rb"), *out = fopen(path, "wb");
    size_t n;

    if (!in || !out)
        fail(path);
    while ((n = fread(bytes, 1, sizeof bytes, in)) > 0)
        if (fwrite(bytes, 1, n, out) != n)
            fail(path);
    fclose(in);
    if (fclose(out) != 0 || chmod(path, 0755) != 0)
        fail(path);
    free(path);
}

static void give_away(const char *name)
{
    char *path = mem_path(root, name);

    if (chown(path, OTHER, OTHER) != 0)
        fail(path);
    free(path);
}

static void make_tree(void)
{
    static const char *const open_to_all[] = {"above", "link", "folder"};

    for (size_t i = 0; i < 3; i++)
        make_folder(open_to_all[i], 0777);
    make_folder("sticky", 01777);
    make_folder("good", 0755);
    make_folder("above/way", 0755);
    make_folder("above/way/in", 0755);
    make_folder("sticky/way", 0755);
    copy(plugin, "good/bump.so");
    copy(plugin, "above/way/in/bump.so");
    copy(plugin, "folder/bump.so");
    copy(plugin, "sticky/way/bump.so");
    make_folder("theirs", 0755);
    make_folder("theirs/in", 0755);
    copy(evil, "theirs/bump.so");
    copy(evil, "theirs/in/bump.so");
    give_away("theirs/in/bump.so");
    give_away("theirs/bump.so");
    give_away("theirs/in");
    give_away("theirs");
}

static void become_other(void)
{
    if (setgroups(0, NULL) != 0 || setgid(OTHER) != 0 || setuid(OTHER) != 0 ||
        chdir(root) != 0)
        _exit(1);
}

/* Puts `other` in the place of `way`, and back. Some fail: they are meant
 * to. */
static void swap(const char *way, const char *other, const char *aside)
{
    if (rename(way, aside) == 0) {
        rename(other, way);
        rename(way, other);
        rename(aside, way);
    }
}

static void put_link(const char *target, const char *way)
{
    if (symlink(target, "link/new") == 0)
        rename("link/new", way);
}

static void copy_theirs(const char *to)
{
    if (link("theirs/bump.so", to) != 0)
        return;
}

_Noreturn static void attack(void)
{
    become_other();
    mkdir("above/theirs", 0755);
    symlink("../../theirs/in", "above/theirs/in");
    mkdir("sticky/theirs", 0755);
    copy_theirs("sticky/theirs/bump.so");
    copy_theirs("folder/theirs.so");
    put_link("../good", "link/last.so");
    for (;;) {
        swap("above/way", "above/theirs", "above/aside");
        put_link("../good", "link/way");
        put_link("../theirs", "link/way");
        put_link("way", "link/last.so");
        put_link("../good", "link/last.so");
        swap("folder/bump.so", "folder/theirs.so", "folder/aside.so");
        swap("sticky/way", "sticky/theirs", "sticky/aside");
    }
}

/* In a process of its own, as a plugin stays for good. */
static bool load(const char *way)
{
    pid_t child = fork();
    int status = 1;

    if (child == 0) {
        struct plugin_path none = {0};
        char *path = mem_path(root, way);
        struct plugin *loaded;
        struct error err;

        _exit(plugin_load(&none, path, &loaded, &err) != ST_OK);
    }
    waitpid(child, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void race(long loads, long loaded[N_WAYS])
{
    pid_t attacker = fork();

    if (attacker == 0)
        attack();
    for (long i = 0; i < loads; i++)
        loaded[i % (long)N_WAYS] += load(ways[i % (long)N_WAYS]);
    kill(attacker, SIGKILL);
    waitpid(attacker, NULL, 0);
}

static void report(long loads, const long loaded[N_WAYS], const char *mark)
{
    long wrong = 0, right = loaded[N_WAYS - 1];

    for (size_t i = 0; i < N_WAYS - 1; i++)
        wrong += loaded[i];
    printf("# %ld loads: %ld refused, %ld of root's on a way of root's\n",
           loads, loads - right - wrong, right);
    printf("%s 1 - none of the other user's code runs\n",
           access(mark, F_OK) == 0 ? "not ok" : "ok");
    printf("%s 2 - no way that another user can change is gone\n",
           wrong ? "not ok" : "ok");
    printf("%s 3 - what nobody else can swap is loaded each time\n1..3\n",
           right == loads / (long)N_WAYS ? "ok" : "not ok");
}

int main(int argc, char **argv)
{
    long loads = argc > 1 ? atol(argv[1]) : 500, loaded[N_WAYS] = {0};
    const char *plugins = getenv("TRANSECT_TEST_PLUGINS");
    char *mark;

    if (geteuid() != 0) {
        puts("1..0 # SKIP only root can become another user");
        return 0;
    }
    if (!plugins)
        fail("TRANSECT_TEST_PLUGINS is not set");
    loads -= loads % (long)N_WAYS;
    umask(022);
    root = mem_strdup("/tmp/transect-swap-XXXXXX");
    if (!mkdtemp(root) || chmod(root, 0755) != 0)
        fail(root);
    plugin = mem_path(plugins, "bump.so");
    evil = mem_path(plugins, "starts.so");
    mark = mem_path(root, "mark");
    make_tree();
    setenv("TRANSECT_MARK", mark, 1);
    race(loads, loaded);
    report(loads, loaded, mark);
    folder_remove(AT_FDCWD, root);
    free(mark);
    free(evil);
    free(plugin);
    free(root);
    return 0;
}
