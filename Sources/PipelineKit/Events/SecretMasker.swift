internal import Glibc
internal import TextCoding

/// Replaces the values of secrets by `***` in everything that leaves the process.
///
/// It finds a secret only in one piece. So `LineSplitter`, below, hands over whole lines. If it had to cut a line, the
/// beginning of a secret may be at the end, and that is masked too.
public struct SecretMasker: Sendable {
    /// The texts to mask, longest first: otherwise masking a secret that is part of another one would leave the rest of
    /// it readable.
    private let forms: [MaskedForm]

    /// - Parameter secrets: the values. Those under 3 characters are not masked, because too much other text would be.
    ///   Of one that is JSON, the texts and numbers inside it are masked as well; see `SecretLeaves`.
    public init(_ secrets: some Sequence<String>) {
        var forms: Set<String> = []
        for secret in secrets.flatMap({ [$0] + SecretLeaves.of($0) }) where secret.count >= 3 {
            forms.formUnion([secret, PercentEncoding.component.encode(secret)])
            forms.formUnion(Self.jsonEscaped(secret))
            forms.formUnion(Self.base64Forms(secret))
            // A command prints a secret of several lines one line at a time.
            let lines = Self.lines(of: secret)
            forms.formUnion(lines)
            // What is shown is cleaned before it is masked.
            forms.formUnion(([secret] + lines).map(SanitizedText.clean).filter { $0.count >= 3 })
        }
        self.forms = forms.sorted { ($0.utf8.count, $0) > ($1.utf8.count, $1) }.map { MaskedForm($0) }
    }

    /// Masks what is secret of a pipeline's secrets: a value that the file itself has as its `default` is not.
    ///
    /// - Parameter values: by name.
    init(_ values: [String: String], of pipeline: Pipeline) {
        let fallbacks = pipeline.secrets.map { ($0.name, $0.fallback) }
        let known = Dictionary(fallbacks) { first, _ in first }
        self.init(values.filter { $0.value != known[$0.key] }.values)
    }

    public func mask(_ text: String) -> String {
        guard !forms.isEmpty else { return text }
        var bytes = Array(text.utf8)
        var grams = TextGrams(bytes)
        for form in forms where grams.mayHave(form) && form.replace(in: &bytes) { grams = TextGrams(bytes) }
        let cut = Array(LineSplitter.cutMark.utf8)
        if bytes.count > LineSplitter.limit, bytes.suffix(cut.count).elementsEqual(cut) {
            bytes = maskBeginning(atEndOf: bytes.dropLast(cut.count)) + cut
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Masks the texts in a value. A number is masked only if it is a whole secret: then the value becomes text.
    public func mask(_ value: Value) -> Value {
        guard !forms.isEmpty else { return value }
        return switch value {
        case .text(let text): .text(mask(text))
        case .integer, .number: isSecret(value.asText) ? .text(mask(value.asText)) : value
        case .list(let values): .list(values.map(mask))
        case .object(let fields): .object(fields.mapValues(mask))
        case .null, .bool: value
        }
    }

    private func isSecret(_ text: String) -> Bool {
        forms.contains { $0.bytes.elementsEqual(text.utf8) }
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
        for form in forms.map(\.bytes) {
            let known = (1..<form.count).last { bytes.suffix($0).elementsEqual(form.prefix($0)) }
            kept = min(kept, bytes.count - (known ?? 0))
        }
        return kept == bytes.count ? Array(bytes) : Array(bytes.prefix(kept)) + [0x2A, 0x2A, 0x2A]
    }

    /// Those long enough to be masked alone. White space around them does not count: a line of JSON may have a brace and
    /// nothing else.
    private static func lines(of secret: String) -> [String] {
        let lines = secret.split(whereSeparator: \.isNewline)
        guard lines.count > 1 else { return lines.map(String.init).filter { $0.count >= 3 } }
        return lines.map { line in
            String(line.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
        }.filter { $0.count >= 8 }
    }

    /// The forms that a secret can have inside a string of JSON: writers differ in whether they escape slashes, and what
    /// is not ASCII.
    private static func jsonEscaped(_ text: String) -> [String] {
        let usual = String(Value.text(text).json.dropFirst().dropLast())
        let ascii = usual.unicodeScalars.map { $0.isASCII ? String($0) : JSONText.escapes($0) }.joined()
        return [usual, ascii].flatMap { [$0, $0.replacing("/", with: "\\/")] }
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

/// One text to mask.
private struct MaskedForm: Sendable {
    let bytes: [UInt8]

    /// - Parameter text: of at least 3 bytes.
    init(_ text: String) {
        bytes = Array(text.utf8)
    }

    /// - Returns: true if the text was there.
    func replace(in text: inout [UInt8]) -> Bool {
        var out: [UInt8] = []
        var copied = 0
        text.withUnsafeBytes { text in
            while let start = find(in: text, from: copied) {
                out += text[copied..<start]
                out += [0x2A, 0x2A, 0x2A]
                copied = start + bytes.count
            }
            if copied > 0 { out += text[copied...] }
        }
        if copied > 0 { text = out }
        return copied > 0
    }

    private func find(in text: UnsafeRawBufferPointer, from index: Int) -> Int? {
        guard let base = text.baseAddress else { return nil }
        return bytes.withUnsafeBytes { form in
            guard let wanted = form.baseAddress else { return nil }
            let end = text.count - form.count
            var index = index
            while index <= end, let found = memchr(base + index, Int32(form[0]), end + 1 - index) {
                index = UnsafeRawPointer(found) - base
                if memcmp(base + index, wanted, form.count) == 0 { return index }
                index += 1
            }
            return nil
        }
    }
}

/// The sequences of three bytes in a text, so that most forms need not be searched for: a JSON secret has hundreds of
/// forms, and a line of output hardly ever has one.
private struct TextGrams {
    /// One bit for each hash: a bit that is not set is certain, one that is set is not.
    private var bits = [UInt64](repeating: 0, count: 64)

    init(_ text: [UInt8]) {
        guard text.count >= 3 else { return }
        for index in 0..<(text.count - 2) {
            let hash = Self.hash(text, at: index)
            bits[hash >> 6] |= 1 << UInt64(hash & 63)
        }
    }

    func mayHave(_ form: MaskedForm) -> Bool {
        let hash = Self.hash(form.bytes, at: 0)
        return bits[hash >> 6] & (1 << UInt64(hash & 63)) != 0
    }

    private static func hash(_ text: [UInt8], at index: Int) -> Int {
        (Int(text[index]) &* 961 &+ Int(text[index + 1]) &* 31 &+ Int(text[index + 2])) & 4_095
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
