public import PipelineKit
public import Releases

extension Log {
    public struct Options: StepOptions {
        @Option("a message in the record") public var message: String?
        @Option("the store that keeps the record, beside that of the switch")
        public var store: StoreURL?
        @Option("the release that the run was about", wired: true) public var version: ReleaseVersion?
        @Option("a file that gets the record as one line of JSON", check: .filePath) public var file: String?
        @Option("further fields of the record, by name") public var fields: [String: String] = [:]

        public init() {}
    }

    public struct Output: StepOutputs {
        @Provided("the record, as JSON") public var record = ""
        /// The record for people.
        var sentence = ""

        public init() {}
    }
}

extension OptionCheck where Content == String? {
    static var filePath: Self {
        Self { path in
            switch path {
            case "": "must not be empty"
            case let path? where path.hasSuffix("/"): "must be a file, and `\(path)` names a folder"
            default: nil
            }
        }
    }
}
