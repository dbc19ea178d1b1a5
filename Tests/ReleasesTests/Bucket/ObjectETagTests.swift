import Testing

@testable import Releases

@Suite struct ObjectETagTests {
    private static let md5 = "d41d8cd98f00b204e9800998ecf8427e"

    @Test(arguments: [
        ("\"\(md5)\"", ObjectETag.md5(md5)), (md5.uppercased(), .md5(md5)), ("\"\(md5)-12\"", .parts(md5, count: 12)),
        ("\"\(md5)-x\"", .other), ("\"\(md5)0\"", .other), ("\"abc\"", .other), ("", .other),
        ("\"\(md5)-1-2\"", .other), ("\"z41d8cd98f00b204e9800998ecf8427e\"", .other),
    ])
    func reads(text: String, etag: ObjectETag) {
        #expect(ObjectETag(text) == etag)
    }

    @Test func triesTheSizesThatGiveSoManyParts() {
        let mebibyte = 1 << 20
        #expect(
            ObjectETag.partSizes(of: 40 * mebibyte, count: 5, first: 16 * mebibyte) == [8 * mebibyte])
        #expect(
            ObjectETag.partSizes(of: 40 * mebibyte, count: 3, first: 16 * mebibyte)
                == [16 * mebibyte, 15 * mebibyte])
        #expect(ObjectETag.partSizes(of: 5, count: 1, first: 7 * mebibyte).first == 7 * mebibyte)
        #expect(ObjectETag.partSizes(of: 40 * mebibyte, count: 999, first: 16 * mebibyte) == [])
    }
}
