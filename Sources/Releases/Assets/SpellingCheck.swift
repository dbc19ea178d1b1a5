/// Finds names that the same text has another spelling for: macOS writes an accent behind its letter (NFD), and pages
/// link to the letter that has it (NFC). The two look the same and are two keys.
enum SpellingCheck {
    /// True if two of the scalars have one scalar in their place.
    static func isDecomposed(_ key: String) -> Bool {
        if key.utf8.allSatisfy({ $0 < 0x80 }) { return false }
        return key.contains { character in
            let scalars = character.unicodeScalars
            guard scalars.count > 1, let base = scalars.first else { return false }
            return scalars.dropFirst().contains { isComposed(base, with: $0) }
        }
    }

    /// Swift compares texts by what they mean, so that a scalar equals the two that it stands for.
    private static func isComposed(_ base: Unicode.Scalar, with mark: Unicode.Scalar) -> Bool {
        // The vowels and final consonants of Korean syllables.
        if (0x1161...0x1175).contains(mark.value) || (0x11A8...0x11C2).contains(mark.value) { return true }
        guard mark.properties.canonicalCombiningClass != .notReordered else { return false }
        var spelt = String.UnicodeScalarView()
        spelt.append(base)
        spelt.append(mark)
        return composed.contains(String(spelt))
    }

    private static let composed = Set(
        blocks.joined().lazy.compactMap(Unicode.Scalar.init).filter { !$0.properties.isFullCompositionExclusion }
            .map { String(Character($0)) })

    /// Latin, Greek, Cyrillic, Arabic, Japanese, and what Latin and Greek have besides.
    private static let blocks: [ClosedRange<UInt32>] = [
        0xC0...0x24F, 0x370...0x4FF, 0x620...0x6FF, 0x900...0x9FF, 0x1E00...0x1FFF, 0x3040...0x30FF,
    ]
}
