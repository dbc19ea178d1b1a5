extension CommandProject {
    /// The pipeline file of a whole deploy of the input `release`.
    ///
    /// - Parameters:
    ///   - source: the site's folder.
    ///   - shared: the options that steps share, as in `with: { … }`.
    ///   - steps: more of them, after the switch.
    static func wholeDeploy(of source: String, with shared: String, then steps: String = "") -> String {
        """
        version: 1
        name: deploy
        inputs: { release: { type: string } }
        with: { \(shared) }
        steps:
          - { uses: hash, with: { source: "\(source)" } }
          - uses: gzip
          - { uses: sync, with: { version: "${{ inputs.release }}" } }
          - uses: switch-origin
          - uses: invalidate
        \(steps)
        finally:
          - uses: log

        """
    }
}
