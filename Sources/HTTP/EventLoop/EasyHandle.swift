internal import CCurl

/// A libcurl easy handle with typed setters. It belongs to the thread that made it.
final class EasyHandle {
    let pointer: UnsafeMutableRawPointer
    /// The first option that libcurl refused since the last `reset`: it has no memory for it, or was built without it.
    private(set) var refused: CURLcode?

    init() {
        guard let pointer = curl_easy_init() else { preconditionFailure("libcurl gave no memory for a transfer") }
        self.pointer = pointer
    }

    deinit {
        curl_easy_cleanup(pointer)
    }

    /// Forgets all options; connections and names that were looked up stay.
    func reset() {
        curl_easy_reset(pointer)
        refused = nil
    }

    /// No child process inherits a socket of the handle.
    func keepSocketsPrivate() {
        note(ccurl_set_private_sockets(pointer))
    }

    func set(_ option: CURLoption, _ value: Int) {
        note(ccurl_set_long(pointer, option, value))
    }

    func set(_ option: CURLoption, _ value: Bool) {
        note(ccurl_set_long(pointer, option, value ? 1 : 0))
    }

    func set(_ option: CURLoption, offset value: Int) {
        note(ccurl_set_offset(pointer, option, curl_off_t(value)))
    }

    func set(_ option: CURLoption, _ value: String) {
        note(ccurl_set_string(pointer, option, value))
    }

    func set(_ option: CURLoption, pointer value: UnsafeMutableRawPointer?) {
        note(ccurl_set_pointer(pointer, option, value))
    }

    func set(_ option: CURLoption, _ value: CurlList) {
        note(ccurl_set_list(pointer, option, value.first))
    }

    func set(_ option: CURLoption, callback: @escaping curl_write_callback) {
        note(ccurl_set_transfer_callback(pointer, option, callback))
    }

    func set(seek callback: @escaping curl_seek_callback) {
        note(ccurl_set_seek_callback(pointer, callback))
    }

    func long(_ info: CURLINFO) -> Int {
        var value = 0
        return ccurl_get_long(pointer, info, &value) == CURLE_OK ? value : 0
    }

    func offset(_ info: CURLINFO) -> Int {
        var value: curl_off_t = 0
        return ccurl_get_offset(pointer, info, &value) == CURLE_OK ? Int(value) : 0
    }

    func string(_ info: CURLINFO) -> String {
        var value: UnsafePointer<CChar>?
        guard ccurl_get_string(pointer, info, &value) == CURLE_OK, let value else { return "" }
        return String(cString: value)
    }

    private func note(_ code: CURLcode) {
        if code != CURLE_OK, refused == nil { refused = code }
    }
}

/// A list of strings in libcurl's own form.
final class CurlList {
    private(set) var first: UnsafeMutablePointer<curl_slist>?

    func append(_ text: String) {
        guard let first = curl_slist_append(first, text) else {
            preconditionFailure("libcurl gave no memory for a header")
        }
        self.first = first
    }

    deinit {
        curl_slist_free_all(first)
    }
}
