// Linux calls that Glibc's module leaves out because they are declared for _GNU_SOURCE only.
#pragma once

#include <stddef.h>

int syncfs(int descriptor);
void *memmem(const void *bytes, size_t count, const void *wanted, size_t wanted_count);
