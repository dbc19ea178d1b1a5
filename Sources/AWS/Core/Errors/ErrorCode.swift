internal import TextCoding

/// Converts the spelling of error codes.
enum ErrorCode {
    /// `NoSuchBucket` → `no-such-bucket`, `KMS.DisabledException` → `kms-disabled-exception`.
    static func kebabCase(_ code: String) -> String {
        var out = ""
        var previousIsLower = false
        var pendingDash = false
        let scalars = Array(code.unicodeScalars.prefix(100))
        for (index, scalar) in scalars.enumerated() {
            let isUpper = ("A"..."Z").contains(scalar)
            let isLower = ("a"..."z").contains(scalar) || scalar.isASCIIDigit
            guard isUpper || isLower else {
                pendingDash = !out.isEmpty
                previousIsLower = false
                continue
            }
            let next = index + 1 < scalars.count ? scalars[index + 1] : " "
            let beginsWord = isUpper && !out.isEmpty && (previousIsLower || ("a"..."z").contains(next))
            if pendingDash || beginsWord { out += "-" }
            out += String(scalar).lowercased()
            previousIsLower = isLower
            pendingDash = false
        }
        return out.isEmpty ? "unknown" : out
    }
}
