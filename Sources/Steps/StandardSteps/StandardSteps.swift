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
    public static let all: [KindDescriptor] = [
        KindDescriptor(GitTag.self),
        KindDescriptor(Hash.self),
        KindDescriptor(Gzip.self),
        KindDescriptor(Sync.self),
        KindDescriptor(SwitchOrigin.self),
        KindDescriptor(Invalidate.self),
        KindDescriptor(Smoke.self),
        KindDescriptor(Wait.self),
        KindDescriptor(Release.self),
        KindDescriptor(Prune.self),
        KindDescriptor(Mirror.self),
        KindDescriptor(Log.self),
        KindDescriptor(Exec.self),
    ]
}
