import ExecStep
import GitTagStep
import GzipStep
import HashStep
import InvalidateStep
import LogStep
public import PipelineKit
import SmokeStep
import SwitchOriginStep
import SyncStep

/// Every kind that comes with the runner.
public enum StandardSteps {
    public static let all: [any Step.Type] = [
        GitTag.self,
        Hash.self,
        Gzip.self,
        Sync.self,
        SwitchOrigin.self,
        Invalidate.self,
        Smoke.self,
        Log.self,
        Exec.self,
    ]
}
