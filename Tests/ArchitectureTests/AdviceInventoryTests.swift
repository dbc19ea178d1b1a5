import FoundationEssentials
import Testing

/// Every command that a message advises is typed by a test, in the state that causes the message.
@Suite struct AdviceInventoryTests {
    enum Trial {
        /// The name of the test function.
        case typed(by: String)
        /// Why no test types it.
        case untried(String)
    }

    /// Keyed by the command as the sources spell it, with `…` for what is filled in.
    static let trials: [String: Trial] = [
        "apt-get install git": .untried("asks the network, as root; `make deps` types the same"),
        "dnf install git": .untried("another system's"),
        "aws cloudfront get-distribution-config --id DISTRIBUTION":
            .untried("the id is not known where the reply is read; the next one is the same"),
        "aws cloudfront get-distribution-config --id …": .typed(by: "aDistributionThatSomebodyElseHasChanged"),
        "aws cloudfront list-distributions": .typed(by: "aDistributionThatIsMissingOrMisspelt"),
        "aws configure": .typed(by: "aProfileThatLacksCredentials"),
        "aws configure --profile …": .typed(by: "aProfileThatLacksCredentials"),
        "aws configure sso --profile …": .untried("needs a browser and an account"),
        "aws configure sso-session": .untried("asks a person"),
        "aws login": .untried("names the command that the person has typed"),
        "aws login --profile …": .untried("needs a browser and an account"),
        "aws s3 ls …": .typed(by: "whatVisitorsDoNotGet"),
        "aws s3 mb …": .typed(by: "aBucketThatIsMissing"),
        "aws s3 rm": .typed(by: "aPointerThatIsGone"),
        "aws s3 rm --recursive": .typed(by: "whatCouldNotBeDeleted"),
        "aws s3api abort-multipart-upload … --upload-id …": .typed(by: "anUploadThatDoesNotEnd"),
        "aws sso login --profile …": .untried("needs a browser and an account"),
        "aws sts get-caller-identity": .typed(by: "credentialsThatAreRefused"),
        "chmod go= …": .typed(by: "aRunThatOthersMayWriteInto"),
        "chmod +x FILE": .typed(by: "aFileInACommandThatIsNotExecutable"),
        "chmod +x …": .typed(by: "aFileThatIsNotExecutable"),
        "curl -sI -H 'accept-encoding: gzip' …": .typed(by: "aServerThatAnswersOtherwise"),
        "curl -sI …": .typed(by: "aServerThatAnswersOtherwise"),
        "curl -sIL …": .typed(by: "aServerThatAnswersOtherwise"),
        "curl -v …": .typed(by: "aServerThatAnswersOtherwise"),
        "df -h …": .typed(by: "aFullDisk"),
        "dmesg": .untried("may be root's alone"),
        #"echo \"…=value\" >> \"$RUNNER_OUTPUT\""#: .typed(by: "anOutputThatIsMissingIsWrittenAsTold"),
        "export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0=…":
            .typed(by: "aRepositoryOfAnotherUserWithoutAHome"),
        "free -m": .typed(by: "theLimitsOfTheMachine"),
        "git add -A && git commit -m first": .typed(by: "aRepositoryWithoutACommit"),
        "git config --global --add safe.directory …": .typed(by: "aRepositoryOfAnotherUser"),
        "git config --system --add safe.directory …": .untried("writes /etc/gitconfig, as root"),
        "git describe --match": .untried("names git's own option, which the step's works like"),
        "git fetch": .untried("names what has told of a tag"),
        "git fetch --tags": .typed(by: "aFallbackWithoutTheTagsOfTheRemoteSaysSo"),
        "git fetch --tags --force": .typed(by: "aFallbackBesideATagThatWasMovedSaysSo"),
        "git fetch --unshallow --tags": .typed(by: "aShallowCloneWithoutItsTags"),
        "git fetch …origin '+refs/heads/*:refs/remotes/origin/*'": .typed(by: "fetchingTheHistoryLetsGitDecide"),
        "git fsck": .typed(by: "aRepositoryThatIsDamaged"),
        "git stash -u": .typed(by: "aWorkTreeWithChanges"),
        "git tag v1.0.0": .typed(by: "aRepositoryWithoutACommit"),
        "git tag …": .typed(by: "aCommitWithoutATag"),
        "git -C … rm -r -q --": .typed(by: "aRunThatGitTracks"),
        "git …": .untried("the command that has failed"),
        "head -1 …": .typed(by: "anInterpreterThatIsMissing"),
        "ls -l …": .typed(by: "whatIsNoFileInARelease"),
        "mkdir -p … && cp -a … … &&": .typed(by: "theAdviceForARealFolderWorks"),
        "mv … …": .typed(by: "theAdviceForWhatServesNobodyWorks"),
        "ls -ld …": .typed(by: "aPathThroughAFile"),
        "readlink -f …": .typed(by: "aServerThatServesAnotherFolder"),
        "recover": .typed(by: "ofAnInterruptedRun"),
        "recover …": .typed(by: "recoverFinishesOneRunThatIsNamed"),
        "resume …": .typed(by: "theReleaseStaysLiveAndResumeDoesTheRest"),
        "rm": .typed(by: "pointerOfANewKind"),
        "rm …": .typed(by: "aLinkThatLeadsToItself"),
        "rm -rf": .typed(by: "aRollbackThatMayNotDeleteItsOwnFilesEnds"),
        "rmdir …": .typed(by: "theAdviceForWhatServesNobodyWorks"),
        "rollback": .typed(by: "ofARunThatIsNotLive"),
        "rollback --to …": .typed(by: "ofARunThatIsNotLive"),
        "rollback --to … --pipeline …": .typed(by: "ofARunThatIsNotLive"),
        "rollback …": .typed(by: "ofARunThatIsStuck"),
        "runner adopt": .untried("names the command whose releases the option is about"),
        "runner adopt STORE …": .untried("only where a test makes a shelf without a store"),
        "runner adopt … …": .typed(by: "comingFromAnotherTool"),
        "runner hold": .untried("names the command, in another one's help"),
        "runner unhold": .untried("names the command, in an option's help"),
        "runner unhold …": .typed(by: "deploysStopBeforeAnythingIsUploaded"),
        "runner init": .typed(by: "whatInitTellsWorks"),
        "runner init bucket-rollback": .typed(by: "whatRollbackTellsWithoutADeploy"),
        "runner init rollback": .typed(by: "whatRollbackTellsWithoutADeploy"),
        "runner plan": .untried("names the command, in another one's help"),
        "runner plan --allow-commands": .typed(by: "aStepThatOnlyReadsIsNeverLeftToUndo"),
        "runner plan …": .typed(by: "whatInitTellsWorks"),
        "runner recover --drop-last": .typed(by: "aLastRecordThatNoCrashHasLeftIsDroppedOnlyIfThatIsAskedFor"),
        "runner recover": .typed(by: "anInterruptedUploadIsFinishedBeforeItIsAdopted"),
        "runner rollback --to": .untried("names what has made a pipeline"),
        "runner rollback --to …": .untried("names what has made a plan, and was typed"),
        "runner run pipelines/rollback.yml": .typed(by: "whatIsToldWithoutRunsWorks"),
        "runner run pipelines/rollback.yml -i to=…": .typed(by: "whatIsToldWithoutRunsWorks"),
        "runner run": .untried("names what has made a plan"),
        "runner steps --markdown": .untried("names what has made the document"),
        "runner …": .untried("names the command that lacks its file"),
        "runner …--help": .typed(by: "helpIsAResult"),
        "runner steps …": .typed(by: "whatOtherToolsCallItIsNamed"),
        "runner steps KIND": .typed(by: "aFileThatIsWrongCanBeLookedAt"),
        "runner validate FILE": .typed(by: "aFileThatIsWrongCanBeLookedAt"),
        "runner validate …": .typed(by: "whatInitTellsWorks"),
        "runs": .typed(by: "whatRollbackTellsWithoutADeploy"),
        "show …": .typed(by: "whatCannotBeUndoneIsShown"),
        #"sudo install -d -o \"$(id -un)\" …"#: .typed(by: "aStoreWhoseFolderMayNotBeMade"),
        "timedatectl set-ntp true": .untried("sets the clock of the machine, as root"),
        "ulimit -a": .typed(by: "theLimitsOfTheMachine"),
    ]

    @Test func everyCommandIsTypedByATest() throws {
        var told: [String: String] = [:]
        for file in try SourceFile.all() {
            for command in Self.commands(in: file) { told[command] = file.path }
        }
        #expect(told.count > 40)
        for (command, path) in told where Self.trials[command] == nil {
            Issue.record("\(path) tells to type `\(command)`, which no test is known to type")
        }
        for command in Self.trials.keys where told[command] == nil {
            Issue.record("no message tells to type `\(command)` any more")
        }
    }

    @Test func everyTestThatIsNamedIsThere() throws {
        let tests = try SourceFile.all(below: "Tests").map(\.text).joined()
        for (command, trial) in Self.trials {
            guard case .typed(let name) = trial else { continue }
            #expect(tests.contains("func \(name)("), "\(command)")
        }
    }

    private static let programs =
        "apt-get|aws|chmod|cp|curl|df|dmesg|dnf|echo|export|free|git|head|ln|ls|mkdir|mv|readlink|rm|rmdir|runner|"
        + "sudo|timedatectl|ulimit"

    /// Finds commands between back quotes, commands that a literal begins with (whoever adds the quotes), and those of
    /// a run.
    private static func commands(in file: SourceFile) -> [String] {
        let quoted = try? Regex<(Substring, Substring)>("`((?:\(programs))(?: [^`]*?)?)(?: ?`|\"$)")
        let literal = try? Regex<(Substring, Substring)>("\"((?:aws|ls|rm|runner) [^\"`]*?) ?\"")
        let ofARun = /line\(\[("[^\]]*)\]/
        var commands: [String] = []
        for line in file.text.split(separator: "\n") where !line.drop(while: \.isWhitespace).hasPrefix("//") {
            let line = filledIn(line)
            for pattern in [quoted, literal] {
                guard let pattern else { continue }
                commands += line.matches(of: pattern).map { match in
                    String(match.output.1.last == " " ? match.output.1.dropLast() : match.output.1)
                }
            }
            guard file.path.hasSuffix("/RunCommandLine.swift") else { continue }
            commands += line.matches(of: ofARun).map { match in
                match.output.1.split(separator: ", ").map { $0.first == "\"" ? $0.dropFirst().dropLast() : "…" }
                    .joined(separator: " ")
            }
        }
        return commands
    }

    /// Returns the line with `…` for each interpolation.
    private static func filledIn(_ line: Substring) -> String {
        var text = ""
        let line = line.replacing("\\(ProgramName.current)", with: "runner")
        var rest = line[...]
        while let start = rest.firstRange(of: "\\(") {
            text += rest[..<start.lowerBound] + "…"
            rest = rest[start.upperBound...]
            var depth = 1
            while depth > 0, let character = rest.popFirst() {
                depth += character == "(" ? 1 : character == ")" ? -1 : 0
            }
        }
        return text + rest
    }
}
