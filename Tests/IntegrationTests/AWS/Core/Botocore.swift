import PipelineKit
import Synchronization
import SystemPackage
import TestSupport
import Testing

/// AWS's own Python library, run beside the tests as a second opinion.
struct Botocore {
    /// Signs what it reads, one JSON object a line, and prints URL and `Authorization`, separated by a tab. It does its own encoding.
    static let signing = """
        import datetime, json, sys
        import botocore.auth
        from botocore.awsrequest import AWSRequest
        from botocore.config import Config
        from botocore.credentials import Credentials
        from botocore.utils import percent_encode

        for line in open(sys.argv[1], encoding="utf-8"):
            case = json.loads(line)
            now = datetime.datetime.strptime(case["date"], "%Y%m%dT%H%M%SZ")
            botocore.auth.get_current_datetime = lambda: now
            url = case["origin"] + percent_encode(case["path"], safe="/~")
            query = [(name, value) for name, value in case["query"]]
            request = AWSRequest(method=case["method"], url=url, data=bytes.fromhex(case["body"]), params=query)
            for name, value in case["headers"]:
                request.headers[name] = value
            request.context["client_config"] = Config(s3={"payload_signing_enabled": case["signsPayload"]})
            keys = Credentials(case["id"], case["secret"], case["token"])
            auth = botocore.auth.S3SigV4Auth if case["service"] == "s3" else botocore.auth.SigV4Auth
            auth(keys, case["service"], case["region"]).add_auth(request)
            print(url + "\\t" + request.headers["Authorization"])
        """

    /// The project's virtual environment, or else the machine's Python.
    static var python: String {
        let root = FilePath(#filePath).removingLastComponents(5)
        let own = root.appending(".venv/bin/python3")
        let isThere = (try? FileDescriptor.open(own, .readOnly).close()) != nil
        return isThere ? own.string : "python3"
    }

    /// The lines that a script prints about a file.
    static func run(_ script: String, on file: FilePath, environment: [String: String]) async throws -> [String] {
        let printed = Mutex<(output: [String], errors: [String])>(([], []))
        let status = try await SubprocessRunner(clock: SystemClock()).run(
            Command(
                python, ["-c", script, file.string], environment: environment, directory: file.removingLastComponent())
        ) { line in
            printed.withLock { printed in
                if line.stream == .output { printed.output.append(line.text) } else { printed.errors.append(line.text) }
            }
        }
        let (output, errors) = printed.withLock { $0 }
        // Without botocore this fails, and says so: the comparison is not left out.
        #expect(status.isSuccess, "\(python) with botocore: \(errors.joined(separator: "\n"))")
        return output
    }
}

extension FilePath {
    fileprivate func removingLastComponents(_ count: Int) -> FilePath {
        (0..<count).reduce(self) { path, _ in path.removingLastComponent() }
    }
}
