import PipelineKit
import Testing

/// Broken files with what a person reads of them.
@Suite struct BrokenFileTests {
    @Test(arguments: [
        (
            "",
            "deploy.yml: error: the file is empty\n  help: `runner init` writes one to start from\n1 problem in deploy.yml\n"
        ),
        (
            "# nothing\n",
            "deploy.yml: error: the file is empty\n  help: `runner init` writes one to start from\n1 problem in deploy.yml\n"
        ),
        (
            "- a\n",
            """
            deploy.yml:1:1: error: a pipeline file must be a mapping, not a list
                - a
                ^
              help: begin with `version: 1`, `name: …` and `steps:`; `runner init` writes such a file
            1 problem in deploy.yml

            """
        ),
        (
            "version: 1.10\nname: -x\nstpes: []\n",
            """
            deploy.yml:1:10: error: this runner reads version 1 of the pipeline file, not `1.10`
                version: 1.10
                         ^
              help: write `version: 1`
            deploy.yml:2:7: error: `-x` is not a valid name for a pipeline
                name: -x
                      ^
              help: use letters, digits, spaces, `.`, `_` and `-`, with a letter or digit first
            deploy.yml:3:1: error: unknown key `stpes` in a pipeline file
                stpes: []
                ^
              help: did you mean `steps`?
            deploy.yml:3:8: error: `steps` has no step
                stpes: []
                       ^
              help: start each step with `- uses: <kind>`
            4 problems in deploy.yml

            """
        ),
        (
            "version: 1\nname: a\nname: b\nsteps:\n  - uses: log\n    with: { message: a, 'message': b, version: v, version: w }\n",
            """
            deploy.yml:3:1: error: `name` is given twice in one mapping: here and in line 2, column 1
                name: b
                ^
              help: keep one of the two
            deploy.yml:6:25: error: `message` is given twice in one mapping: here and in line 6, column 13
                    with: { message: a, 'message': b, version: v, version: w }
                                        ^
              help: keep one of the two
            deploy.yml:6:51: error: `version` is given twice in one mapping: here and in line 6, column 39
                    with: { message: a, 'message': b, version: v, version: w }
                                                                  ^
              help: keep one of the two
            3 problems in deploy.yml

            """
        ),
        (
            "version: 1\nname: a\nsteps: [{ uses: log }]\n---\nversion: 1\n",
            """
            deploy.yml:4:1: error: a second YAML document starts here
                ---
                ^
              help: a pipeline file is one document: put the other into a file of its own
            1 problem in deploy.yml

            """
        ),
        (
            "version: 1\nname: a: b\nsteps: [{ uses: log }]\n",
            """
            deploy.yml:2:8: error: this is not YAML: mapping values are not allowed in this context
                name: a: b
                       ^
              help: put text with `: ` in it in quotes
            1 problem in deploy.yml

            """
        ),
        (
            "version: 1\nname: a\nsteps:\n  - run: make\n  - uses: sycn\n  - uses: hash@v1\n",
            """
            deploy.yml:4:5: error: unknown key `run` in a step
                  - run: make
                    ^
              help: commands are run by `uses: exec` with `with: { run: … }`
            deploy.yml:5:11: error: there is no step kind `sycn`
                  - uses: sycn
                          ^
              help: did you mean `sync`?
            deploy.yml:6:11: error: there is no step kind `hash@v1`
                  - uses: hash@v1
                          ^
              help: kinds have no version: write `uses: hash`
            3 problems in deploy.yml

            """
        ),
        (
            "version: 1\nname: a\nsteps:\n  - uses: log\n    continue_on_error: true\n    retry: 3\n    timeout: 30\n",
            """
            deploy.yml:5:5: error: unknown key `continue_on_error` in a step
                    continue_on_error: true
                    ^
              help: did you mean `continue-on-error`?
            deploy.yml:6:12: error: `retry` takes a mapping, not `3`
                    retry: 3
                           ^
              help: write `retry: { attempts: 3 }`: total tries, the first one included
            deploy.yml:7:14: error: expected a duration such as `90s`, `5m` or `1h30m`, found the bare number `30`
                    timeout: 30
                             ^
              help: name the unit: `30s` for seconds, `30m` for minutes
            3 problems in deploy.yml

            """
        ),
        (
            "version: 1\nname: a\nsteps:\n  - uses: log\n    with: { message: \"日本 ${{ inputs.x }}\", version: \"${{ steps.tga.outputs.v }}\" }\n",
            """
            deploy.yml:5:30: error: there is no input `x`
                    with: { message: "日本 ${{ inputs.x }}", version: "${{ steps.tga.outputs.v }}" }
                                               ^
              help: there are none here
            deploy.yml:5:58: error: there is no step `tga`
                    with: { message: "日本 ${{ inputs.x }}", version: "${{ steps.tga.outputs.v }}" }
                                                                           ^
              help: there are none here
            2 problems in deploy.yml

            """
        ),
    ])
    func isToldLikeThis(_ text: String, _ report: String) {
        let read = FileRead(text)
        #expect(read.report == report)
        #expect(read.pipeline == nil)
    }

    @Test(arguments: [
        ("a: !!str b", "YAML tags such as `!!str` are not supported in a pipeline file"),
        ("a: !own b", "YAML tags such as `!!str` are not supported in a pipeline file"),
        ("a: !own [b]", "YAML tags such as `!!str` are not supported in a pipeline file"),
        ("a: !own {b: c}", "YAML tags such as `!!str` are not supported in a pipeline file"),
        ("!own a: b", "YAML tags such as `!!str` are not supported in a pipeline file"),
        ("a: &x !!str b", "YAML tags such as `!!str` are not supported in a pipeline file"),
        ("? [a]\n: b", "a key must be text"), ("a: &a b\n*a : c", "a key must be text"),
        ("'': b", "a key is empty"), ("${{ inputs.a }}: b", "an expression cannot be a key"),
        ("a: *html", "there is no anchor `&html` before this alias"),
        ("a: &a [*a]", "the alias `*a` is inside what `&a` marks"),
        ("<<: 3", "`<<` merges a mapping or a list of mappings, not text"),
        ("a: \"\\0\"", "a text contains the character U+0000"),
    ])
    func yamlThatIsRefused(_ yaml: String, _ message: String) {
        let read = FileRead(
            "version: 1\nname: a\nsteps: [{ uses: log }]\nx-a:\n  "
                + yaml.split(separator: "\n").joined(separator: "\n  "))
        #expect(read.problems.map(\.message) == [message])
    }

    @Test(
        arguments: [
            ([0x61, 0x0A, 0x62, 0xFF], 2, 2), ([0xFF, 0xFE, 0x61, 0x00], 1, 1), ([0xC3], 1, 1),
            ([0x61, 0xE2, 0x82], 1, 2), ([0x61, 0x00], 1, 2), ([0x0A, 0x1B], 2, 1), (Array("é\u{2028}".utf8), 1, 2),
        ] as [([UInt8], Int, Int)])
    func bytesThatAreNoText(_ bytes: [UInt8], _ line: Int, _ column: Int) {
        let read = FileRead(bytes)
        #expect(read.problems.map(\.mark) == [SourceMark(line: line, column: column)])
    }
}
