import Synchronization
import SystemPackage
import Testing

@testable import PipelineKit

/// What is asked of the kernel, and of one that does not know `openat2`.
@Suite struct OpenCallsTests {
    /// A kernel that answers from a list, and notes what it is asked.
    private final class Kernel: Sendable {
        private let state: Mutex<(answers: [Result<Int32, Errno>], asked: [String], next: Int32)>

        /// - Parameter answers: of `openat2`, one after the other; the last one for ever.
        init(_ answers: [Result<Int32, Errno>]) { state = Mutex((answers, [], 10)) }

        var asked: [String] { state.withLock(\.asked) }

        /// - Parameter failing: the names that `openat` does not open.
        func calls(failing: [String: Errno] = [:]) -> OpenCalls {
            OpenCalls(
                beneath: { folder, path, _, _ in
                    self.state.withLock { state in
                        state.asked.append("openat2 \(folder) \(path)")
                        return state.answers.count > 1 ? state.answers.removeFirst() : state.answers[0]
                    }
                },
                entry: { folder, name, _, _ in
                    self.state.withLock { state in
                        state.asked.append("openat \(folder) \(name)")
                        if let errno = failing[name] { return .failure(errno) }
                        state.next += 1
                        return .success(state.next)
                    }
                },
                close: { descriptor in self.state.withLock { $0.asked.append("close \(descriptor)") } })
        }
    }

    @Test func aMoveOnTheWayIsTriedAgain() {
        let kernel = Kernel([
            .failure(.resourceTemporarilyUnavailable), .failure(.resourceTemporarilyUnavailable), .success(7),
        ])
        let (opened, hasBeneath) = kernel.calls().open("a/b", below: 3, 0, hasBeneath: true)
        #expect(opened == .success(7) && hasBeneath)
        #expect(kernel.asked == Array(repeating: "openat2 3 a/b", count: 3))
    }

    @Test func aMoveWithoutAnEndIsAnError() {
        let kernel = Kernel([.failure(.resourceTemporarilyUnavailable)])
        let opened = kernel.calls().open("a", below: 3, 0, hasBeneath: true).opened
        #expect(opened == .failure(.resourceTemporarilyUnavailable))
        #expect(kernel.asked.count == OpenCalls.maximumTries)
    }

    /// An older kernel says the one, a container's filter the other.
    @Test(arguments: [Errno.noFunction, .notPermitted])
    func withoutTheCallItGoesPartByPart(_ answer: Errno) {
        let kernel = Kernel([.failure(answer)])
        let (opened, hasBeneath) = kernel.calls().open("a/b/c", below: 3, 0, hasBeneath: true)
        #expect(opened == .success(13) && !hasBeneath)
        #expect(
            kernel.asked == [
                "openat2 3 a/b/c", "openat 3 a", "openat 11 b", "close 11", "openat 12 c", "close 12",
            ])
    }

    @Test func whatIsKnownIsNotAskedAgain() {
        let kernel = Kernel([.failure(.noFunction)])
        #expect(kernel.calls().open(".", below: 3, 0, hasBeneath: false).opened == .success(11))
        #expect(kernel.asked == ["openat 3 ."])
    }

    /// `EPERM` may be the answer of the file itself: then the call is there.
    @Test func aFileThatIsForbiddenIsNoMissingCall() {
        let kernel = Kernel([.failure(.notPermitted)])
        let (opened, hasBeneath) = kernel.calls(failing: ["b": .notPermitted]).open(
            "a/b", below: 3, 0, hasBeneath: true)
        #expect(opened == .failure(.notPermitted) && hasBeneath)
        #expect(kernel.asked.last == "close 11")
    }

    @Test(arguments: ["..", "a/../b", "/etc/passwd", "a//b", "a/", "./a", ""])
    func partByPartNothingLeadsOut(_ path: String) {
        let kernel = Kernel([.failure(.noFunction)])
        let opened = kernel.calls().open(path, below: 3, 0, hasBeneath: false).opened
        #expect(opened == .failure(.improperLink))
        let isClosed =
            kernel.asked.filter { $0.hasPrefix("openat") }.count == kernel.asked.filter { $0.hasPrefix("close") }.count
        #expect(isClosed, "\(kernel.asked)")
    }
}
