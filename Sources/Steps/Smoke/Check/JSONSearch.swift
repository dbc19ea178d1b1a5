internal import PipelineKit
internal import Releases

/// Looks up one value in a JSON body, which is read once from front to back and not kept.
enum JSONSearch {
    struct Found {
        /// Nil for a list or an object.
        var value: Value?
        /// The bytes of the value, within the body.
        var place: Range<Int>
    }

    /// The deepest nesting that is read, as in other programs.
    private static let deepest = 512

    /// - Parameter path: names and, in lists, numbers from 0: `items.0.name`.
    /// - Returns: nil if there is none. If an object has a name twice, the last counts.
    /// - Throws: `JSONScanner.Malformed` if the body is not JSON.
    static func value(at path: String, in body: [UInt8]) throws -> Found? {
        var found: Found?
        try JSONScanner.document(body, deepest: deepest) { scanner in
            found = try scanner.find(path.split(separator: ".", omittingEmptySubsequences: false)[...])
        }
        return found
    }
}

extension JSONScanner {
    fileprivate mutating func find(_ path: ArraySlice<Substring>) throws -> JSONSearch.Found? {
        guard let name = path.first else {
            let start = place()
            let value = try scalarOrNil()
            return JSONSearch.Found(value: value, place: start..<position)
        }
        var found: JSONSearch.Found?
        switch shape() {
        case .object:
            try object { key, scanner in
                if key == name { found = try scanner.find(path.dropFirst()) } else { try scanner.skip() }
            }
        case .list:
            let wanted = Int(name)
            var index = 0
            try list { scanner in
                if index == wanted { found = try scanner.find(path.dropFirst()) } else { try scanner.skip() }
                index += 1
            }
        case .scalar: try skip()
        }
        return found
    }

    private mutating func scalarOrNil() throws -> Value? {
        if shape() == .scalar { return try scalar() }
        try skip()
        return nil
    }
}
