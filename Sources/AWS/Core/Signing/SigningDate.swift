internal import FoundationEssentials

/// A time in the spelling of a signature.
struct SigningDate: Hashable, Sendable {
    /// `20150830T123600Z`
    let stamp: String

    /// `20150830`
    var day: Substring { stamp.prefix(8) }

    /// Cuts the time off to whole seconds.
    init(_ date: Date) {
        self.init(seconds: Int(date.timeIntervalSince1970.rounded(.down)))
    }

    /// - Parameter seconds: since 1970, UTC.
    init(seconds: Int) {
        let days = seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400
        let rest = seconds - days * 86_400
        let (year, month, day) = Self.civil(days)
        stamp = String(unsafeUninitializedCapacity: 16) { buffer in
            func put(_ value: Int, at offset: Int, digits: Int) {
                var value = value
                for position in (offset..<(offset + digits)).reversed() {
                    buffer[position] = 0x30 + UInt8(value % 10)
                    value /= 10
                }
            }
            put(year, at: 0, digits: 4)
            put(month, at: 4, digits: 2)
            put(day, at: 6, digits: 2)
            buffer[8] = UInt8(ascii: "T")
            put(rest / 3_600, at: 9, digits: 2)
            put(rest / 60 % 60, at: 11, digits: 2)
            put(rest % 60, at: 13, digits: 2)
            buffer[15] = UInt8(ascii: "Z")
            return 16
        }
    }

    /// The Gregorian date of a day counted from 1970-01-01. Years are counted from March here, so that the leap day is
    /// their last.
    private static func civil(_ days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }
}
