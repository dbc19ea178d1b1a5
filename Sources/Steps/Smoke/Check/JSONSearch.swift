internal import PipelineKit
internal import Releases

/// Looks for one value in a body of JSON, which is read once, from front to back, and kept nowhere.
enum JSONSearch {
    struct Found {
        /// Nil for a list or an object.
        var value: Value?
        /// Its bytes.
        var place: Range<Int>
    }

    /// As deep as other programs read it.
    private static let deepest = 512

    /// - Parameter path: names and, in lists, numbers from 0: `items.0.name`.
    /// - Returns: nil where there is none. Of one name in an object, the last counts.
    /// - Throws: `JSONScanner.Malformed` where the body is no JSON.
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
