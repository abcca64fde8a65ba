# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT
#
# portable.awk - what only some systems have stands between #if and #endif
# that ask for it, so that there is another way without it; configure asks for
# each of them (m4/transect_portable.m4). Its arguments are configure.ac, the
# macros in m4, and all C files.

BEGIN {
    # Functions, guarded by HAVE_NAME, and headers, by HAVE_NAME_H.
    functions = "accept4 backtrace canonicalize_file_name clone close_range" \
        " copy_file_range dl_iterate_phdr dup3 epoll_create1 epoll_wait" \
        " eventfd execvpe explicit_bzero fallocate feenableexcept" \
        " fedisableexcept fopencookie get_current_dir_name getauxval" \
        " getrandom gettid get_nprocs gnu_get_libc_version" \
        " inotify_init1 io_uring_setup issetugid mallinfo mallinfo2" \
        " malloc_trim malloc_usable_size mallopt memfd_create mempcpy memrchr" \
        " mremap pidfd_open pipe2 prctl procctl process_vm_readv" \
        " pthread_getattr_np pthread_getname_np pthread_setaffinity_np" \
        " pthread_setname_np pthread_tryjoin_np ptrace qsort_r rawmemchr" \
        " reallocarray renameat2 renameatx_np renamex_np sched_getaffinity" \
        " sched_getcpu sched_setaffinity secure_getenv sendfile setns" \
        " setresuid sigabbrev_np signalfd splice statx strchrnul strdupa" \
        " strerrorname_np strndupa strverscmp sync_file_range syncfs syscall" \
        " sysinfo timerfd_create unshare versionsort vmsplice __fpending"
    headers = "endian.h error.h execinfo.h features.h gnu/libc-version.h" \
        " linux/[a-z_]*.h malloc.h stdio_ext.h sys/auxv.h sys/epoll.h" \
        " sys/eventfd.h sys/inotify.h sys/prctl.h sys/procctl.h sys/ptrace.h" \
        " sys/random.h sys/sendfile.h sys/signalfd.h sys/syscall.h" \
        " sys/sysinfo.h sys/timerfd.h values.h"
    # Constants, guarded by themselves, or by HAVE_DECL_NAME if they are of an
    # enum.
    constants = "FALLOC_FL_KEEP_SIZE MADV_DONTFORK MADV_HUGEPAGE" \
        " MADV_WIPEONFORK MAP_GROWSDOWN MAP_HUGETLB MAP_NORESERVE" \
        " MAP_POPULATE MAP_FIXED_NOREPLACE O_NOATIME O_PATH O_TMPFILE" \
        " PR_SET_PDEATHSIG PTHREAD_MUTEX_ADAPTIVE_NP RENAME_EXCHANGE" \
        " RLIMIT_RTTIME RTLD_DI_LINKMAP RTLD_NODELETE" \
        " _CS_GNU_LIBC_VERSION _SC_AVPHYS_PAGES _SC_PHYS_PAGES"
    # Files of Linux alone. Who reads one goes on without it.
    split("core/plugin/plugin-dlopen.c core/tensor/machine.c" \
        " core/sandbox/resource-limits.c", file)
    for (i in file)
        reads_proc[file[i]] = 1
    n_functions = split(functions, function_of, " ")
    n_headers = split(headers, header_of, " ")
    n_constants = split(constants, constant_of, " ")
    # The guard that has another name.
    guard_of["__fpending"] = "HAVE_STDIO_EXT_H"
}

function guard(name)
{
    if (name in guard_of)
        return guard_of[name]
    name = toupper(name)
    gsub(/[\/.]/, "_", name)
    return "HAVE_" name
}

function says(text, word)
{
    return (" " text " ") ~ ("[^A-Za-z0-9_]" word "[^A-Za-z0-9_]")
}

# Is this line between #if and #endif that ask for it?
function guarded(by,    i)
{
    for (i = 1; i <= depth; i++)
        if (says(condition[i], by))
            return 1
    return 0
}

function complain(name, by)
{
    print FILENAME ":" FNR ": " name " is not on every Unix; ask for it with" \
        " #if " by ", and have another way without it"
}

# Configure has to define the guard.
function check(name, by)
{
    if (!guarded(by))
        complain(name, by)
    else if (by ~ /^HAVE_/ && !says(defined_by_configure, by))
        print FILENAME ":" FNR ": " by " is not asked for in configure.ac"
}

# What AC_CHECK_FUNCS and AC_CHECK_HEADERS have in their lists.
FILENAME ~ /\.(ac|m4)$/ {
    n = split($0, word, /[^A-Za-z0-9_.\/]+/)
    for (i = 1; i <= n; i++) {
        name = toupper(word[i])
        gsub(/[\/.]/, "_", name)
        defined_by_configure = defined_by_configure " HAVE_" name
    }
    next
}

FNR == 1 {
    depth = 0
    in_comment = 0
}

# Comments go; the strings stay, since names in them are followed by no "(".
{
    line = $0
    if (in_comment && !sub(/^.*\*\//, "", line))
        next
    in_comment = 0
    gsub(/\/\*([^*]|\*+[^*\/])*\*+\//, " ", line)
    if (sub(/\/\*.*/, "", line))
        in_comment = 1
}

line ~ /^ *# *if/ { condition[++depth] = line }
line ~ /^ *# *elif/ { condition[depth] = line }
line ~ /^ *# *else/ {
    # What was missing may be defined before, and is there then.
    if (condition[depth] !~ /^ *# *ifndef/)
        condition[depth] = ""
}
line ~ /^ *# *endif/ {
    if (condition[depth] ~ /^ *# *ifndef/)
        defined[FILENAME] = defined[FILENAME] " " condition[depth]
    depth--
}

line ~ /^ *# *include/ {
    for (i = 1; i <= n_headers; i++)
        if (line ~ ("<" header_of[i] ">"))
            check("<" header_of[i] ">", guard(header_of[i]))
}

line !~ /^ *# *(if|elif|include)/ {
    for (i = 1; i <= n_functions; i++)
        if (line ~ ("(^|[^A-Za-z0-9_.>])" function_of[i] " ?\\("))
            check(function_of[i] "()", guard(function_of[i]))
    for (i = 1; i <= n_constants; i++)
        if (says(line, constant_of[i]) && !guarded(constant_of[i]) &&
            !guarded("HAVE_DECL_" constant_of[i]) &&
            !says(defined[FILENAME], constant_of[i]))
            complain(constant_of[i], constant_of[i])
}

line ~ /"\/(proc|sys)\// && !(FILENAME in reads_proc) {
    print FILENAME ":" FNR ": not every Unix has /proc and /sys; see" \
        " reads_proc in tests/lint/portable.awk"
}

line ~ /__linux__|__gnu_linux__/ {
    print FILENAME ":" FNR ": ask for what is used, not for Linux"
}
