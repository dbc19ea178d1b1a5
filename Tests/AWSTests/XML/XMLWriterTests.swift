import AWS
import Testing

@Suite struct XMLWriterTests {
    @Test func writesElementsInsideEachOther() {
        var writer = XMLWriter()
        writer.element("Delete", namespace: "http://s3.amazonaws.com/doc/2006-03-01/") { writer in
            writer.element("Object") { $0.element("Key", "a&b") }
            writer.element("Quiet", "true")
        }
        #expect(
            String(decoding: writer.bytes, as: UTF8.self) == """
                <?xml version="1.0" encoding="UTF-8"?>
                <Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Object><Key>a&amp;b</Key></Object>\
                <Quiet>true</Quiet></Delete>
                """)
    }

    @Test(arguments: NastyKeys.all)
    func whatIsWrittenReadsBack(_ key: String) throws {
        var writer = XMLWriter()
        writer.element("A") { $0.element("Key", key) }
        let read = try XMLTree(writer.bytes).root.required("Key")
        #expect(Array(read.utf8) == Array(key.utf8))
    }

    @Test func controlCharactersAreReferences() {
        #expect(
            String(decoding: XMLWriter.escaped("a\u{1}\t\r\n\u{7f}"), as: UTF8.self) == "a&#x1;&#x9;&#xD;&#xA;&#x7F;")
    }
}
