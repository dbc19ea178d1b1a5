/// Counts as people read them: `12,345 files`, `1 file`.
public enum CountText {
    /// Digits in groups of three: `12,345`.
    public static func text(_ number: Int) -> String {
        let digits = Array(String(number.magnitude))
        var out = number < 0 ? "-" : ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index).isMultiple(of: 3) { out += "," }
            out.append(digit)
        }
        return out
    }

    /// - Parameter noun: in the singular; its plural ends with `s`.
    public static func text(_ number: Int, _ noun: String) -> String {
        "\(text(number)) \(noun)\(number == 1 ? "" : "s")"
    }
}
