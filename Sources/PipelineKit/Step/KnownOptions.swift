/// The options of a step, some of whose values may depend on an earlier step and are not known yet.
///
///     static func resources(of options: KnownOptions<Options>, in project: Project) -> [Resource] {
///         guard let store = options.$store else { return [] }
///         …
///     }
///
/// `$store` is the value, or nil while it, or a value in it, is not known. There is no way to read an unknown value as if
/// it were known.
@dynamicMemberLookup
public struct KnownOptions<Options: StepOptions>: Sendable {
    private let options: Options

    public init(_ options: Options) {
        self.options = options
    }

    public subscript<Content>(dynamicMember option: KeyPath<Options, Option<Content>>) -> Content? {
        let option = options[keyPath: option]
        return option.isWhole ? option.known : nil
    }
}
