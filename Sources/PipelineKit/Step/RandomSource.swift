/// The only source of chance for the engine and the steps.
public struct RandomSource: Sendable {
    private let fraction: @Sendable () -> Double

    /// - Parameter fraction: uniform in 0 ..< 1.
    public init(_ fraction: @escaping @Sendable () -> Double) {
        self.fraction = fraction
    }

    /// Uniform in 0 ..< 1.
    public func nextFraction() -> Double { fraction() }

    /// Lower-case hexadecimal digits.
    public func hexadecimal(digits: Int) -> String {
        String((0..<digits).map { _ in Character(String(Int(nextFraction() * 16), radix: 16)) })
    }

    public static let system = RandomSource { Double.random(in: 0..<1) }
}
