internal import HTTP
internal import PipelineKit
internal import Releases

extension Smoke.Options {
    /// - Throws: `StepError` `no-url` if a URL is empty; `TransportError` if one is wrong.
    func resolvedChecks() throws -> [Check] {
        guard let checks else { return [try resolved(single)] }
        return try checks.map { try resolved($0) }
    }

    /// The files of the release, if the step says to check them.
    func resolvedRelease() throws -> (files: ReleaseFiles, coverage: ReleaseCoverage, base: HTTPURL)? {
        let types = leavesTypes ? ReleaseFiles.TypeRule.toldUnlessContradicted : .required
        guard let manifest, manifest != .nothing, var files = releaseFiles(types) else { return nil }
        files.sender.redirects = 0
        return (files, manifest, try absolute(url ?? ""))
    }

    /// What shows that visitors get the release, if the step names a page of it and nothing more. A page that should
    /// not be there, or that should redirect elsewhere, cannot show it.
    func resolvedProof() throws -> ReleaseProof? {
        guard manifest == nil, checks == nil, status.contains(200),
            let files = releaseFiles(leavesTypes ? .told : .required)
        else { return nil }
        return ReleaseProof(page: try absolute(url ?? ""), files: files, sizeIsGiven: $sampleSize.isGiven)
    }

    /// True if a web server decides the types, and nobody has said that they matter.
    private var leavesTypes: Bool { store?.isFolder == true && !$contentTypes.isGiven }

    private func releaseFiles(_ types: ReleaseFiles.TypeRule) -> ReleaseFiles? {
        guard let store, let version else { return nil }
        let sender = Sender(
            headers: fields(requestHeaders, [:]), timeout: timeout, resolve: resolve?.override, redirects: redirects)
        return ReleaseFiles(
            store: store, version: version, exclude: exclude, sampleSize: sampleSize,
            types: contentTypes ? types : .ignored, sender: sender)
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

    /// If both mappings have a header, the second one's value is sent.
    private func fields(_ common: [String: String], _ own: [String: String]) -> HTTPHeaders {
        var fields = common.filter { field in !own.keys.contains { $0.lowercased() == field.key.lowercased() } }
        fields.merge(own) { _, own in own }
        return HTTPHeaders(fields.sorted { $0.key < $1.key }.map { HTTPHeaders.Field($0.key, $0.value) })
    }
}

extension CheckOptions {
    /// The expectations, in the order in which their failures are reported.
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
