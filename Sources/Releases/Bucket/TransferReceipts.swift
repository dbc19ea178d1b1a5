/// The ETag with which a bucket took each object of a transfer, or listed it if it was right already. They are compared with a
/// later listing: ETags are opaque, and differ as soon as somebody else has stored other bytes.
public struct TransferReceipts: Sendable {
    let etags: SortedListing
}
