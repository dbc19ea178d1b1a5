import ExecStep
import GitTagStep
import GzipStep
import HashStep
import InvalidateStep
import LogStep
import MirrorStep
public import PipelineKit
import PruneStep
import ReleaseStep
import SmokeStep
import SwitchOriginStep
import SyncStep
import WaitStep

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
        Wait.self,
        Release.self,
        Prune.self,
        Mirror.self,
        Log.self,
        Exec.self,
    ]
}
