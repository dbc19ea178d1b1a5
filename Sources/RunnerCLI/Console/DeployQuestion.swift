internal import PipelineKit
internal import SystemPackage

/// Asks which of several deploys is meant.
struct DeployQuestion {
    let deploys: [Deploy]
    /// Files below it are shown relative to it.
    let folder: FilePath

    /// A row for each deploy: what visitors have and would get, its file, its sites and its run.
    var rows: [[String]] {
        deploys.map { deploy in
            let sites = deploy.switches.map(\.site.name).joined(separator: ", ")
            return [deploy.change, deploy.isOwnFile ? deploy.pipeline : path(deploy.file), sites, "run \(deploy.run)"]
        }
    }

    /// - Returns: nil if none was chosen.
    func ask(_ question: String, on console: Console, _ answer: @Sendable () async -> String?) async -> Deploy? {
        console.note(question)
        let numbered = rows.enumerated().map { ["  \($0.offset + 1)"] + $0.element }
        let table = Table(header: ["", "", "", "", ""], rows: numbered)
        for line in table.lines(width: console.width(.error)).dropFirst() { console.note(line) }
        console.ask("its number, or Enter for none:")
        guard let text = await answer(), let number = Int(text.filter { !$0.isWhitespace }),
            deploys.indices.contains(number - 1)
        else { return nil }
        return deploys[number - 1]
    }

    private func path(_ file: FilePath) -> String {
        var file = file
        return file.removePrefix(folder) ? file.string : file.string
    }
}

extension Deploy {
    /// Such as `v2, before it v1`.
    var change: String {
        if isUnfinished { return "\(switches.first?.version ?? "a release"), unfinished" }
        return switches.map { made in
            (made.version ?? "a release") + (made.before.map { ", before it \($0.text)" } ?? "")
        }.joined(separator: "; ")
    }
}
