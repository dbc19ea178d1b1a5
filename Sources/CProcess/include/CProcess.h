// Child processes. What Linux asks for between the making of a process and the start of its program can be written in C
// only: no Swift may run there.
#pragma once

#include <sys/types.h>

/// A program to start.
struct program {
    const char *path;
    /// Both end with NULL.
    char *const *arguments;
    char *const *environment;
    const char *directory;
    /// Descriptors that become the program's standard input, output and error.
    int input, output, error;
    /// A descriptor that the program and its descendants keep open, or -1. They get no other.
    int kept;
    /// Whether the program leads a session of its own; if not, it leads a process group.
    int has_session;
    /// Whether the kernel kills the program when the calling thread ends. The thread must outlive the program.
    int dies_with_thread;
    /// The soft limit of open files that the program gets.
    unsigned long open_files;
};

enum process_part { process_part_making, process_part_directory, process_part_program };

/// Starts a program, and returns when it runs.
///
/// Returns its process id, or -1 with `errno`; then `part` says what failed, and no process is left.
pid_t process_start(const struct program *program, enum process_part *part);

/// Returns a descriptor for a process, which no other process with the same number can take over; -1 with `errno`.
int process_open(pid_t process);

/// Sends a signal to the process of such a descriptor; 0 only looks whether it is there.
int process_signal(int descriptor, int number);

/// Keeps the memory of this process out of core dumps. A program that it starts has its own again.
int process_refuse_dumps(void);

/// 1 if this process ignores a signal, as whoever started it may have asked; else 0.
int process_ignores(int number);
