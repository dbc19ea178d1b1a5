public import PipelineKit
public import SystemPackage

/// Writes assets to a list as they come, counts them and reports progress.
public struct AssetListSink: ResultSink {
    public struct Totals: Hashable, Sendable {
        public var files = 0
        /// Of the stored bytes.
        public var bytes = 0
        /// Files of the list that are stored compressed.
        public var compressed = 0
        /// How much smaller they are than their originals in total, in bytes.
        public var saved = 0
    }

    private let writer: AssetList.Writer
    private let progress: Progress
    private let total: Int?
    private var totals = Totals()

    /// - Parameter total: the number of assets, if it is known.
    public init(_ path: FilePath, _ progress: Progress, total: Int? = nil) throws {
        writer = try AssetList.Writer(path)
        self.progress = progress
        self.total = total
    }

    public mutating func take(_ asset: Asset) throws {
        try writer.write(asset)
        totals.files += 1
        totals.bytes += asset.size
        if let original = asset.original {
            totals.compressed += 1
            totals.saved += original.size - asset.size
        }
        if totals.files % Self.reportInterval == 0 || asset.size >= Self.largeFile { report(asset.key) }
    }

    public func finish() throws -> Totals {
        report("")
        try writer.finish()
        return totals
    }

    private func report(_ key: String) {
        progress(Progress.State(done: totals.files, total: total, unit: "files", bytes: totals.bytes, detail: key))
    }

    /// For small files: each takes some microseconds.
    private static let reportInterval = 16
    private static let largeFile = 1 << 20
}
