#define _GNU_SOURCE

#include "CProcess.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

// Older headers lack these numbers. They are the same on every architecture.
#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_close_range
#define SYS_close_range 436
#endif

struct failure {
    enum process_part part;
    int error;
};

// A shell script uses the descriptors from 3 up for itself, and would close this one. Some programs look only at the first
// dozen of what they inherit.
static const int kept_number = 200;

static void fail(int report, enum process_part part) {
    struct failure failure = {part, errno};
    ssize_t written = write(report, &failure, sizeof failure);
    (void)written;
    _exit(127);
}

// Closes what the table of this process lists. The child may not allocate, so the entries are read into its stack.
static void close_listed(int first, int kept, int report) {
    int folder = open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) return;
    char entries[1024] __attribute__((aligned(8)));
    long count;
    while ((count = syscall(SYS_getdents64, folder, entries, sizeof entries)) > 0) {
        for (long at = 0; at < count;) {
            struct dirent64 *entry = (struct dirent64 *)(entries + at);
            at += entry->d_reclen;
            int number = 0;
            const char *digit = entry->d_name;
            while (*digit >= '0' && *digit <= '9') number = number * 10 + (*digit++ - '0');
            if (*digit || number < first || number == kept || number == report || number == folder) continue;
            // It closes when the program starts: closing it now would disturb the reading of the folder.
            fcntl(number, F_SETFD, FD_CLOEXEC);
        }
    }
    close(folder);
}

static void close_between(unsigned first, unsigned last, int kept, int report) {
    if (first > last) return;
    // An old kernel does not know the call, and filters of old containers refuse it.
    if (syscall(SYS_close_range, first, last, 0) != 0) close_listed((int)first, kept, report);
}

// Leaves the program its three descriptors, the one that it keeps, and the one for the report, which closes at its start.
static void close_others(int kept, int report) {
    int low = kept < 0 || report < kept ? report : kept;
    int high = kept < 0 || report > kept ? report : kept;
    close_between(3, (unsigned)low - 1, kept, report);
    if (high > low) close_between((unsigned)low + 1, (unsigned)high - 1, kept, report);
    close_between((unsigned)high + 1, ~0U, kept, report);
}

static int above_standard(int descriptor) {
    return descriptor > 2 ? descriptor : fcntl(descriptor, F_DUPFD_CLOEXEC, 3);
}

// Runs in the child, which shares the memory of its parent until the program starts: only system calls.
static void become(const struct program *program, pid_t parent, int report) {
    struct sigaction usual = {.sa_handler = SIG_DFL};
    for (int number = 1; number < NSIG; number++) sigaction(number, &usual, NULL);
    if (program->has_session) setsid();
    else setpgid(0, 0);
    if (program->dies_with_thread) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        // It may have ended before the call.
        if (getppid() != parent) _exit(127);
    }
    if (chdir(program->directory) != 0) fail(report, process_part_directory);

    report = above_standard(report);
    int input = above_standard(program->input), output = above_standard(program->output);
    int error = above_standard(program->error);
    if (dup2(input, 0) < 0 || dup2(output, 1) < 0 || dup2(error, 2) < 0) fail(report, process_part_making);
    int kept = -1;
    if (program->kept >= 0) {
        kept = fcntl(program->kept, F_DUPFD, kept_number);
        // The limit of open files may be lower than that.
        if (kept < 0) kept = fcntl(program->kept, F_DUPFD, 3);
        if (kept < 0) fail(report, process_part_making);
    }
    close_others(kept, report);

    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && program->open_files < limit.rlim_cur) {
        limit.rlim_cur = program->open_files;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    execve(program->path, program->arguments, program->environment);
    fail(report, process_part_program);
}

pid_t process_start(const struct program *program, enum process_part *part) {
    *part = process_part_making;
    int report[2];
    if (pipe2(report, O_CLOEXEC) != 0) return -1;
    pid_t parent = getpid();
    // A handler of this process must not run in the child.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    pid_t child = vfork();
    if (child == 0) {
        become(program, parent, report[1]);
        _exit(127);
    }
    int error = errno;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    close(report[1]);
    struct failure failure;
    ssize_t count = 0;
    if (child > 0) {
        do count = read(report[0], &failure, sizeof failure);
        while (count < 0 && errno == EINTR);
    }
    close(report[0]);
    if (child > 0 && count == sizeof failure) {
        while (waitpid(child, NULL, 0) < 0 && errno == EINTR) {}
        *part = failure.part;
        error = failure.error;
        child = -1;
    }
    errno = error;
    return child;
}

int process_open(pid_t process) { return (int)syscall(SYS_pidfd_open, process, 0); }

int process_signal(int descriptor, int number) {
    return (int)syscall(SYS_pidfd_send_signal, descriptor, number, NULL, 0);
}

int process_refuse_dumps(void) { return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); }

int process_ignores(int number) {
    struct sigaction action;
    return sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}
