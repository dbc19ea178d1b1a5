public import PipelineKit

/// The shell that runs the text of `run`.
public enum Shell: String, OptionChoice {
    case sh, bash

    /// The program and its arguments.
    ///
    /// - Parameter shell: nil if the file names none.
    static func command(_ text: String, in shell: Shell?) -> [String] {
        switch shell {
        case .bash: ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", text]
        case .sh: ["/bin/sh", "-e", "-c", text]
        // Only a pipe can hide a failure that `-e` would end the text for.
        case nil: mayHavePipe(text) ? ["/bin/sh", "-c", withPipefail, "sh", text] : ["/bin/sh", "-e", "-c", text]
        }
    }

    /// False if the text certainly has no pipe.
    private static func mayHavePipe(_ text: String) -> Bool {
        text.replacing("||", with: "").utf8.contains(UInt8(ascii: "|"))
    }

    /// Runs its first argument as `sh -e` would, but a pipe fails if any of its commands fails. Not every `sh` can do
    /// that: Debian's cannot. There, bash does it, with the few settings in which it differs from `sh` for such texts.
    private static let withPipefail = """
        if (set -o pipefail) 2>/dev/null; then exec /bin/sh -e -o pipefail -c "$1"; fi
        if command -v bash >/dev/null; then
            exec bash --noprofile --norc +B -O xpg_echo -O inherit_errexit -e -o pipefail -c "$1" sh
        fi
        echo "this sh knows no pipefail, and there is no bash: of a pipe, only the last command's failure counts" >&2
        exec /bin/sh -e -c "$1"
        """
}
