internal import CCurl

/// libcurl calls back on the event loop, within the event loop's own calls, while the event loop's table keeps the transfer alive.
extension Transfer {
    func setReplyCallbacks() {
        let context = Unmanaged.passUnretained(self).toOpaque()
        easy.set(CURLOPT_WRITEDATA, pointer: context)
        easy.set(
            CURLOPT_WRITEFUNCTION,
            callback: { bytes, size, count, context in
                guard let bytes, let context else { return 0 }
                let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
                return transfer.takeBody(UnsafeRawBufferPointer(start: bytes, count: size * count)) ? size * count : 0
            })
        easy.set(CURLOPT_HEADERDATA, pointer: context)
        easy.set(
            CURLOPT_HEADERFUNCTION,
            callback: { bytes, size, count, context in
                guard let bytes, let context else { return 0 }
                let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
                let line = UnsafeRawBufferPointer(start: bytes, count: size * count)
                return transfer.collector?.header(line) == true ? size * count : 0
            })
    }

    func setBodyCallbacks() {
        let context = Unmanaged.passUnretained(self).toOpaque()
        easy.set(CURLOPT_READDATA, pointer: context)
        easy.set(
            CURLOPT_READFUNCTION,
            callback: { bytes, size, count, context in
                guard let bytes, let context else { return Int(CURL_READFUNC_ABORT) }
                let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
                let room = UnsafeMutableRawBufferPointer(start: bytes, count: size * count)
                return transfer.source?.read(into: room) ?? Int(CURL_READFUNC_ABORT)
            })
        easy.set(CURLOPT_SEEKDATA, pointer: context)
        easy.set(seek: { context, offset, origin in
            guard let context, origin == SEEK_SET else { return CURL_SEEKFUNC_FAIL }
            let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
            return transfer.source?.seek(to: Int(offset)) == true ? CURL_SEEKFUNC_OK : CURL_SEEKFUNC_FAIL
        })
    }

    private func takeBody(_ bytes: UnsafeRawBufferPointer) -> Bool {
        let announced = easy.offset(CURLINFO_CONTENT_LENGTH_DOWNLOAD_T)
        let status = easy.long(CURLINFO_RESPONSE_CODE)
        return collector?.piece(bytes, status: status, announced: announced) ?? false
    }
}
