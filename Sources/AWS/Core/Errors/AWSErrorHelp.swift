extension AWSError {
    public var help: String? {
        switch serviceCode {
        case "AccessDenied", "Forbidden", "AllAccessDisabled", "AccessDeniedException":
            "allow \(permission) on \(resource) in the policy of the role or user that runs this" + hiddenAbsence
        case "NoSuchBucket":
            "check the bucket's name, or make it: aws s3api create-bucket --bucket \(bucketName)"
        case "NoSuchDistribution": "check the distribution's id: aws cloudfront list-distributions"
        case "SignatureDoesNotMatch", "InvalidAccessKeyId", "UnrecognizedClientException", "InvalidClientTokenId",
            "InvalidToken":
            "check which credentials are in use: aws sts get-caller-identity"
        case "BadRequest":
            "no reason came with it: check whether the credentials have expired: aws sts get-caller-identity"
        case "ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired", "RequestExpired":
            "sign in again, or let the job ask for credentials that live longer"
        case "RequestTimeTooSkewed", "RequestInTheFuture": "set this machine's clock: timedatectl set-ntp true"
        case "PermanentRedirect", "TemporaryRedirect", "AuthorizationHeaderMalformed",
            "IllegalLocationConstraintException":
            "name the bucket's own region in the option `region` or in AWS_REGION"
        default: nil
        }
    }

    /// `s3:PutObject`, as a policy spells it; where the permission has another name than the call, that one.
    var permission: String {
        let name =
            switch (service, operation) {
            case (.s3, "ListObjectsV2"), (.s3, "HeadBucket"): "ListBucket"
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

    /// Who may not list a bucket is not told that a key is missing.
    private var hiddenAbsence: String {
        guard service == .s3, ["GetObject", "HeadObject"].contains(operation) else { return "" }
        return "; without s3:ListBucket on the bucket, S3 says the same of a key that is missing"
    }

    private var bucketName: String {
        guard resource.hasPrefix("s3://") else { return "<name>" }
        return String(resource.dropFirst(5).prefix { $0 != "/" })
    }
}
