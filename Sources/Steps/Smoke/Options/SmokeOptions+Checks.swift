internal import HTTP
internal import PipelineKit
internal import Releases

extension Smoke.Options {
    /// - Throws: `StepError` `no-url` where a URL is empty; `TransportError` where one is wrong.
    func resolvedChecks() throws -> [Check] {
        guard let checks else { return [try resolved(single)] }
        return try checks.map { try resolved($0) }
    }

    /// The files of the release to check, where that is asked for.
    func resolvedRelease() throws -> ReleaseFiles? {
        guard let coverage = manifest, let store, let version else { return nil }
        let sender = Sender(
            headers: fields(requestHeaders, [:]), timeout: timeout, resolve: resolve?.override)
        return ReleaseFiles(
            base: try absolute(url ?? ""), store: store, version: version, coverage: coverage, sampleSize: sampleSize,
            comparesTypes: contentTypes, sender: sender)
    }

    /// The check that the step's own options describe.
    private var single: CheckOptions {
        var check = CheckOptions()
        check.url = url ?? ""
        check.method = method
        check.status = status
        check.headers = headers
        check.contains = contains
        check.notContains = notContains
        check.matches = matches
        check.sha256 = sha256
        check.json = json
        check.maxTime = maxTime
        check.repeat = self.repeat
        check.redirects = redirects
        return check
    }

    private func resolved(_ options: CheckOptions) throws -> Check {
        let isPath = options.url.hasPrefix("/")
        let url = isPath ? try absolute(url ?? "").with(target: options.url) : try absolute(options.url)
        let sender = Sender(
            headers: fields(requestHeaders, options.requestHeaders), timeout: options.timeout ?? timeout,
            resolve: (options.resolve ?? resolve)?.override, redirects: options.redirects)
        var check = Check(
            url: url, method: options.method == .head ? .head : .get, sender: sender,
            expectations: options.expectations, times: options.repeat?.times ?? 1,
            interval: options.repeat?.interval ?? .zero)
        if options.sha256 != nil, !check.readsBody { check.maximumBodyBytes = Check.hashingLimit }
        return check
    }

    private func absolute(_ text: String) throws -> HTTPURL {
        guard !text.isEmpty else {
            throw StepError(
                "no-url", "`url` is empty, so there is nothing to check",
                help: "give the input that it comes from a value, or skip the step without one: `if: inputs.url != ''`")
        }
        return try HTTPURL(text)
    }

    /// Of one name, the second mapping's is sent.
    private func fields(_ common: [String: String], _ own: [String: String]) -> HTTPHeaders {
        var fields = common.filter { field in !own.keys.contains { $0.lowercased() == field.key.lowercased() } }
        fields.merge(own) { _, own in own }
        return HTTPHeaders(fields.sorted { $0.key < $1.key }.map { HTTPHeaders.Field($0.key, $0.value) })
    }
}

extension CheckOptions {
    /// In the order in which their failures are told.
    fileprivate var expectations: [Expectation] {
        var list: [Expectation] = [.status(status)]
        list += headers.sorted { $0.key < $1.key }.map { .header($0.key, $0.value) }
        if let contains { list.append(.contains(contains)) }
        if let notContains { list.append(.notContains(notContains)) }
        if let matches { list.append(.matches(matches)) }
        list += json.sorted { $0.key < $1.key }.map { .json(path: $0.key, $0.value) }
        if let sha256 { list.append(.sha256(sha256.text)) }
        if let maxTime { list.append(.maxTime(maxTime)) }
        return list
    }
}
