internal import PipelineKit

extension TransportError {
    public var help: String? {
        let word = ShellWord.quoted(location)
        return switch kind {
        case .dns: "check the spelling of the host and, behind a proxy, http_proxy and https_proxy"
        case .connect: "check that the server runs and listens there, and that no firewall or no_proxy is in the way"
        case .tls: "check that the server speaks TLS on this port with `curl -v \(word)`"
        case .certificate:
            "if the certificate is right, name the file of the authority that signed it in AWS_CA_BUNDLE, "
                + "CURL_CA_BUNDLE or SSL_CERT_FILE"
        case .caBundle:
            "install ca-certificates, or name a readable PEM file in AWS_CA_BUNDLE, CURL_CA_BUNDLE or SSL_CERT_FILE"
        case .timeout: "check the server's load and the network, or allow more time"
        case .reset, .truncated:
            "try again; if the error stays, look into the log of the server, or of a proxy in between"
        case .encoding: "look at what the server sends with `curl -sI -H 'accept-encoding: gzip' \(word)`"
        case .tooLarge: "check that the URL is the intended one: `curl -sI \(word)` shows its length"
        case .redirects: "name the URL to which the redirects lead, which `curl -sIL \(word)` shows"
        case .badReply: "check that an HTTP server answers there with `curl -v \(word)`"
        case .invalidURL: "write it as https://host/path, percent-encoded, without user name and password"
        case .invalidRequest: "correct the method, header or body"
        case .unreadableBody: "check that the file exists, is readable, and is not written to by something else"
        case .sinkRefused: "look at what the download is written to: free space, permissions"
        case .closed: nil
        case .resources: "look at the machine's limits with `ulimit -a` and `free -m`"
        }
    }
}
