import FoundationEssentials
import SystemPackage
import TestSupport
import Testing

/// Secrets are in nothing that leaves the process.
@Suite struct SecretTests {
    @Test func aSecretIsNowhere() async throws {
        let project = try CommandProject()
        let (token, password) = ("s3cr3t/+to ken&é", "pass-word:\"quoted\"\nsecond-line-of-it")
        try project.folder.write(password + "\n", to: "password.txt")
        try project.folder.write(
            """
            echo "raw: $TOKEN"
            printf 'base64: '; printf %s "$TOKEN" | base64 -w0; echo
            printf 'inside base64: '; printf 'user:%s' "$TOKEN" | base64 -w0; echo
            echo 'encoded: s3cr3t%2F%2Bto%20ken%26%C3%A9'
            echo "second: $PASSWORD" >&2
            printf 'token=%s\\n' "$TOKEN" > "$RUNNER_OUTPUT"
            exit $STATUS

            """, to: "tell.sh")
        try project.folder.write(
            """
            version: 1
            name: tell
            secrets: { token: { env: TOKEN }, password: { file: password.txt } }
            steps:
              - id: tell
                uses: exec
                with: { run: sh tell.sh, outputs: [token] }
                env: { TOKEN: "${{ secrets.token }}", PASSWORD: "${{ secrets.password }}" }
                rollback: false

            """, to: "tell.yml")
        for status in ["0", "7"] {
            let said = try await project.runner(
                "run", "tell.yml", "-v", environment: ["TOKEN": token, "STATUS": status])
            #expect(said.code == (status == "0" ? 0 : 1))
            // What is left of the base64 forms are characters that the secret shares with the text beside it.
            #expect(said.error.contains("raw: ***\n") && said.error.contains(" base64: ***"), "\(said.error)")
            #expect(said.error.contains("inside base64: dXNlcjp***"), "\(said.error)")
            #expect(said.error.contains("encoded: ***\n") && said.error.contains("second: ***\n"), "\(said.error)")
            if status == "0" {
                let warning = "the output `token` holds a secret; it is masked, also for the steps that follow"
                #expect(said.error.contains("           warning: \(warning)\n"), "\(said.error)")
            }
            let run = try project.newestRun()
            let show = try await project.runner("show")
            let runs = try await project.runner("runs")
            let texts = [
                said.raw.output, said.raw.error, show.raw.output, runs.raw.output,
                try project.text(run + "/run.log"), try project.text(run + "/journal.jsonl"),
                try project.text(run + "/pipeline.yml"),
            ]
            #expect(texts[4].contains("raw: ***"))
            for text in texts {
                for form in Self.forms(of: token) + ["pass-word", "second-line-of-it"] {
                    #expect(!text.contains(form), "`\(form)` in \(text)")
                }
            }
            #expect(show.output.contains("\nsecrets  token password\n"), "\(show.output)")
        }
    }

    @Test(arguments: [[], ["--json"]]) func theTextsOfAJSONSecretAreNowhere(format: [String]) async throws {
        let project = try CommandProject()
        let account =
            #"{"type":"account","password":"hunter22x","pin":4711,"key":"-----BEGIN-----\nMIIEvQIBADANBgkq\n"}"#
        try project.folder.write(
            """
            version: 1
            name: tell
            secrets: { account: { env: ACCOUNT } }
            steps:
              - id: tell
                uses: exec
                with: { run: sh tell.sh, outputs: { a: string, pin: integer } }
                env: { ACCOUNT: "${{ secrets.account }}" }
                rollback: false

            """, to: "tell.yml")
        try project.folder.write(
            """
            echo "password is hunter22x"; echo MIIEvQIBADANBgkq; echo "pin 4711" >&2
            printf 'a=hunter22x\\npin=4711\\n' >> "$RUNNER_OUTPUT"

            """, to: "tell.sh")
        let said = try await project.runner(["run", "tell.yml", "-v"] + format, environment: ["ACCOUNT": account])
        #expect(said.code == 0, "\(said.error)")
        let run = try project.newestRun()
        let show = try await project.runner("show", "--json")
        let files = ["run.log", "journal.jsonl", "report.html"]
        let texts =
            try [said.raw.output, said.raw.error, show.raw.output] + files.map { try project.text(run + "/" + $0) }
        #expect(texts.contains { $0.contains("password is ***") })
        for text in texts {
            #expect(!text.contains("hunter22x") && !text.contains("MIIEvQIBADANBgkq") && !text.contains("pin 4711"))
            #expect(!text.contains("\"pin\":4711") && !text.contains("pin=4711"), "\(text)")
        }
    }

    @Test(
        arguments: [
            ("env: HOOK, optional: true", [:], "hook= ."), ("env: HOOK, optional: true", ["HOOK": ""], "hook= ."),
            ("env: HOOK, default: nobody", [:], "hook=nobody ."), ("file: missing, optional: true", [:], "hook= ."),
            ("env: HOOK, optional: true", ["HOOK": "hunter2!"], "hook=*** told."),
            ("env: HOOK, default: nobody", ["HOOK": "hunter2!"], "hook=*** told."),
        ] as [(String, [String: String], String)])
    func aSecretMayBeMissing(_ source: String, _ environment: [String: String], _ told: String) async throws {
        let project = try CommandProject()
        try project.folder.write(
            """
            version: 1
            name: tell
            secrets: { hook: { \(source) } }
            steps:
              - id: tell
                uses: exec
                if: secrets.hook != '' && secrets.hook != 'nobody'
                with: { run: "echo told=told >> $RUNNER_OUTPUT", outputs: [told] }
                rollback: false
              - uses: exec
                with: { command: [echo, "hook=${{ secrets.hook }} ${{ steps.tell.outputs.told || '' }}."] }
                rollback: false

            """, to: "tell.yml")
        let explained = try await project.runner("validate", "--explain", "tell.yml")
        #expect(explained.output.contains("hook: { \(source) }"), "\(explained.output)")
        let plan = try await project.runner("plan", "tell.yml", environment: environment)
        #expect(plan.code == 0, "\(plan.error)")
        let said = try await project.runner("run", "tell.yml", "-v", environment: environment)
        #expect(said.code == 0 && said.error.contains(told), "\(said.error)")
    }

    /// A text that is shortened must not be cut inside a secret, since nothing would find the rest of it.
    @Test func noPartOfASecretIsLeftByACut() async throws {
        let project = try CommandProject()
        try project.folder.write(
            """
            version: 1
            name: cut
            secrets: { token: { env: TOKEN } }
            steps:
              - id: cut
                uses: exec
                with: { command: [sh, cut.sh, "${{ env.PADDING }}${{ secrets.token }}"] }
                rollback: false

            """, to: "cut.yml")
        for (padding, script) in [
            (85, "exit 1"), (290, "echo \"$1\" >&2; exit 1"), (95, "echo \"$1\" > $RUNNER_OUTPUT"),
        ] {
            try project.folder.write(script + "\n", to: "cut.sh")
            let said = try await project.runner(
                "run", "cut.yml", "-v",
                environment: ["TOKEN": "hunter2-hunter2-hunter2", "PADDING": String(repeating: "x", count: padding)])
            #expect(said.code == 1)
            let run = try project.newestRun()
            let texts = [
                said.raw.error, try project.text(run + "/run.log"), try project.text(run + "/journal.jsonl"),
                try project.text(run + "/report.html"),
            ]
            for text in texts { #expect(!text.contains("hun"), "\(text)") }
        }
    }

    private static func forms(of secret: String) -> [String] {
        // Without the ends, whose bits depend on what is beside them.
        let base64 = (0..<3).map { offset -> String in
            let bytes = Array(repeating: 0x3A, count: offset) + Array(secret.utf8)
            return String(Data(bytes).base64EncodedString().dropFirst(4).dropLast(4))
        }
        return [secret, "s3cr3t/+to ken", "s3cr3t%2F%2Bto%20ken%26"] + base64
    }
}
