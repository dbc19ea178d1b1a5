internal import Synchronization

/// Replaces the values of secrets by `***` in everything that leaves the process.
///
/// It finds a secret only in one piece. So `LineSplitter` hands over whole lines. If it had to cut a line, the beginning of
/// a secret may be at the end, and that is masked too.
///
/// More can be added at any time: what a process learns later, such as the keys that a service gives it, is masked from
/// then on.
public final class SecretMasker: Sendable {
    private struct State {
        var secrets: Set<String> = []
        var forms: Set<SecretForm> = []
        var search = FormSearch([])
    }

    private let state = Mutex(State())
    private let general: SecretMasker?

    /// - Parameters:
    ///   - secrets: the values. Those under 3 characters are not masked, because too much other text would be.
    ///   - general: masks further secrets, also those that are added to it later.
    public init(_ secrets: some Sequence<String>, and general: SecretMasker? = nil) {
        self.general = general
        add(secrets)
    }

    public convenience init() { self.init([String]()) }

    /// Masks what is secret of a pipeline's secrets: a value that the file itself has as its `default` is not.
    ///
    /// - Parameter values: by name.
    convenience init(_ values: [String: String], of pipeline: Pipeline, and general: SecretMasker? = nil) {
        let known = Dictionary(pipeline.secrets.map { ($0.name, $0.fallback) }) { first, _ in first }
        self.init(values.filter { $0.value != known[$0.key] }.values, and: general)
    }

    /// Masks further secrets from now on.
    public func add(_ secrets: some Sequence<String>) {
        state.withLock { state in
            let new = secrets.filter { state.secrets.insert($0).inserted }
            guard !new.isEmpty else { return }
            for secret in new { state.forms.formUnion(SecretForms.of(secret)) }
            state.search = FormSearch(state.forms)
        }
    }

    /// True if a text is too short to be masked: too much other text would be.
    static func isTooShort(_ secret: String) -> Bool { secret.count < SecretForms.leastLength }

    public func mask(_ text: String) -> String {
        let searches = searches
        guard !searches.isEmpty else { return text }
        let bytes = Array(text.utf8)
        let ranges = searches.flatMap { search in
            search.ranges(in: bytes) + (Self.beginning(atEndOf: bytes, search).map { [$0] } ?? [])
        }
        let all = ranges + Self.escapedRanges(in: bytes, searches)
        return all.isEmpty ? text : Self.replaced(all, in: bytes)
    }

    private var searches: [FormSearch] {
        let own = state.withLock(\.search)
        return (own.isEmpty ? [] : [own]) + (general?.searches ?? [])
    }

    /// Masks the texts in a value. A number is masked only if it is a whole secret: then the value becomes text.
    public func mask(_ value: Value) -> Value {
        switch value {
        case .text(let text): .text(mask(text))
        case .integer, .number: mask(value.asText) == Self.mark ? .text(Self.mark) : value
        case .list(let values): .list(values.map(mask))
        case .object(let fields): .object(fields.mapValues(mask))
        case .null, .bool: value
        }
    }

    private static let mark = "***"

    func mask(_ report: StepReport) -> StepReport {
        var report = report
        report.error = report.error.map(mask)
        report.outputs = report.outputs.mapValues(mask)
        report.summary = report.summary.map(mask)
        return report
    }

    func mask(_ error: ErrorRecord) -> ErrorRecord {
        ErrorRecord(code: error.code, message: mask(error.message), help: error.help.map(mask))
    }

    // MARK: - Where secrets are

    /// Where secrets are whose characters are escaped, some or all.
    private static func escapedRanges(in bytes: [UInt8], _ searches: [FormSearch]) -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        var text = EscapedText(bytes)
        for _ in 0..<EscapedText.depth {
            guard let level = text else { break }
            for range in searches.flatMap({ $0.ranges(in: level.bytes) }) {
                ranges.append(level.places[range.lowerBound]..<level.places[range.upperBound])
            }
            text = level.next
        }
        return ranges
    }

    /// The beginning of a secret at the end of a line that was cut, and all behind it but the mark of the cut.
    private static func beginning(atEndOf bytes: [UInt8], _ search: FormSearch) -> Range<Int>? {
        let cut = Array(LineSplitter.cutMark.utf8)
        guard bytes.count > LineSplitter.limit, bytes.suffix(cut.count).elementsEqual(cut) else { return nil }
        let line = bytes.dropLast(cut.count)
        let known = search.forms.map { beginning(of: $0.bytes, atEndOf: line) }.max() ?? 0
        return known == 0 ? nil : (line.count - known)..<line.count
    }

    /// How much of a form, and not all of it, ends a text. The way of Knuth, Morris and Pratt, since a form can be long.
    private static func beginning(of form: [UInt8], atEndOf text: ArraySlice<UInt8>) -> Int {
        var borders = [0]
        var known = 0
        for byte in form.dropFirst() {
            while known > 0, form[known] != byte { known = borders[known - 1] }
            if form[known] == byte { known += 1 }
            borders.append(known)
        }
        known = 0
        for byte in text.suffix(form.count - 1) {
            while known > 0, form[known] != byte { known = borders[known - 1] }
            if form[known] == byte { known += 1 }
        }
        return known
    }

    /// Puts the mark in the place of each range; ranges that overlap are one.
    private static func replaced(_ ranges: [Range<Int>], in bytes: [UInt8]) -> String {
        var out: [UInt8] = []
        var copied = 0
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) where !range.isEmpty {
            if range.lowerBound >= copied {
                out += bytes[copied..<range.lowerBound]
                out += mark.utf8
            }
            copied = max(copied, range.upperBound)
        }
        return String(decoding: out + bytes[copied...], as: UTF8.self)
    }
}
