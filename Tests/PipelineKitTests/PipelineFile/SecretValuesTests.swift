import PipelineKit
import SystemPackage
import Testing

@Suite struct SecretValuesTests {
    private let project = Project(folder: "/nowhere")

    @Test func fromTheEnvironment() throws {
        let secrets = [SecretDeclaration(name: "hook", source: .environment("HOOK"))]
        #expect(try SecretValues.resolve(secrets, environment: ["HOOK": "x\n"], project: project) == ["hook": "x\n"])
    }

    @Test(arguments: ["", "nobody"]) func aFallbackTakesThePlaceOfWhatIsNotThere(_ fallback: String) throws {
        let secrets = [SecretDeclaration(name: "hook", source: .environment("HOOK"), fallback: fallback)]
        for environment in [[:], ["HOOK": ""]] {
            #expect(
                try SecretValues.resolve(secrets, environment: environment, project: project) == ["hook": fallback])
            #expect(SecretValues.available(secrets, environment: environment, project: project) == ["hook": fallback])
        }
        #expect(try SecretValues.resolve(secrets, environment: ["HOOK": "x"], project: project) == ["hook": "x"])
    }

    @Test(
        arguments: [
            ([:], "the secret `hook` is not available: the environment variable HOOK is not set"),
            (["HOOK": ""], "the secret `hook` is not available: the environment variable HOOK is empty"),
        ] as [([String: String], String)])
    func aMissingOneNamesItself(_ environment: [String: String], _ message: String) {
        let secrets = [SecretDeclaration(name: "hook", source: .environment("HOOK"))]
        do {
            _ = try SecretValues.resolve(secrets, environment: environment, project: project)
            #expect(Bool(false), "found")
        } catch let error as any DescribedError {
            #expect(error.code == "missing-secret")
            #expect(error.message == message)
            #expect(
                error.help
                    == "set HOOK and run again; if the pipeline can do without it, declare `hook` with `optional: true`"
            )
        } catch {
            #expect(Bool(false), "\(error)")
        }
    }
}
