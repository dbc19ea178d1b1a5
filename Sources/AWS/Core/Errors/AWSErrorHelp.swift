internal import PipelineKit

extension AWSError {
    public var help: String? {
        switch serviceCode {
        case "AccessDenied", "Forbidden", "AllAccessDisabled", "AccessDeniedException":
            "allow \(permission) on \(objects) in the policy of the role or user that runs this" + hiddenAbsence
        case "NoSuchBucket":
            "check the bucket's name, or make it with `aws s3 mb \(ShellWord.quoted("s3://" + bucketName))`"
        case "NoSuchDistribution": "check the distribution's id: `aws cloudfront list-distributions` lists them"
        case "SignatureDoesNotMatch":
            "the secret key does not belong to the access key: set AWS_SECRET_ACCESS_KEY again, or type `aws configure`"
        case "InvalidAccessKeyId", "UnrecognizedClientException", "InvalidClientTokenId",
            "InvalidToken":
            "check which credentials are in use with `aws sts get-caller-identity`"
        case "BadRequest":
            "the reply gives no reason: check with `aws sts get-caller-identity` whether the credentials have expired"
        case "ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired", "RequestExpired":
            "sign in again, or let the job ask for credentials that live longer"
        case "RequestTimeTooSkewed", "RequestInTheFuture":
            "set this machine's clock, as root with `timedatectl set-ntp true`"
        case "PermanentRedirect", "TemporaryRedirect", "AuthorizationHeaderMalformed",
            "IllegalLocationConstraintException":
            "name the bucket's own region in the option `region` or in AWS_REGION"
        case "SecondLevelDomainForbidden", "PathStyleDomainForbidden", "VirtualHostDomainRequired":
            "this server wants the bucket's name in the host, and \(bucketName) cannot be part of one: name a bucket of "
                + "lower-case letters, digits and dashes"
        case "AccessControlListNotSupported":
            "remove `x-amz-acl` from `headers`: only this bucket's policy decides who may read"
        default: generalHelp
        }
    }

    /// Help for the kind of failure, if the code alone suggests nothing to do.
    private var generalHelp: String? {
        switch retryClass {
        case .throttle:
            "run this again later; others use \(service.name) at the same time, or the account's quota is low"
        case .network:
            "run this again; if the error stays, check the status page of the service, and any proxy in between"
        case .conflict: "another request is changing the same object: wait for it to finish, then run this again"
        case .failure, .timeout: "look the code up: \(service.errorDocumentation)"
        }
    }

    /// What a policy names. AWS's own names things by ARNs: a bucket, or the objects of the part of it that the caller
    /// works in, because the next call needs the same on another one. Some calls name one thing and need a permission on
    /// others.
    private var objects: String {
        switch (service, partition) {
        case (.cloudFront, let partition?) where resource.hasPrefix("distribution/"):
            return "arn:\(partition):cloudfront::<account>:\(resource)"
        case (.s3, let partition?) where resource.hasPrefix("s3://"):
            let bucket = "arn:\(partition):s3:::\(bucketName)"
            return ["ListObjectsV2", "ListMultipartUploads"].contains(operation) ? bucket : "\(bucket)/\(part)*"
        default: return ["DeleteObjects", "CopyObject"].contains(operation) ? "s3://\(bucketName)/*" : resource
        }
    }

    /// The permission as a policy spells it: `s3:PutObject`. Some permissions have another name than the call.
    var permission: String {
        let name =
            switch (service, operation) {
            case (.s3, "ListObjectsV2"): "ListBucket"
            case (.s3, "HeadObject"): "GetObject"
            case (.s3, "DeleteObjects"): "DeleteObject"
            case (.s3, "CreateMultipartUpload"), (.s3, "UploadPart"), (.s3, "CompleteMultipartUpload"): "PutObject"
            case (.s3, "CopyObject"), (.s3, "UploadPartCopy"): "GetObject and s3:PutObject"
            case (.s3, "ListParts"): "ListMultipartUploadParts"
            case (.s3, "ListMultipartUploads"): "ListBucketMultipartUploads"
            default: operation
            }
        return "\(service.signingName):\(name)"
    }

    /// S3 does not tell a caller who may not list a bucket that a key is missing.
    private var hiddenAbsence: String {
        guard service == .s3, ["GetObject", "HeadObject"].contains(operation) else { return "" }
        return "; without s3:ListBucket on the bucket, the store answers the same for a key that does not exist"
    }

    private var bucketName: String {
        guard resource.hasPrefix("s3://") else { return "BUCKET" }
        return String(resource.dropFirst(5).prefix { $0 != "/" })
    }
}
