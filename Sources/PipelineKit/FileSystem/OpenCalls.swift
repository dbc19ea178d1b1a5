internal import CLinux
internal import Glibc
package import SystemPackage

/// The calls of the operating system by which what is below a folder is opened. Tests put those of another kernel in
/// their place.
package struct OpenCalls: Sendable {
    package typealias Call = @Sendable (_ folder: Int32, _ path: String, _ flags: Int32, _ mode: UInt32) -> Opened
    package typealias Opened = Result<Int32, Errno>

    /// `openat2`: no part of the path may be a link.
    package var beneath: Call
    /// `openat`.
    package var entry: Call
    package var close: @Sendable (Int32) -> Void

    package init(
        beneath: @escaping Call = kernel.beneath, entry: @escaping Call = kernel.entry,
        close: @escaping @Sendable (Int32) -> Void = kernel.close
    ) {
        (self.beneath, self.entry, self.close) = (beneath, entry, close)
    }

    private init() {
        beneath = { folder, path, flags, mode in Self.result { runner_open_beneath(folder, path, flags, mode) } }
        entry = { folder, path, flags, mode in Self.result { openat(folder, path, flags, mode) } }
        close = { _ = Glibc.close($0) }
    }

    package static let kernel = OpenCalls()

    private static func result(_ call: () -> Int32) -> Opened {
        while true {
            let descriptor = call()
            if descriptor >= 0 { return .success(descriptor) }
            if errno != EINTR { return .failure(Errno(rawValue: errno)) }
        }
    }

    /// How often a path is tried again while folders on it are being moved.
    static let maximumTries = 100

    /// Opens what a path below a folder names. No part of it may be a link, and it cannot lead out of the folder,
    /// whatever is put in the place of what while the call runs.
    ///
    /// - Parameters:
    ///   - path: relative; `.` for the folder itself.
    ///   - hasBeneath: false if it is known that the kernel, or the filter of a container, does not let `openat2` be
    ///     called.
    /// - Returns: also whether `openat2` could be called.
    func open(
        _ path: String, below folder: Int32, _ flags: Int32, _ mode: UInt32 = 0, hasBeneath: Bool
    ) -> (opened: Opened, hasBeneath: Bool) {
        // Without `O_NOFOLLOW`, by which a link could itself be opened: it must be an error.
        let flags = flags | O_CLOEXEC
        guard hasBeneath else { return (openParts(of: path, below: folder, flags, mode), false) }
        for _ in 1..<Self.maximumTries {
            switch beneath(folder, path, flags, mode) {
            case .failure(.resourceTemporarilyUnavailable): continue
            case .failure(.noFunction):
                return (openParts(of: path, below: folder, flags, mode), false)
            case .failure(.notPermitted):
                // The answer of a container's filter that does not know the call, or the file's own.
                let opened = openParts(of: path, below: folder, flags, mode)
                if case .success = opened { return (opened, false) }
                return (opened, true)
            case let opened: return (opened, true)
            }
        }
        return (beneath(folder, path, flags, mode), true)
    }

    /// The same by one call for each part.
    private func openParts(of path: String, below folder: Int32, _ flags: Int32, _ mode: UInt32) -> Opened {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        var current = folder
        for (number, part) in parts.enumerated() {
            let isLast = number == parts.count - 1
            // A path that begins with `/` has an empty part.
            guard !part.isEmpty, part != "..", parts.count == 1 || part != "." else {
                if current != folder { close(current) }
                return .failure(.improperLink)
            }
            let part = String(part)
            var opened = isLast ? entry(current, part, flags | O_NOFOLLOW, mode) : entry(current, part, Self.passing, 0)
            if case .failure(.notDirectory) = opened, isLink(part, in: current) {
                opened = .failure(.tooManySymbolicLinkLevels)
            }
            if current != folder { close(current) }
            guard case .success(let next) = opened, !isLast else { return opened }
            current = next
        }
        return .failure(.improperLink)
    }

    /// For a folder that is only passed through: it need not be readable.
    private static let passing = Int32(RUNNER_O_PATH) | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC

    /// Asked for a folder, the kernel says of a link that it is none.
    private func isLink(_ name: String, in folder: Int32) -> Bool {
        switch entry(folder, name, Int32(RUNNER_O_PATH) | O_NOFOLLOW | O_CLOEXEC, 0) {
        case .failure: return false
        case .success(let descriptor):
            defer { close(descriptor) }
            var status = stat()
            return fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
        }
    }
}
