/// Keys that break careless code. S3 stores each as it is.
enum NastyKeys {
    static let all: [String] = [
        "plain.html", "a b", " leading and trailing ", "a+b", "a%b", "a%20b", "a%2Fb", "100%", "~tilde~", "it's",
        "\"quoted\"",
        "a&b;c=d", "<tag>", "a?b#c", "a\\b", "a//b", ".well-known/x", "a/./b", "*!'()", "a:b@c,d$e",
        "caf\u{e9}", "cafe\u{301}", "日本語/ページ.html", "😀👩‍👩‍👧.png", "nul\u{1}\u{1f}\u{7f}", "tab\tline\nreturn\r",
        String(repeating: "é日a", count: 150), "\u{202e}gpj.exe", "]]>", "<![CDATA[x]]>", "&amp;&#x41;",
    ]
}
