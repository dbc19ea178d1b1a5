internal import FoundationEssentials
internal import HTTP
internal import PipelineKit

extension AWSClient {
    /// True if the reply said what to change, and it was changed. Each kind of change is made at most once in a call.
    func correct(_ call: inout Call, after reply: ErrorReply, _ error: AWSError) async throws -> Bool {
        guard call.request.isSigned else { return false }
        if correctRegion(&call, after: reply, error) { return true }
        if correctAddressing(&call, after: reply) { return true }
        if correctClock(&call, after: reply, error) { return true }
        return try await correctCredentials(&call, after: reply, error)
    }

    private func correctRegion(_ call: inout Call, after reply: ErrorReply, _ error: AWSError) -> Bool {
        guard let bucket = call.request.bucket, let region = reply.region, region != call.region else { return false }
        // A bare 400 is the answer to a HEAD of a bucket in another region.
        let isElsewhere =
            [301, 302, 307, 308].contains(error.status) || Self.regionCodes.contains(reply.code)
            || (error.status == 400 && !reply.hasBody)
        guard isElsewhere, call.corrections.insert(.region).inserted else { return false }
        regions.learn(region, of: bucket)
        return true
    }

    /// Some servers take the bucket's name in the host alone.
    private func correctAddressing(_ call: inout Call, after reply: ErrorReply) -> Bool {
        guard call.request.bucket != nil, Self.addressingCodes.contains(reply.code),
            call.corrections.insert(.addressing).inserted
        else { return false }
        regions.learnVirtualHosts()
        return true
    }

    private func correctClock(_ call: inout Call, after reply: ErrorReply, _ error: AWSError) -> Bool {
        guard let server = reply.date, [400, 401, 403].contains(error.status) else { return false }
        let local = clock.date
        let difference = abs(server.timeIntervalSince(skew.correct(local)))
        guard difference > (Self.skewCodes.contains(reply.code) ? 1 : ClockSkew.tolerance),
            call.corrections.insert(.clock).inserted
        else { return false }
        skew.learn(server: server, local: local)
        return true
    }

    private func correctCredentials(_ call: inout Call, after reply: ErrorReply, _ error: AWSError) async throws -> Bool
    {
        guard let refused = call.credentials, refused.sessionToken != nil else { return false }
        // A HEAD has no body to name the reason: expired credentials are one of the reasons for a bare 400.
        let isExpired = Self.expiryCodes.contains(reply.code) || (error.status == 400 && !reply.hasBody)
        guard isExpired, call.corrections.insert(.credentials).inserted else { return false }
        return try await credentials.credentials(insteadOf: refused) != nil
    }

    private static let regionCodes: Set<String> = [
        "PermanentRedirect", "TemporaryRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException",
    ]

    /// Alibaba's, Tencent's and Huawei's.
    private static let addressingCodes: Set<String> = [
        "SecondLevelDomainForbidden", "PathStyleDomainForbidden", "VirtualHostDomainRequired",
    ]

    private static let skewCodes: Set<String> = [
        "RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture",
    ]

    private static let expiryCodes: Set<String> = [
        "ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired",
    ]
}
