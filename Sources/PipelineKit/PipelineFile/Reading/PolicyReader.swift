/// Reads the policies around steps, and those of the whole file.
struct PolicyReader {
    let expressions: ExpressionReader
    let names: KnownNames

    private var problems: ProblemList { expressions.problems }

    init(_ expressions: ExpressionReader, _ names: KnownNames) {
        self.expressions = expressions
        self.names = names
    }

    /// Reads any value that must be known before the run.
    func read<Content: OptionValue>(_ node: Node?, as type: Content.Type = Content.self) -> Content? {
        guard let node else { return nil }
        let before = problems.errorCount
        let resolved = expressions.resolve(node, names, in: .policy)
        guard !resolved.hasDeferred else {
            // A wrong expression, or a name without a value, has been reported.
            if problems.errorCount == before, !resolved.deferredExpressions.contains(where: names.isBroken) {
                problems.add(
                    "this depends on a value that is not known before the run begins", at: node.mark,
                    help: "only `inputs`, `env`, and `vars` made of them are known when the file is read")
            }
            return nil
        }
        return Content.decode(resolved, problems)
    }

    func timeout(_ node: Node?) -> Duration? {
        guard let node, let timeout = read(node, as: Duration.self) else { return nil }
        guard timeout > .zero else {
            problems.add(
                "a timeout must be longer than 0s", at: node.mark,
                help: "remove `timeout` to use the default")
            return nil
        }
        return timeout
    }

    func retry(_ node: Node?, over base: RetryPolicy) -> RetryPolicy {
        guard let node else { return base }
        if case .scalar(let text, plain: _) = node.content {
            let attempts = Int(text).map(String.init) ?? "3"
            problems.add(
                "`retry` takes a mapping, not `\(text)`", at: node.mark,
                help: "write `retry: { attempts: \(attempts) }`: total tries, the first one included")
            return base
        }
        return read(node, as: RetryOptions.self)?.over(base) ?? base
    }

    func concurrency(_ node: Node?) -> Concurrency {
        guard let node else { return .standard }
        if case .scalar("none", plain: _) = node.content { return .none }
        guard node.fields != nil else {
            problems.add(
                "`concurrency` takes `none` or a mapping, not \(node.describedKind)", at: node.mark,
                help: "write `concurrency: { wait: 10m }`")
            return .standard
        }
        return .lease(wait: read(node, as: Lease.self)?.wait ?? .zero)
    }

    struct Lease: StepOptions {
        @Option("how long to wait for another run to release its lease") var wait = Duration.seconds(600)
    }

    /// `journal` has one word: if it is left out, the store decides.
    enum Journal: String, OptionChoice {
        case local
    }

    /// A bucket, or a part of one.
    struct StateURL: OptionValue {
        var text: String

        static var shape: OptionShape {
            OptionShape(
                "a bucket's prefix such as `s3://bucket/prefix`", schema: ["type": "string", "pattern": "^s3://[^/]+"],
                accepts: [.text])
        }

        static func read(_ node: Node, _ problems: ProblemList) -> StateURL? {
            guard let text = String.read(node, problems) else { return nil }
            guard text.hasPrefix("s3://"), !text.dropFirst(5).prefix(while: { $0 != "/" }).isEmpty else {
                problems.add("`\(text)` is not \(shape.name)", at: node.mark, help: "name a bucket that few may read")
                return nil
            }
            return StateURL(text: text)
        }

        var described: Value { .text(text) }
    }

    func state(_ node: Node?) -> String? { read(node, as: StateURL.self)?.text }

    func journal(_ node: Node?) -> Bool {
        read(node, as: Journal.self) == .local
    }

    /// The file's `defaults`.
    struct Defaults {
        var timeout: Duration?
        var retry = RetryPolicy()
    }

    func defaults(_ node: Node?) -> Defaults {
        var defaults = Defaults()
        guard let node,
            var fields = NodeFields(node, "`defaults`", known: Self.defaultKeys, habits: Self.defaultHabits, problems)
        else { return defaults }
        defaults.timeout = timeout(fields.take("timeout"))
        defaults.retry = retry(fields.take("retry"), over: defaults.retry)
        return defaults
    }

    private static let defaultKeys = ["timeout", "retry"]
    private static let defaultHabits = ["with": "options that steps share belong in the file's own `with`"]
}
