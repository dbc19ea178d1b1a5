internal import CCurl
internal import PipelineKit
internal import SystemPackage

/// The options that all requests of an event loop share.
struct EventLoopOptions: Sendable {
    var connections: Int
    var tls: TLSOptions
    var proxy: ProxyOptions
}

extension Transfer {
    /// Sets what does not depend on the request.
    func configure(_ options: EventLoopOptions) {
        easy.set(CURLOPT_NOSIGNAL, true)
        easy.keepSocketsPrivate()
        // Without this, ending a transfer that waits for name resolution would block the event loop until the resolver gives
        // up.
        easy.set(CURLOPT_QUICK_EXIT, true)
        easy.set(CURLOPT_TCP_NODELAY, true)
        easy.set(CURLOPT_TCP_KEEPALIVE, true)
        easy.set(CURLOPT_PROTOCOLS_STR, "http,https")
        // HTTP/2 was measured slower for many small requests, and one broken connection breaks all its streams at once.
        easy.set(CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1)
        easy.set(CURLOPT_PATH_AS_IS, true)
        easy.set(CURLOPT_ERRORBUFFER, pointer: errorText)
        easy.set(CURLOPT_PRIVATE, pointer: Unmanaged.passUnretained(self).toOpaque())
        easy.set(CURLOPT_SSL_VERIFYPEER, 1)
        easy.set(CURLOPT_SSL_VERIFYHOST, 2)
        easy.set(CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2)
        // With a CAPATH, libcurl would parse the whole bundle again for every connection: 20 ms each.
        easy.set(CURLOPT_CAINFO, options.tls.caBundle.string)
        easy.set(CURLOPT_CAPATH, pointer: nil)
        setReplyCallbacks()
    }

    /// Sets the request's URL, its proxy and its headers.
    func describe(_ request: HTTPRequest, proxy: ProxyOptions) {
        let proxyURL = request.usesProxy ? proxy.proxy(for: request.url.scheme) : nil
        easy.set(CURLOPT_URL, request.url.description)
        // A proxy wants the whole URL in the request line, and a redirect another path: in both cases the URL decides.
        if !request.followsRedirects, proxyURL == nil || request.url.scheme == .https {
            easy.set(CURLOPT_REQUEST_TARGET, request.url.target)
        }
        // Set empty values too: otherwise libcurl would read the environment again.
        easy.set(CURLOPT_PROXY, proxyURL ?? "")
        easy.set(CURLOPT_NOPROXY, proxy.bypass)
        if request.followsRedirects, !request.followsByItself {
            easy.set(CURLOPT_FOLLOWLOCATION, true)
            easy.set(CURLOPT_MAXREDIRS, request.maximumRedirects)
        }
        // libcurl allocates and frees this memory for each transfer; from 64 KiB on, freeing makes the C library trim
        // its heap.
        easy.set(CURLOPT_BUFFERSIZE, request.method == .get ? 64 << 10 : 16 << 10)
        if request.decompresses { easy.set(CURLOPT_ACCEPT_ENCODING, "") }
        easy.set(CURLOPT_CONNECTTIMEOUT_MS, request.timeouts.connect.milliseconds)
        if let total = request.timeouts.total { easy.set(CURLOPT_TIMEOUT_MS, total.milliseconds) }
        // A header of the request takes its place. A proxy is told it, too.
        easy.set(CURLOPT_USERAGENT, "runner/\(RunnerVersion.text)")
        list(CURLOPT_CONNECT_TO, request.resolve.map(\.connectTo))
        list(CURLOPT_HTTPHEADER, headerLines(request))
    }

    /// Sets what is left of a request's time if that is less than its limits.
    func limitTime(of request: HTTPRequest, to left: Duration) {
        easy.set(CURLOPT_CONNECTTIMEOUT_MS, min(left, request.timeouts.connect).milliseconds)
        easy.set(CURLOPT_TIMEOUT_MS, min(left, request.timeouts.total ?? left).milliseconds)
    }

    /// The headers in libcurl's own form: `Name:` removes what it would add by itself, `Name;` sends an empty value.
    private func headerLines(_ request: HTTPRequest) -> [String] {
        let fields = request.headers.fields
        var lines = fields.map { $0.value.isEmpty ? "\($0.name);" : "\($0.name): \($0.value)" }
        for name in ["Accept", "Content-Type", "Expect"] where request.headers[name] == nil {
            lines.append("\(name):")
        }
        return lines
    }

    private func list(_ option: CURLoption, _ lines: [String]) {
        guard !lines.isEmpty else { return }
        let list = CurlList()
        for line in lines { list.append(line) }
        lists.append(list)
        easy.set(option, list)
    }
}

extension Duration {
    /// Rounded up, and at least 1: to libcurl, 0 means its own default.
    var milliseconds: Int {
        let (seconds, attoseconds) = components
        guard seconds < 1_000_000 else { return 1_000_000_000 }
        return max(1, Int(seconds) * 1000 + Int((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000))
    }
}
