internal import PipelineKit

/// The runner's exit codes; the argument parser has an `ExitCode` of its own.
typealias Exit = PipelineKit.ExitCode
