# shellcheck shell=bash
# Sourced by scripts that run tests: how these are built, as arguments of `swift test` and `swift build`.
#
# Optimised, but with what only a debug build has: failpoints, and what tests may reach. Unoptimised, the generic code of the
# standard library and of swift-system is most of what the tests do: they took 1,130 s on two cores. Test targets are
# not optimised, since that takes longer than it saves (`Package.swift`).
# shellcheck disable=SC2034
test_build=(--scratch-path "$PWD/.build-tests" -c release -Xswiftc -DDEBUG -Xswiftc -enable-testing)
