internal import PipelineKit

/// A program that takes commands as an argument, such as `sh -c TEXT`.
struct Interpreter {
    /// Letters of options that are followed by commands, such as `c`; several may stand together, as in `-ec`.
    private let letters: Set<Character>
    /// The same as words.
    private let words: Set<String>
    /// Options that another word belongs to.
    private let takeAWord: Set<String>

    private static let shell = Interpreter(
        letters: ["c"], words: ["--command"], takeAWord: ["-o", "+o", "-O", "+O", "--rcfile", "--init-file"])
    private static let known: [String: Interpreter] = {
        var known = ["sh", "bash", "dash", "ash", "ksh", "mksh", "zsh", "fish", "rbash", "csh", "tcsh", "su"]
            .reduce(into: [String: Interpreter]()) { $0[$1] = shell }
        for name in ["perl", "ruby"] { known[name] = Interpreter(letters: ["e", "E"], words: [], takeAWord: ["-I"]) }
        for name in ["node", "deno", "bun"] {
            known[name] = Interpreter(letters: ["e", "p"], words: ["--eval", "--print", "eval"], takeAWord: ["-r"])
        }
        known["php"] = Interpreter(letters: ["r"], words: ["--run"], takeAWord: ["-d", "-c"])
        known["pwsh"] = Interpreter(letters: [], words: ["-command", "-c"], takeAWord: [])
        known["python"] = Interpreter(letters: ["c"], words: [], takeAWord: ["-W", "-X"])
        return known
    }()

    /// The words of a command that an interpreter in it reads as commands.
    static func scripts(in command: [Node]) -> [Node] {
        let words = command.map { if case .scalar(let text, plain: _) = $0.content { text } else { "" } }
        return words.indices.compactMap { index in
            interpreter(words[index])?.script(after: index, in: words)
        }.map { command[$0] }
    }

    /// Also `/usr/bin/python3.11`.
    private static func interpreter(_ word: String) -> Interpreter? {
        let name = word.split(separator: "/").last.map(String.init) ?? ""
        return known[name] ?? known[String(name.prefix { !$0.isNumber })]
    }

    private func script(after program: Int, in all: [String]) -> Int? {
        var index = program + 1
        while index < all.count {
            let word = all[index]
            if words.contains(word.lowercased()) || isCluster(word) { return index + 1 < all.count ? index + 1 : nil }
            guard word.hasPrefix("-") || word.hasPrefix("+") else { return nil }
            index += takeAWord.contains(word) ? 2 : 1
        }
        return nil
    }

    private func isCluster(_ word: String) -> Bool {
        word.hasPrefix("-") && !word.hasPrefix("--") && word.dropFirst().allSatisfy(\.isLetter)
            && word.contains(where: letters.contains)
    }
}
