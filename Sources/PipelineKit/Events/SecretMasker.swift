internal import TextCoding

/// Replaces the values of secrets by `***` in everything that leaves the process.
///
/// It finds a secret only in one piece. So `LineSplitter`, below, hands over whole lines. If it had to cut a line, the
/// beginning of a secret may be at the end, and that is masked too.
public struct SecretMasker: Sendable {
    /// The texts to mask, longest first: otherwise masking a secret that is part of another one would leave the rest of
    /// it readable.
    private let forms: [String]

    /// - Parameter secrets: the values. Those under 3 characters are not masked, because too much other text would be.
    public init(_ secrets: some Sequence<String>) {
        var forms: Set<String> = []
        for secret in secrets where secret.count >= 3 {
            forms.formUnion([secret, PercentEncoding.component.encode(secret), Self.jsonEscaped(secret)])
            forms.formUnion(Self.base64Forms(secret))
            // A command prints a secret of several lines one line at a time.
            let lines = secret.split(whereSeparator: \.isNewline).map(String.init)
            forms.formUnion(lines.filter { $0.count >= (lines.count > 1 ? 8 : 3) })
            // What is shown is cleaned before it is masked.
            forms.formUnion(
                ([secret] + lines).map(SanitizedText.clean).filter { $0.count >= (lines.count > 1 ? 8 : 3) })
        }
        self.forms = forms.sorted { ($0.utf8.count, $0) > ($1.utf8.count, $1) }
    }

    public func mask(_ text: String) -> String {
        guard !forms.isEmpty else { return text }
        var bytes = Array(text.utf8)
        for form in forms {
            bytes = Self.replace(Array(form.utf8), in: bytes)
        }
        let cut = Array(LineSplitter.cutMark.utf8)
        if bytes.count > LineSplitter.limit, bytes.suffix(cut.count).elementsEqual(cut) {
            bytes = maskBeginning(atEndOf: bytes.dropLast(cut.count)) + cut
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    public func mask(_ value: Value) -> Value {
        guard !forms.isEmpty else { return value }
        return switch value {
        case .text(let text): .text(mask(text))
        case .list(let values): .list(values.map(mask))
        case .object(let fields): .object(fields.mapValues(mask))
        default: value
        }
    }

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

    /// Masks the beginning of a secret at the end of a line that was cut.
    private func maskBeginning(atEndOf bytes: ArraySlice<UInt8>) -> [UInt8] {
        var kept = bytes.count
        for form in forms {
            let form = Array(form.utf8)
            let known = (1..<form.count).last { bytes.suffix($0).elementsEqual(form.prefix($0)) }
            kept = min(kept, bytes.count - (known ?? 0))
        }
        return kept == bytes.count ? Array(bytes) : Array(bytes.prefix(kept)) + [0x2A, 0x2A, 0x2A]
    }

    private static func replace(_ form: [UInt8], in bytes: [UInt8]) -> [UInt8] {
        guard bytes.count >= form.count else { return bytes }
        var out: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if bytes[index] == form[0], bytes[index...].starts(with: form) {
                out += [0x2A, 0x2A, 0x2A]
                index += form.count
            } else {
                out.append(bytes[index])
                index += 1
            }
        }
        return out
    }

    private static func jsonEscaped(_ text: String) -> String {
        String(Value.text(text).json.dropFirst().dropLast())
    }

    /// Returns the three forms that a secret can have inside a longer text encoded in Base64: the form depends on where
    /// the secret begins.
    private static func base64Forms(_ secret: String) -> [String] {
        (0..<3).compactMap { offset in
            let bytes = [UInt8](repeating: 0, count: offset) + Array(secret.utf8)
            var encoded = Base64.encode(bytes)
            // Characters that also encode bits of what comes before or after are not part of the secret.
            encoded.removeFirst(offset == 0 ? 0 : offset + 1)
            let tail = bytes.count % 3
            if tail != 0 { encoded.removeLast(tail == 1 ? 3 : 2) }
            return encoded.count >= 4 ? encoded : nil
        }
    }
}

/// Splits the bytes that a child writes into lines, however the reads divide them. So a secret that two reads divide is
/// whole again before the line is masked.
struct LineSplitter {
    /// The greatest length of a line in bytes. The rest of a longer line is dropped, and the cut is marked.
    static let limit = 65_536
    static let cutMark = " … [line cut after 64 KiB]"

    private var pending: [UInt8] = []
    private var isCut = false

    /// Takes the next bytes and calls `emit` for each line that they complete.
    mutating func add(_ bytes: UnsafeRawBufferPointer, emit: (String) -> Void) {
        var rest = bytes[...]
        while let newline = rest.firstIndex(of: 0x0A) {
            append(rest[..<newline])
            flush(emit)
            rest = rest[(newline + 1)...]
        }
        append(rest)
    }

    /// Emits the last line, if it has no end.
    mutating func finish(emit: (String) -> Void) {
        if !pending.isEmpty { flush(emit) }
    }

    private mutating func append(_ bytes: Slice<UnsafeRawBufferPointer>) {
        let room = Self.limit - pending.count
        if bytes.count > room { isCut = true }
        pending.append(contentsOf: bytes.prefix(room))
    }

    private mutating func flush(_ emit: (String) -> Void) {
        if isCut {
            dropPartialScalar()
        } else if pending.last == 0x0D {
            pending.removeLast()
        }
        // Bytes that are not UTF-8 become U+FFFD.
        var line = String(decoding: pending, as: UTF8.self)
        if isCut { line += Self.cutMark }
        emit(line)
        pending.removeAll(keepingCapacity: true)
        isCut = false
    }

    /// Drops a scalar that the cut divides: it would look like damage that the output did not have.
    private mutating func dropPartialScalar() {
        guard let start = pending.suffix(4).lastIndex(where: { $0 & 0xC0 != 0x80 }) else { return }
        let length =
            switch pending[start] {
            case 0xC0...0xDF: 2
            case 0xE0...0xEF: 3
            case 0xF0...0xF7: 4
            default: 1
            }
        if pending.count - start < length { pending.removeSubrange(start...) }
    }
}
