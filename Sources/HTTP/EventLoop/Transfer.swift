internal import CCurl

/// One request on the wire: an easy handle with everything that it points to. It stays on the event loop, which reuses it.
final class Transfer {
    /// The largest body that is handed to libcurl in one piece, in bytes. This costs half as much as a callback,
    /// measured with small files.
    static let smallBody = 64 << 10

    let easy = EasyHandle()
    private(set) var job: Job?
    private(set) var source: BodySource?
    var collector: ResponseCollector?
    private(set) var smallBody: UnsafeMutableRawBufferPointer?
    private var progress: IdleWatch?
    let errorText = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
    /// Kept because libcurl does not copy them.
    var lists: [CurlList] = []

    deinit {
        smallBody?.deallocate()
        errorText.deallocate()
    }

    /// Prepares the handle, which is new or was ended, for the event loop's multi handle.
    func begin(_ job: Job, _ options: EventLoopOptions) throws(TransportError) {
        let request = job.request
        try request.validate()
        // The time limits count from now on.
        let limit = request.timeToDeadline(at: .now)
        if let limit, limit <= .zero {
            throw TransportError(.timeout, request.url, "its time was over before it had a connection")
        }
        self.job = job
        collector = ResponseCollector(for: request)
        progress = request.timeouts.idle.map { IdleWatch(limit: $0) }
        errorText.pointee = 0
        configure(options)
        describe(request, proxy: options.proxy)
        if let limit { limitTime(of: request, to: limit) }
        do {
            try load(request)
        } catch {
            throw TransportError(.unreadableBody, request.url, error.reason)
        }
        if let refused = easy.refused {
            throw TransportError(.resources, request.url, "libcurl refused an option with \(refused.rawValue)")
        }
    }

    /// How the transfer ended.
    func outcome(_ code: CURLcode, of job: Job) -> Outcome {
        guard let collector else { return .cancelled }
        if let refusal = collector.refusal {
            return .failure(TransportError(refusal.kind, job.request.url, refusal.detail))
        }
        if let failure = source?.failure {
            return .failure(TransportError(.unreadableBody, job.request.url, failure))
        }
        guard code == CURLE_OK else {
            let failure = CurlFailure(
                code: code, errno: easy.long(CURLINFO_OS_ERRNO),
                wasConnecting: easy.offset(CURLINFO_PRETRANSFER_TIME_T) == 0,
                proxyStatus: easy.long(CURLINFO_HTTP_CONNECTCODE), text: String(cString: errorText))
            return .failure(TransportError(failure, of: job.request))
        }
        return .response(
            HTTPResponse(
                status: easy.long(CURLINFO_RESPONSE_CODE), headers: collector.headers, body: collector.body,
                isDecoded: collector.isDecoded, effectiveURL: easy.string(CURLINFO_EFFECTIVE_URL),
                timings: HTTPResponse.Timings(
                    firstByte: .microseconds(easy.offset(CURLINFO_STARTTRANSFER_TIME_T)),
                    total: .microseconds(easy.offset(CURLINFO_TOTAL_TIME_T)))))
    }

    /// True if it must end when nothing comes through for too long.
    var isWatched: Bool { progress != nil }

    /// The error if no byte has come through for longer than the request allows.
    ///
    /// - Parameter waiting: the bytes that the socket holds and that have not come through.
    func idleFailure(at now: ContinuousClock.Instant, waiting: Int) -> TransportError? {
        guard let url = job?.request.url,
            let limit = progress?.exceeded(
                IdleWatch.Moved(
                    sent: easy.offset(CURLINFO_SIZE_UPLOAD_T), received: easy.offset(CURLINFO_SIZE_DOWNLOAD_T),
                    waiting: waiting), at: now)
        else { return nil }
        return TransportError(.timeout, url, "not one byte went to \(url.host) or came from it in \(limit)")
    }

    /// Releases what belongs to the request: the file, the body, the caller's closures.
    func end() {
        easy.reset()
        job = nil
        source = nil
        collector = nil
        progress = nil
        lists = []
    }

    /// Sets method and body. A small body is read here, at once; libcurl reads a larger one while it sends.
    private func load(_ request: HTTPRequest) throws(BodySource.Unreadable) {
        let method = request.method
        if method == .head { return easy.set(CURLOPT_NOBODY, true) }
        easy.set(CURLOPT_HTTPGET, true)
        if method == .get { return }
        if request.body.count > 0 || method == .put || method == .post {
            let source = BodySource(request.body)
            self.source = source
            if source.count <= Self.smallBody { try loadSmall(source) } else { loadLarge(source) }
        }
        easy.set(CURLOPT_CUSTOMREQUEST, method.rawValue)
    }

    private func loadSmall(_ source: BodySource) throws(BodySource.Unreadable) {
        let buffer = smallBody ?? .allocate(byteCount: Self.smallBody, alignment: 16)
        smallBody = buffer
        var filled = 0
        while filled < source.count {
            guard let got = source.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])) else {
                throw BodySource.Unreadable(reason: source.failure ?? "the body cannot be read")
            }
            filled += got
        }
        easy.set(CURLOPT_POSTFIELDSIZE_LARGE, offset: filled)
        easy.set(CURLOPT_POSTFIELDS, pointer: buffer.baseAddress)
    }

    private func loadLarge(_ source: BodySource) {
        easy.set(CURLOPT_UPLOAD, true)
        easy.set(CURLOPT_INFILESIZE_LARGE, offset: source.count)
        easy.set(CURLOPT_UPLOAD_BUFFERSIZE, 512 << 10)
        setBodyCallbacks()
    }
}
