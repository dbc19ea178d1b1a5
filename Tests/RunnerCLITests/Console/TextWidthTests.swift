@testable import RunnerCLI
import Testing

@Suite struct TextWidthTests {
    @Test(arguments: [
        ("", 0), ("abc", 3), ("é", 1), ("e\u{301}", 1), ("日本", 4), ("ｗ", 2), ("🙂", 2), ("👨‍👩‍👧", 2), ("🇨🇭", 2),
        ("❤️", 2), ("한글", 4), ("✅ ok", 5), ("a\u{200B}b", 2),
    ])
    func columns(text: String, columns: Int) {
        #expect(text.columns == columns)
    }

    @Test(arguments: [
        ("abc", 3, "abc"), ("abcd", 3, "ab…"), ("abcd", 1, "…"), ("abcd", 0, ""), ("日本語", 6, "日本語"),
        ("日本語", 5, "日本…"), ("日本語", 4, "日…"), ("a日本", 4, "a日…"), ("a日本語", 4, "a日…"), ("👨‍👩‍👧👨‍👩‍👧", 3, "👨‍👩‍👧…"),
        ("ééé", 3, "ééé"), ("éééé", 3, "éé…"),
    ])
    func cut(text: String, width: Int, cut: String) {
        #expect(text.cut(to: width) == cut)
        #expect(text.cut(to: width).columns <= max(width, 0))
    }

    @Test func paddedByColumns() {
        #expect("日".padded(to: 4) == "日  ")
        #expect("abc".padded(to: 2) == "abc")
    }

    @Test func flat() {
        #expect("a\nb\tc\r\nd".flat == "a b c d")
    }
}
