internal import TextCoding

/// The only source of randomness for the engine and the steps.
public struct RandomSource: Sendable {
    private let fraction: @Sendable () -> Double

    /// - Parameter fraction: returns numbers that are uniform in 0 ..< 1.
    public init(_ fraction: @escaping @Sendable () -> Double) {
        self.fraction = fraction
    }

    /// Returns a number, uniform in 0 ..< 1.
    public func nextFraction() -> Double { fraction() }

    /// Returns random lower-case hexadecimal digits.
    public func hexadecimal(digits: Int) -> String {
        String(decoding: (0..<digits).map { _ in Hexadecimal.digit(UInt8(nextFraction() * 16)) }, as: UTF8.self)
    }

    public static let system = RandomSource { Double.random(in: 0..<1) }
}
