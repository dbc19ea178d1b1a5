import AWS
import ObjectStorage
import PipelineKit
import Testing

@testable import Releases

@Suite struct ObjectLimitsTests {
    private func entry(_ key: String, _ headers: [String: String] = [:]) -> ManifestEntry {
        ManifestEntry(
            Asset(
                key: key, path: "/", size: 3, sha256: "", contentType: "text/html", contentEncoding: "gzip",
                original: .init(path: "/", size: 9, sha256: "")), cacheControl: "no-cache", headers: headers)
    }

    @Test func makesTheObjectsHeaders() {
        let headers = ObjectLimits.headers(
            of: entry("a", ["content-language": "de", ManifestEntry.redirectHeader: "/new"]))
        #expect(
            headers
                == ObjectHeaders(
                    contentType: "text/html", contentEncoding: "gzip", cacheControl: "no-cache",
                    websiteRedirect: "/new", others: ["content-language": "de"]))
    }

    @Test func takesKeysOf1024BytesWithThePrefix() throws {
        let key = String(repeating: "é", count: 507)
        try ObjectLimits.check(entry(key), below: "0123456789", StorageCapabilities())
        let error = #expect(throws: StepError.self) {
            try ObjectLimits.check(entry(key), below: "0123456789a", StorageCapabilities())
        }
        #expect(error?.code == "key-too-long" && error?.message.contains("1025 bytes") == true)
    }

    @Test(arguments: [
        ("content-language", true), ("content-disposition", true), ("expires", true), ("x-amz-meta-a", true),
        ("x-amz-storage-class", true), ("x-frame-options", false), ("x-amz-checksum-sha256", false),
        ("x-amz-copy-source", false), ("link", false),
    ])
    func refusesHeadersThatS3Forgets(name: String, isKept: Bool) {
        let result = Result { try ObjectLimits.check(entry("a", [name: "1"]), below: "", StorageCapabilities()) }
        #expect(((try? result.get()) != nil) == isKept)
    }

    @Test func aStorageThatKeepsLessIsAnotherValue() throws {
        var capabilities = StorageCapabilities()
        capabilities.longestKey = 900
        capabilities.keptHeaders = .init(names: ["expires"], prefixes: ["x-goog-meta-"])
        let long = #expect(throws: StepError.self) {
            try ObjectLimits.check(entry(String(repeating: "k", count: 901)), below: "", capabilities)
        }
        #expect(long?.message.contains("901 bytes, and the store takes 900") == true)
        try ObjectLimits.check(entry("a", ["expires": "0", "x-goog-meta-a": "1"]), below: "", capabilities)
        let header = #expect(throws: StepError.self) {
            try ObjectLimits.check(entry("a", ["x-amz-meta-a": "1"]), below: "", capabilities)
        }
        #expect(header?.code == "header-not-kept")
    }

    @Test(arguments: [("/a", true), ("https://x/", true), ("http://x/", true), ("a", false), ("ftp://x", false)])
    func redirectsToPathsAndURLs(target: String, isTaken: Bool) {
        let result = Result {
            try ObjectLimits.check(entry("a", [ManifestEntry.redirectHeader: target]), below: "", StorageCapabilities())
        }
        #expect(((try? result.get()) != nil) == isTaken)
    }
}
