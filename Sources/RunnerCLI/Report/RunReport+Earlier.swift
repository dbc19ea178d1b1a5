internal import PipelineKit
internal import SystemPackage

extension RunReport {
    /// Gives the page of an earlier process another name, `report-1.html` or the next that is free.
    ///
    /// - Returns: the name; nil where there is no page.
    static func setAside(in folder: FilePath) throws -> String? {
        let names = Set(try DurableFile.entries(of: folder))
        guard names.contains(fileName), !DurableFile.isFolder(folder.appending(fileName)) else { return nil }
        let name = (1...).lazy.map { "report-\($0).html" }.first { !names.contains($0) } ?? fileName
        try DurableFile.rename(folder.appending(fileName), to: folder.appending(name))
        return name
    }
}
