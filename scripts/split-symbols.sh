#!/usr/bin/env bash
# split-symbols.sh PROGRAM: moves a program's debug information into PROGRAM.debug, where debuggers look for it, and
# checks how the program is linked. What stays in it are the names of functions, for backtraces.
set -euo pipefail

program=$1
if ! readelf --section-headers --wide "$program" | grep -q ' \.debug_info '; then
  # It has been split already: nothing was linked since.
  [ -e "$program.debug" ] || { echo "split-symbols.sh: $program has no debug information" >&2; exit 1; }
else
  objcopy --only-keep-debug "$program" "$program.debug"
  # Never in place: somebody may be running it, or keep it under another name by a hard link.
  objcopy --strip-debug --add-gnu-debuglink="$program.debug" "$program" "$program.new"
  mv "$program.new" "$program"
fi

# Every address that the program's calls go through is set when it starts, and read-only from then on.
linked=$(readelf --dynamic --program-headers --wide "$program")
grep -q 'GNU_RELRO' <<<"$linked" || { echo "split-symbols.sh: $program is linked without RELRO" >&2; exit 1; }
grep -Eq 'BIND_NOW|Flags:.* NOW' <<<"$linked" || { echo "split-symbols.sh: $program is linked without -z now" >&2; exit 1; }
if grep -E 'GNU_STACK' <<<"$linked" | grep -q 'RWE'; then
  echo "split-symbols.sh: $program has an executable stack" >&2
  exit 1
fi
# The points at which a debug build can be killed are not for users.
if grep -q 'RUNNER_FAILPOINT' "$program"; then
  echo "split-symbols.sh: $program has failpoints, which only a debug build may have" >&2
  exit 1
fi
