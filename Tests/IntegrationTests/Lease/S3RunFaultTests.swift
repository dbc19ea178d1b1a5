import Testing

/// Whole runs, killed, stopped or raced, behind a proxy that holds or breaks their calls. The proxy is not that of
/// `S3FaultTests`: the tests of one proxy run one after the other, and these take long.
@Suite(.serialized) struct S3RunFaultTests {}
