internal import Glibc
internal import SystemPackage

/// Reads one output stream of a child from its pipe, without blocking.
///
/// It belongs to the thread that reads.
struct OutputReader {
    let pipe: FileDescriptor
    let stream: OutputLine.Stream
    private var splitter = LineSplitter()
    private(set) var isAtEnd = false

    init(_ pipe: FileDescriptor, _ stream: OutputLine.Stream) {
        self.pipe = pipe
        self.stream = stream
    }

    /// Reads all that is available now.
    mutating func drain(into buffer: UnsafeMutableRawBufferPointer, _ output: (OutputLine) -> Void) {
        while !isAtEnd {
            let count = Glibc.read(pipe.rawValue, buffer.baseAddress, buffer.count)
            if count < 0 && errno == EINTR { continue }
            if count < 0 && errno == EAGAIN { return }
            guard count > 0 else {
                finish(output)
                return
            }
            let stream = stream
            splitter.add(UnsafeRawBufferPointer(rebasing: buffer[..<count])) { output(OutputLine(stream, $0)) }
        }
    }

    /// Passes on a last line without an end, and reads no more.
    mutating func finish(_ output: (OutputLine) -> Void) {
        let stream = stream
        isAtEnd = true
        splitter.finish { output(OutputLine(stream, $0)) }
    }
}
