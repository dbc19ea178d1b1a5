import AWS
import PipelineKit
import TestSupport
import Testing

@Suite struct XMLTreeTests {
    @Test func readsElementsTextAndAttributes() throws {
        let document = try XMLTree(
            """
            \u{FEFF}<?xml version="1.0" encoding="UTF-8"?>
            <!-- a comment with <tags> & more -->
            <Result xmlns="http://example.org/" xmlns:x='urn:x'>
              <Name>a &amp; b &lt;&gt;&quot;&apos; &#233;&#x1F600;&#1;</Name>
              <Empty/><Also></Also>
              <Mixed>one<!-- two --><![CDATA[<three> & ]]]]><b>four</b>five<?six?></Mixed>
              <x:Item a = "1 &amp; 2" b='"'>first</x:Item>
              <Item>second</Item>
              <名前>日本語</名前>
            </Result>
            <?end of="it"?>

            """)
        let root = document.root
        #expect(root.name == "Result")
        #expect(root.text("Name") == "a & b <>\"' é😀\u{1}")
        #expect(root.text("Empty") == "" && root["Empty"]?.contentRange == nil)
        #expect(root.text("Also") == "" && root["Also"]?.contentRange?.isEmpty == true)
        #expect(root.text("Mixed") == "one<three> & ]]five")
        #expect(root.children("Item").map(\.text) == ["first", "second"])
        #expect(root.text("名前") == "日本語")
        #expect(root.text("Missing") == nil)
        #expect(root.children.map(\.name) == ["Name", "Empty", "Also", "Mixed", "Item", "Item", "名前"])
    }

    /// A server decides how many there are.
    @Test func workGrowsWithTheAttributesAndNotWithTheirSquare() throws {
        func time(_ count: Int) throws -> Duration {
            let tag = "<A " + (0..<count).map { "a\($0)='1'" }.joined(separator: " ") + "/>"
            return try ProcessorTime.of { _ = try XMLTree(tag) }
        }
        _ = try time(100)
        let (once, fourTimes) = (try time(2_500), try time(10_000))
        #expect(fourTimes < once * 9, "\(once), \(fourTimes)")
        #expect(throws: XMLError.self) { try XMLTree("<A a='1' b='2' a='3'/>") }
    }

    @Test func findsAlongAPath() throws {
        let document = try XMLTree("<A><B/><B><C>1</C></B><D><E><F>2</F></E></D></A>")
        #expect(document.root.at(["D", "E", "F"])?.text == "2")
        // The first of each name is taken: a path that forks is not searched.
        #expect(document.root.at(["B", "C"]) == nil)
    }

    @Test func foldsLineEndsAndKeepsWhiteSpace() throws {
        let document = try XMLTree("<A><B> a\r\nb\rc\n\t </B><C><![CDATA[\r\n]]></C><D>&#13;&#10;</D></A>")
        #expect(document.root.text("B") == " a\nb\nc\n\t ")
        #expect(document.root.text("C") == "\n")
        #expect(document.root.text("D").map { Array($0.utf8) } == [13, 10])
    }

    @Test func keepsSpellingsOfTheSameNameApart() throws {
        let document = try XMLTree("<A><B>e\u{301}</B><B>\u{e9}</B></A>")
        let texts = document.root.children("B").map { Array($0.text.utf8) }
        #expect(texts == [Array("e\u{301}".utf8), Array("\u{e9}".utf8)])
    }

    @Test func rangesAreThoseOfTheTags() throws {
        let text = "<A ><B  x='>'\n>in<C/>side</B ><D/></A>"
        let document = try XMLTree(text)
        let bytes = Array(text.utf8)
        let element = try #require(document.root["B"])
        #expect(String(decoding: bytes[element.range], as: UTF8.self) == "<B  x='>'\n>in<C/>side</B >")
        let content = try #require(element.contentRange)
        #expect(String(decoding: bytes[content], as: UTF8.self) == "in<C/>side")
        #expect(document.root.range == 0..<bytes.count)
    }

    @Test func spacesMayComeFirst() throws {
        #expect(try XMLTree(" \n  <?xml version='1.0'?>\n <A>1</A>").root.text == "1")
    }

    @Test func namesWhatIsMissing() throws {
        let root = try XMLTree("<A><Size>x1</Size></A>").root
        #expect(failure { try root.required("Key") }?.kind == .unexpected)
        #expect(failure { try root.requiredInteger("Size") }?.message.contains("<Size> is not a whole number") == true)
        #expect(failure { try root.requiredInteger("Key") }?.message.contains("<A> has no <Key>") == true)
    }

    @Test(arguments: [
        ("<A>a & b</A>", XMLError.Kind.malformed),
        ("<A>&nbsp;</A>", .malformed),
        ("<A>&#0;</A>", .malformed),
        ("<A>&#xD800;</A>", .malformed),
        ("<A>&#+65;</A>", .malformed),
        ("<A>&#;</A>", .malformed),
        ("<A>]]></A>", .malformed),
        ("<A b></A>", .malformed),
        ("<A b=c></A>", .malformed),
        ("<A b='<'></A>", .malformed),
        ("<A b='1'c='2'></A>", .malformed),
        ("<A b='1' b='2'></A>", .malformed),
        ("<A b='&x;'></A>", .malformed),
        ("<A / ></A>", .malformed),
        ("<A></A ></A>", .unbalanced),
        ("<A></A x>", .malformed),
        ("<1/>", .malformed),
        ("< A/>", .malformed),
        ("<A/><B/>", .malformed),
        ("<A/>text", .malformed),
        ("text<A/>", .malformed),
        ("<![CDATA[x]]><A/>", .malformed),
        ("<A><!-- -- --></A>", .malformed),
        ("<A><!ELEMENT></A>", .malformed),
        ("<A/><?xml version='1.0'?>", .malformed),
        ("<!-- --><?xml version='1.0'?><A/>", .malformed),
        ("<?xml version='1.0' encoding='ISO-8859-1'?><A/>", .encoding),
        ("<A>\u{1}</A>", .malformed),
        ("</A>", .unbalanced),
        ("<A><B></A></B>", .unbalanced),
        ("<A></a>", .unbalanced),
        ("<!DOCTYPE A><A/>", .doctype),
        ("<!DOCTYPE A [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><A>&x;</A>", .doctype),
        ("<A><!DOCTYPE A></A>", .doctype),
    ])
    func refuses(_ text: String, _ kind: XMLError.Kind) {
        #expect(failure { try XMLTree(text) }?.kind == kind, "\(text)")
    }

    /// A reply may end at any byte: no beginning of a document is taken for the whole, or for a wrong one.
    @Test func everyBeginningIsTruncated() throws {
        let text = """
            <?xml version="1.0" encoding="UTF-8"?>
            <A b="1 &amp; é"><!-- c --><B>&#x41; é😀</B><![CDATA[d]]><?pi e?><C/></A>
            """
        let bytes = Array(text.utf8)
        _ = try XMLTree(bytes)
        for end in 0..<bytes.count {
            let error = failure { try XMLTree(Array(bytes[..<end])) }
            #expect(error?.kind == .truncated, "\(end): \(String(decoding: bytes[..<end], as: UTF8.self))")
            #expect(error?.retryClass == .network)
        }
    }

    @Test func aBeginningOfADoctypeIsTruncatedAndTheWholeIsRefused() {
        #expect(failure { try XMLTree("<!DOC") }?.kind == .truncated)
        #expect(failure { try XMLTree("<!DOCTYPE") }?.kind == .doctype)
    }

    @Test func refusesWhatIsNotUTF8() {
        for bytes: [UInt8] in [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xe9]] {
            let document = Array("<A>".utf8) + bytes + Array("</A>".utf8)
            #expect(failure { try XMLTree(document) }?.kind == .encoding, "\(bytes)")
        }
    }

    @Test func limitsDepthAndSize() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "<A>", count: depth) + String(repeating: "</A>", count: depth)
        }
        _ = try XMLTree(nested(64))
        #expect(failure { try XMLTree(nested(65)) }?.kind == .tooDeep)
        #expect(failure { try XMLTree(nested(100_000)) }?.kind == .tooDeep)
        _ = try XMLTree("<A>12345</A>", maximumBytes: 12)
        #expect(failure { try XMLTree("<A>123456</A>", maximumBytes: 12) }?.kind == .tooLarge)
    }

    @Test func manySiblingsAreNoDepth() throws {
        let text = "<A>" + String(repeating: "<B>x</B>", count: 20_000) + "</A>"
        #expect(try XMLTree(text).root.children("B").map(\.text).count == 20_000)
    }

    private func failure<Value>(_ body: () throws -> Value) -> XMLError? {
        do {
            _ = try body()
            return nil
        } catch {
            return error as? XMLError
        }
    }
}

extension XMLTree {
    fileprivate init(_ text: String, maximumBytes: Int = 8 << 20) throws(XMLError) {
        try self.init(Array(text.utf8), maximumBytes: maximumBytes)
    }
}
