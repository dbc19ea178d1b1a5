internal import CLinux
internal import Foundation
internal import Glibc
internal import Synchronization
public import SystemPackage

/// Exchanges a folder for a link that leads out of the site, and back, again and again, on a thread of its own.
public final class Swapper: Sendable {
    private struct State {
        var swaps = 0
        var isStopped = false
        var hasEnded = false
    }

    private let state = Mutex(State())
    private let (folder, link): (String, String)

    /// - Parameters:
    ///   - link: a link beside the folder.
    public init(_ folder: FilePath, _ link: FilePath) {
        (self.folder, self.link) = (folder.string, link.string)
    }

    /// How often the link has taken the folder's place.
    public var swaps: Int { state.withLock(\.swaps) }

    public func start() {
        Thread.detachNewThread { [self] in
            var generator = SystemRandomNumberGenerator()
            while !state.withLock(\.isStopped) {
                usleep(.random(in: 0...3_000, using: &generator))
                guard Self.exchange(folder, link) else { break }
                state.withLock { $0.swaps += 1 }
                usleep(.random(in: 0...1_000, using: &generator))
                guard Self.exchange(folder, link) else { break }
            }
            state.withLock { $0.hasEnded = true }
        }
    }

    /// Leaves the folder in its place.
    public func stop() {
        state.withLock { $0.isStopped = true }
        while !state.withLock(\.hasEnded) { usleep(1_000) }
    }

    private static func exchange(_ one: String, _ other: String) -> Bool {
        // Nobody ever finds the name missing.
        renameat2(AT_FDCWD, one, AT_FDCWD, other, UInt32(RUNNER_RENAME_EXCHANGE)) == 0
    }
}
