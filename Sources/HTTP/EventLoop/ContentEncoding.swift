internal import CCurl

/// The content encodings that libcurl can undo here.
enum ContentEncoding {
    static let known: Set<String> = {
        var names: Set = ["gzip", "x-gzip", "deflate"]
        let features = curl_version_info(CURLVERSION_FIRST)?.pointee.features ?? 0
        if features & CURL_VERSION_BROTLI != 0 { names.insert("br") }
        if features & CURL_VERSION_ZSTD != 0 { names.insert("zstd") }
        return names
    }()
}
