internal import HTTP
internal import PipelineKit

/// A shell command that sends the check's request again.
///
/// The values of request headers may be secret, so they are left out.
struct CurlLine: CustomStringConvertible {
    let description: String

    /// - Parameter isAsSent: true if the answer came in an encoding that curl cannot undo either.
    init(_ check: Check, isAsSent: Bool = false) {
        let sender = check.sender
        var words = ["curl", check.method == .head ? "-sSI" : "-sSi"]
        if sender.limitsPauses {
            // curl takes whole seconds here.
            let seconds = max(1, Int((sender.timeout / .seconds(1)).rounded(.up)))
            words += ["--speed-limit", "1", "--speed-time", "\(seconds)"]
        } else {
            words += ["--max-time", Self.seconds(sender.timeout)]
        }
        if sender.redirects > 0 { words += ["-L", "--max-redirs", "\(sender.redirects)"] }
        if !isAsSent {
            words.append("--compressed")
        } else if sender.headers["accept-encoding"] == nil {
            words += ["-H", "accept-encoding: \(HTTPRequest.browserEncodings)"]
        }
        for field in sender.headers.fields { words += ["-H", "\(field.name): …"] }
        if let resolve = sender.resolve {
            let address = resolve.address.contains(":") ? "[\(resolve.address)]" : resolve.address
            words += ["--connect-to", "\(resolve.host):\(resolve.port):\(address):\(resolve.addressPort)"]
        }
        let url = check.url.description
        // Without these, curl would take brackets for a range of URLs, and remove `/../` from the path.
        if url.contains(where: { "[]{}".contains($0) }) { words.append("-g") }
        if url.contains("/.") { words.append("--path-as-is") }
        words.append(url)
        description = words.map(ShellWord.quoted).joined(separator: " ")
    }

    private static func seconds(_ duration: Duration) -> String {
        let milliseconds = duration / .milliseconds(1)
        let rounded = max(1, Int(milliseconds.rounded(.up)))
        return rounded % 1_000 == 0 ? "\(rounded / 1_000)" : "\(Double(rounded) / 1_000)"
    }
}
