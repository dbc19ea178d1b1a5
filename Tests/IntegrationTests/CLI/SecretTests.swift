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
                with: { run: 'echo "hook=$HOOK $TOLD."' }
                env: { HOOK: "${{ secrets.hook }}", TOLD: "${{ steps.tell.outputs.told || '' }}" }
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
        let token = "hunter2-hunter2-hunter2"
        try project.folder.write(
            """
            version: 1
            name: cut
            secrets: { token: { env: TOKEN } }
            steps:
              - id: cut
                uses: exec
                with: { command: [sh, cut.sh, "${{ env.PADDED }}"] }
                rollback: false

            """, to: "cut.yml")
        for (padding, script) in [
            (85, "exit 1"), (290, "echo \"$1\" >&2; exit 1"), (95, "echo \"$1\" > $RUNNER_OUTPUT"),
        ] {
            try project.folder.write(script + "\n", to: "cut.sh")
            let said = try await project.runner(
                "run", "cut.yml", "-v",
                environment: ["TOKEN": token, "PADDED": String(repeating: "x", count: padding) + token])
            #expect(said.code == 1)
            let run = try project.newestRun()
            let texts = [
                said.raw.error, try project.text(run + "/run.log"), try project.text(run + "/journal.jsonl"),
                try project.text(run + "/report.html"),
            ]
            for text in texts { #expect(!text.contains("hun"), "\(text)") }
        }
    }

    /// Every way in which the usual tools print a secret; what they print is in the file `printed` as well.
    @Test(arguments: [[], ["--json"]]) func whateverPrintsIt(format: [String]) async throws {
        let project = try CommandProject()
        try project.folder.write(
            #"""
            {
                printf %s "$KEY" | base64
                printf %s "$KEY" | base64 | base64
                printf %s "$KEY" | basenc --base64url -w 0; echo
                printf 'user:%s' "$KEY" | base64 -w 64
                printf %s "$KEY" | base64 -w 0 | fold -w 40; echo
                printf %s "$KEY" | od -An -v -tx1 -w1000 | sed 's/^ //'
                printf %s "$KEY" | od -An -v -tx1 -w1000 | tr -d ' '
                printf %s "$KEY" | od -An -v -tx1 -w1000 | tr -d ' ' | tr a-f A-F
                printf %s "$KEY" | od -An -v -tx1 -w1000 | sed 's/^ //; s/ /:/g'
                bash -c 'printf "%q\n" "$KEY"; LC_ALL=C printf "%q\n" "$KEY"; echo "${KEY@Q}"; declare -p KEY'
                (set -x; : "$KEY") 2>&1
                echo $KEY
                printf %s "$KEY" | tr -d '\n'; echo
                printf '%s\n' "$KEY"
                python3 - <<'END'
            import os, re, json, html, urllib.parse
            key = os.environ["KEY"]
            print(json.dumps(key)); print(json.dumps(key, ensure_ascii=False)); print(json.dumps(json.dumps({"key": key})))
            print(urllib.parse.quote(key)); print(urllib.parse.quote_plus(key)); print(re.sub("%..", lambda code: code[0].lower(), urllib.parse.quote(key, safe="")))
            print(html.escape(key)); print(repr(key)); print(key.encode()); print(json.dumps(key).replace("/", "\/"))
            END
            } > printed
            cat printed

            """#, to: "print.sh")
        try project.folder.write(
            """
            version: 1
            name: tell
            secrets: { key: { file: key.txt } }
            steps:
              - { uses: exec, with: { run: sh print.sh }, env: { KEY: "${{ secrets.key }}" }, rollback: false }

            """, to: "tell.yml")
        let key = """
            -----BEGIN PRIVATE KEY-----
            MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj
            MzEfYyjiWA4R4/M2bS1GB4t7NXp98C3SC6dVMvDuictGeurT8jNbvJZHtCSuYEvu
            qgtzJ6GR3eqoYSW9b9UMvkBpZODSctWSNGj3P7jRFDO5VoTwCQAWbFnOjDfH5Q==
            -----END PRIVATE KEY-----
            """
        for secret in [key, "s3cr3t/+to  ken&é \"quoted\" it's <x> a=b%41\\d"] {
            try project.folder.write(secret + "\n", to: "key.txt")
            let said = try await project.runner(["run", "tell.yml", "-v"] + format)
            #expect(said.code == 0, "\(said.error)")
            let run = try project.newestRun()
            let texts =
                try [said.raw.output, said.raw.error]
                + ["run.log", "journal.jsonl", "report.html"].map { try project.text(run + "/" + $0) }
            #expect(texts.contains { $0.contains("***") })
            let printed = try project.text("printed")
            #expect(printed.contains("AgEAAoIBAQC7VJTUt9Us8cKj") || printed.contains("quoted"))
            for line in printed.split(separator: "\n") where line.utf8.count >= 16 && line.contains(where: \.isLetter) {
                // A part from its middle: what is beside the secret in the line is none.
                let bytes = Array(line.utf8)
                for start in stride(from: 4, through: max(4, bytes.count - 16), by: 8) {
                    let part = String(decoding: bytes[start..<min(start + 12, bytes.count - 4)], as: UTF8.self)
                    let isSecret =
                        part.utf8.count == 12 && !Self.harmless.contains { $0.contains(part) || part.contains($0) }
                    if isSecret {
                        for text in texts where text.contains(part) { Issue.record("`\(part)` of `\(line)` is left") }
                    }
                }
            }
        }
    }

    /// What the tools above put around it.
    private static let harmless = ["declare -x KEY", "KEY=", #"{\"key\":"#, "PRIVATE KEY"]

    /// The keys and tokens that the process has, whatever prints them; no pipeline names them.
    @Test func theSecretsOfAWSAreNowhere() async throws {
        let project = try CommandProject()
        let secrets = [
            "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
            "AWS_SESSION_TOKEN": "IQoJb3JpZ2luX2VjEXAMPLE==",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "eyJhbGciOiJSUzI1NiJ9.request",
            "AWS_WEB_IDENTITY_TOKEN": "eyJhbGciOiJSUzI1NiJ9.web",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN": "container-token-1234",
        ]
        try project.folder.write("eyJhbGciOiJSUzI1NiJ9.file\n", to: "jwt")
        try project.folder.write(
            "[default]\naws_access_key_id = AKIDEXAMPLE0PROFILE\naws_secret_access_key = profile/secret+KEY0123456789\n",
            to: ".aws/credentials")
        let files = ["eyJhbGciOiJSUzI1NiJ9.file", "profile/secret+KEY0123456789"]
        let environment = secrets.merging([
            "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE0ENV", "AWS_WEB_IDENTITY_TOKEN_FILE": project.folder["jwt"].string,
        ]) { $1 }
        try project.folder.write(
            """
            version: 1
            name: tell
            steps:
              - uses: exec
                with: { run: "env; cat jwt .aws/credentials; env | base64; echo key=$AWS_SECRET_ACCESS_KEY >> $RUNNER_OUTPUT; exit 1", outputs: [key] }
                rollback: false
            finally:
              - { uses: log, with: { message: "${{ env.AWS_SESSION_TOKEN }}", file: log.jsonl } }

            """, to: "tell.yml")
        try project.folder.write(
            "version: 1\nname: a\ntimeout: \"${{ env.AWS_SECRET_ACCESS_KEY }}\"\nsteps: [{ uses: log }]\n",
            to: "bad.yml")
        var texts: [String] = []
        for command in [
            ["run", "tell.yml", "-v"], ["run", "tell.yml", "-v", "--json"], ["show"], ["show", "--json"],
            ["runs", "--json"],
            ["validate", "bad.yml"], ["validate", "bad.yml", "--json"], ["plan", "bad.yml"],
            ["steps", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"],
        ] {
            let said = try await project.runner(command, environment: environment)
            texts += [said.raw.output, said.raw.error]
        }
        let run = try project.newestRun()
        for name in [run + "/run.log", run + "/journal.jsonl", run + "/report.html", "log.jsonl"] {
            texts.append(try project.text(name))
        }
        #expect(texts[1].contains("AKIDEXAMPLE0ENV") && texts[1].contains("AKIDEXAMPLE0PROFILE"), "\(texts[1])")
        for secret in Array(secrets.values) + files {
            for text in texts { #expect(!text.contains(secret), "\(secret) in \(text)") }
        }
        let encoded = Data("AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG".utf8).base64EncodedString().dropFirst(32)
            .prefix(12)
        for text in texts { #expect(!text.contains(encoded)) }
    }

    /// A child gets the variable of a secret only if its step asks for it.
    @Test func aChildGetsNoSecretThatItDoesNotAskFor() async throws {
        let project = try CommandProject()
        try project.folder.write(
            """
            version: 1
            name: tell
            secrets: { token: { env: TOKEN }, other: { env: OTHER, optional: true } }
            steps:
              - { uses: exec, with: { run: 'echo "one=${TOKEN-none} ${OTHER-none} $PLAIN"' }, rollback: false }
              - uses: exec
                with: { run: 'echo "two=$TOKEN $GIVEN ${OTHER-none}"; test "$TOKEN" = hunter2!' }
                env: { TOKEN: "${{ secrets.token }}", GIVEN: yes }
                rollback: false
              - { uses: exec, with: { command: [sh, -c, 'echo "three=${TOKEN-none}"'] }, rollback: false }
            finally:
              - { uses: exec, with: { run: 'echo "four=${TOKEN-none}"' } }

            """, to: "tell.yml")
        let said = try await project.runner(
            "run", "tell.yml", "-v", environment: ["TOKEN": "hunter2!", "OTHER": "other-one", "PLAIN": "plain"])
        #expect(said.code == 0, "\(said.error)")
        for line in ["one=none none plain", "two=*** yes none", "three=none", "four=none"] {
            #expect(said.error.contains(line), "\(line): \(said.error)")
        }
    }

    @Test func aSecretThatIsTooShortIsTold() async throws {
        let project = try CommandProject()
        try project.folder.write("ab\n", to: "pin.txt")
        try project.folder.write(
            """
            version: 1
            name: tell
            secrets: { token: { env: TOKEN }, pin: { file: pin.txt }, none: { env: NONE, default: x } }
            steps:
              - { uses: exec, with: { run: "true" }, rollback: false }

            """, to: "tell.yml")
        let told = { (name: String, count: String) in
            "the secret `\(name)` has only \(count), so it is not masked: too much other text would be"
        }
        let (short, long) = (["TOKEN": "é", "NONE": "x"], ["TOKEN": "hunter2!", "NONE": "x"])
        for command in ["validate", "plan", "run"] {
            let said = try await project.runner(command, "tell.yml", environment: short)
            #expect(
                said.code == 0 && said.error.contains("tell.yml:3:12: warning: " + told("token", "1 character")),
                "\(said.error)")
            #expect(said.error.contains(told("pin", "2 characters")) == (command != "validate"), "\(said.error)")
            #expect(!said.error.contains("`none`"))
            #expect(try await !project.runner(command, "tell.yml", environment: long).error.contains("`token`"))
        }
        let document = try await project.runner("validate", "--json", "tell.yml", environment: short)
        #expect(document.output.contains(told("token", "1 character")))
    }

    /// A secret that a command has written for a later step, when the runner is killed before the step ends.
    @Test(arguments: ["resume", "rollback", "recover"]) func aKillLeavesNoOutputFile(command: String) async throws {
        let project = try CommandProject()
        try project.folder.write(
            """
            version: 1
            name: tell
            steps:
              - uses: exec
                with: { run: 'echo "a=hunter2!" >> $RUNNER_OUTPUT; test -e again || { touch again; exec sleep 1000; }', outputs: [a] }
                rollback: false

            """, to: "tell.yml")
        let process = try project.start("run", "tell.yml")
        try await project.waitFor("again")
        process.signal(9)
        _ = try await process.end()
        let files = { try await project.typeWell("grep -rlF hunter2! .runner --exclude=pipeline.yml || true") }
        #expect(try await files().contains("output-1"))
        let run = try #require(try project.runs().first)
        _ = try await project.runner([command] + (command == "recover" ? [] : [run]))
        #expect(try await !files().contains("output"))
    }

    @Test func whatALogStepWritesIsItsOwnersAlone() async throws {
        let project = try CommandProject()
        try project.folder.write("", to: "old.jsonl")
        try project.folder.write(
            """
            version: 1
            name: tell
            secrets: { token: { env: TOKEN } }
            steps:
              - { uses: log, with: { file: new.jsonl, message: "with ${{ secrets.token }}", fields: { a: "${{ secrets.token }}" } } }
              - { uses: log, with: { file: old.jsonl, store: store, message: "${{ secrets.token }}" } }

            """, to: "tell.yml")
        #expect(try await project.runner("run", "tell.yml", environment: ["TOKEN": "hunter2!"]).code == 0)
        let modes = try await project.typeWell("stat -c %a new.jsonl old.jsonl")
        #expect(modes.split(separator: "\n") == ["600", "644"])
        #expect(try project.text("new.jsonl").contains(#""message":"with ***""#))
        let left = try await project.typeWell("grep -rlF hunter2! . || true")
        #expect(left.split(separator: "\n") == [])
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
