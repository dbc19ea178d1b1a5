import Testing

/// Whole runs, killed, stopped or raced, behind a proxy that holds or breaks their calls.
@Suite(.ownFaultProxies) struct S3RunFaultTests {}
