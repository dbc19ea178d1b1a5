@testable import RunnerCLI
import Testing

/// Which variables turn colours on and off.
@Suite struct TerminalTests {
    @Test(arguments: [
        ([:], true, true), ([:], false, false), (["NO_COLOR": "1"], true, false), (["NO_COLOR": ""], true, true),
        (["FORCE_COLOR": "1"], false, true), (["CLICOLOR_FORCE": "1"], false, true),
        (["FORCE_COLOR": "0"], false, false), (["CLICOLOR_FORCE": ""], false, false),
        (["FORCE_COLOR": "1", "NO_COLOR": "1"], false, false),
        (["CLICOLOR_FORCE": "1", "NO_COLOR": "1"], true, false),
    ])
    func colours(environment: [String: String], isTerminal: Bool, isColoured: Bool) {
        #expect(Terminal.isColoured(environment, isTerminal: isTerminal) == isColoured)
    }
}
