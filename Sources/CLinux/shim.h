// Linux calls that Glibc's module leaves out: they are declared for _GNU_SOURCE only, or glibc has no wrapper for them.
#pragma once

#include <stddef.h>
#include <sys/syscall.h>

int syncfs(int descriptor);
void *memmem(const void *bytes, size_t count, const void *wanted, size_t wanted_count);
long syscall(long number, ...);
int renameat2(int old_folder, const char *old_path, int new_folder, const char *new_path, unsigned int flags);

// Since Linux 5.6, with this number on every architecture that Swift knows.
#ifndef SYS_openat2
#define SYS_openat2 437
#endif

// From <fcntl.h>, <linux/fs.h> and <linux/openat2.h>.
enum {
    RUNNER_O_PATH = 010000000,
    RUNNER_RENAME_EXCHANGE = 0x02,
    RUNNER_RESOLVE_NO_MAGICLINKS = 0x02,
    RUNNER_RESOLVE_NO_SYMLINKS = 0x04,
    RUNNER_RESOLVE_BENEATH = 0x08,
};

// Opens what a path below a folder names, if no part of it is a symbolic link. Returns -1 and sets errno, as open does.
static inline int runner_open_beneath(int folder, const char *path, int flags, unsigned int mode) {
    struct {
        unsigned long long flags, mode, resolve;
    } how = {
        (unsigned int)flags, mode, RUNNER_RESOLVE_BENEATH | RUNNER_RESOLVE_NO_SYMLINKS | RUNNER_RESOLVE_NO_MAGICLINKS};
    return (int)syscall(SYS_openat2, folder, path, &how, sizeof how);
}
