internal import Glibc
internal import PipelineKit
package import SystemPackage

/// The limits on names and paths in a folder. Longer ones cannot be written, and are reported before anything is
/// written.
package struct NameLimits: Sendable {
    /// The folder that the files go into.
    package let root: FilePath
    /// The most bytes of one part of a path.
    private let name: Int
    /// The most bytes of a whole path, without the zero byte at its end.
    private let path = Int(PATH_MAX) - 1

    /// - Parameter root: need not exist; the limits are those of the nearest folder above it that does.
    package init(of root: FilePath) {
        self.root = root
        var there = root
        while access(there.string, F_OK) != 0, there.removeLastComponent() {}
        let name = pathconf(there.string, Int32(_PC_NAME_MAX))
        self.name = name > 0 ? name : 255
    }

    /// - Parameters:
    ///   - isCompressed: true if compressed bytes are put beside the file.
    ///   - folder: the one that the key is joined to: `root`, or a folder in it.
    /// - Throws: `StepError` `name-too-long`, `path-too-long`, which name the key, the length and the limit.
    package func check(_ key: String, isCompressed: Bool, in folder: FilePath) throws {
        let ending = isCompressed ? ".gz" : ""
        let length = folder.string.utf8.count + 1 + key.utf8.count + ending.utf8.count
        if length > path {
            throw refusal(
                "path-too-long", key, "its path would have \(length) bytes, and the limit is \(path)",
                isCompressed, "give the folder a shorter path, rename the file")
        }
        // Nearly all keys are shorter than a name may be.
        if key.utf8.count + ending.utf8.count <= name { return }
        var parts = key.split(separator: "/")[...]
        guard let last = parts.popLast().map({ String($0) + ending }) else { return }
        if last.utf8.count > name {
            let what = isCompressed ? "its compressed copy " : ""
            throw refusal("name-too-long", key, what + tooLong(last), isCompressed, "rename the file")
        }
        if let part = parts.first(where: { $0.utf8.count > name }) {
            throw refusal("name-too-long", key, tooLong(String(part)), false, "rename the folder")
        }
    }

    /// - Parameter longest: the most bytes that a path below the root has besides those of its files.
    /// - Throws: `StepError` `path-too-long`.
    func checkRoom(for longest: Int, _ what: String) throws {
        let length = root.string.utf8.count + longest
        guard length > path else { return }
        throw StepError(
            "path-too-long",
            "the path \(root) leaves no room for \(what): the longest path would have \(length) bytes, and the "
                + "limit is \(path)", help: "choose a folder with a shorter path")
    }

    private func tooLong(_ part: String) -> String {
        "`\(part)` has \(part.utf8.count) bytes, and a name there may have \(name)"
    }

    private func refusal(
        _ code: String, _ key: String, _ reason: String, _ isCompressed: Bool, _ first: String
    ) -> StepError {
        let compressed = isCompressed ? ", or do not compress it: `include` of the `gzip` step says what it takes" : ""
        return StepError(
            code, "`\(key)` cannot be kept in \(root): \(reason)",
            help: first + (isCompressed ? ", " : ", or ") + "leave it out with `exclude`" + compressed)
    }
}
