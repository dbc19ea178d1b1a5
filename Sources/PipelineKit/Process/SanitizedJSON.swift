internal import TextCoding

/// Makes JSON harmless to show without changing what it says.
public enum SanitizedJSON {
    /// Escapes what terminals and CI systems would obey, and what shows nothing: it can only be inside strings.
    ///
    /// - Parameter json: on one line, without control characters below U+0020.
    public static func clean(_ json: String) -> String {
        guard json.utf8.contains(where: { $0 >= 0x7F || $0 == UInt8(ascii: "#") }) else { return json }
        var out = String.UnicodeScalarView()
        for scalar in json.unicodeScalars {
            if scalar.value >= 0x7F, scalar.properties.generalCategory == .control || scalar.showsNothing {
                out += JSONText.escapes(scalar).unicodeScalars
            } else if scalar == "#", out.last == "#" {
                out += JSONText.escapes(scalar).unicodeScalars
            } else {
                out.append(scalar)
            }
        }
        return String(out)
    }
}
