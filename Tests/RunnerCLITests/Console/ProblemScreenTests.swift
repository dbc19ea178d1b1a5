import PipelineKit
@testable import RunnerCLI
import SystemPackage
import TestSupport
import Testing

/// What `validate` says of a file, in windows of three widths and off a terminal.
@Suite struct ProblemScreenTests {
    private static let file = """
        version: 1
        name: deploy
        steps:
          - { id: site, uses: scripted, with: { run: [fail] }, timeout: soon }
          - { id: check, uses: scripted, retry: 3, if: sucess() }
          - { id: notify, uses: scripted, with: { text: "${{ steps.sitte.outputs.pages }} pages" } }

        """

    @Test(arguments: [60, 80, 120, nil]) func looksAs(width: Int?) {
        let bytes = Array(Self.file.utf8)
        let (_, problems) = PipelineReader(registry: StepRegistry([KindDescriptor(ScriptedStep.self)])).read(
            bytes: bytes, path: "pipelines/deploy.yml", inputs: [:], environment: [:])
        let report = ProblemReport(problems, path: "pipelines/deploy.yml", bytes: bytes)
        #expect(report.text(TextStyle(isColoured: false), width: width) == Self.screens[width ?? 0])
    }

    private static let screens = [
        60: #"""
        pipelines/deploy.yml:4:65: error: expected a duration such
            as `90s`, `5m` or `1h30m`, found `soon`
            …uses: scripted, with: { run: [fail] }, timeout: soon }
                                                             ^
        pipelines/deploy.yml:5:41: error: `retry` takes a mapping,
            not `3`
            … { id: check, uses: scripted, retry: 3, if: sucess() }
                                                  ^
          help: write `retry: { attempts: 3 }`: total tries, the
            first one included
        pipelines/deploy.yml:5:48: error: there is no function
            `sucess`
            … { id: check, uses: scripted, retry: 3, if: sucess() }
                                                         ^
          help: did you mean `success`?
        pipelines/deploy.yml:6:54: error: there is no step `sitte`
            …ripted, with: { text: "${{ steps.sitte.outputs.pages }…
                                        ^
          help: did you mean `site`?
        4 problems in pipelines/deploy.yml
        """#,
        80: #"""
        pipelines/deploy.yml:4:65: error: expected a duration such as `90s`, `5m` or
            `1h30m`, found `soon`
              - { id: site, uses: scripted, with: { run: [fail] }, timeout: soon }
                                                                            ^
        pipelines/deploy.yml:5:41: error: `retry` takes a mapping, not `3`
              - { id: check, uses: scripted, retry: 3, if: sucess() }
                                                    ^
          help: write `retry: { attempts: 3 }`: total tries, the first one included
        pipelines/deploy.yml:5:48: error: there is no function `sucess`
              - { id: check, uses: scripted, retry: 3, if: sucess() }
                                                           ^
          help: did you mean `success`?
        pipelines/deploy.yml:6:54: error: there is no step `sitte`
            …, uses: scripted, with: { text: "${{ steps.sitte.outputs.pages }} pages" }…
                                                  ^
          help: did you mean `site`?
        4 problems in pipelines/deploy.yml
        """#,
        120: #"""
        pipelines/deploy.yml:4:65: error: expected a duration such as `90s`, `5m` or `1h30m`, found `soon`
              - { id: site, uses: scripted, with: { run: [fail] }, timeout: soon }
                                                                            ^
        pipelines/deploy.yml:5:41: error: `retry` takes a mapping, not `3`
              - { id: check, uses: scripted, retry: 3, if: sucess() }
                                                    ^
          help: write `retry: { attempts: 3 }`: total tries, the first one included
        pipelines/deploy.yml:5:48: error: there is no function `sucess`
              - { id: check, uses: scripted, retry: 3, if: sucess() }
                                                           ^
          help: did you mean `success`?
        pipelines/deploy.yml:6:54: error: there is no step `sitte`
              - { id: notify, uses: scripted, with: { text: "${{ steps.sitte.outputs.pages }} pages" } }
                                                                 ^
          help: did you mean `site`?
        4 problems in pipelines/deploy.yml
        """#,
        0: #"""
        pipelines/deploy.yml:4:65: error: expected a duration such as `90s`, `5m` or `1h30m`, found `soon`
              - { id: site, uses: scripted, with: { run: [fail] }, timeout: soon }
                                                                            ^
        pipelines/deploy.yml:5:41: error: `retry` takes a mapping, not `3`
              - { id: check, uses: scripted, retry: 3, if: sucess() }
                                                    ^
          help: write `retry: { attempts: 3 }`: total tries, the first one included
        pipelines/deploy.yml:5:48: error: there is no function `sucess`
              - { id: check, uses: scripted, retry: 3, if: sucess() }
                                                           ^
          help: did you mean `success`?
        pipelines/deploy.yml:6:54: error: there is no step `sitte`
              - { id: notify, uses: scripted, with: { text: "${{ steps.sitte.outputs.pages }} pages" } }
                                                                 ^
          help: did you mean `site`?
        4 problems in pipelines/deploy.yml
        """#,
    ]
}
