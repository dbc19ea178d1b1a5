/// A condition that involves several options, as the JSON Schema can say it. `StepOptions.validate` has the message for
/// whoever runs the file.
public enum OptionRule: Hashable, Sendable {
    /// A step must have one of these options.
    case oneOf([String])
    /// A step that gives the first option must not give the others.
    case excludes(String, [String])
    /// The text or the list must not be empty.
    case notEmpty(String)
}
