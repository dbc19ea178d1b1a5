// Linux calls that Glibc's module leaves out because they are declared for _GNU_SOURCE only.
#pragma once

int syncfs(int descriptor);
