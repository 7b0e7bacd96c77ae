extension Supervisor {
    /// Adds a child and starts it. Returns its incarnation; 0 when it declined to start.
    ///
    /// Throws `alreadyStarted` or `alreadyPresent` for an id that is taken, `startFailed` when it does not start,
    /// `invalid` when it could not.
    @discardableResult
    public func startChild(_ specification: ChildSpecification) async throws(SupervisorError) -> UInt64 {
        try await call { .startChild(specification, $0) }.incarnation
    }

    /// Adds a child, starts it, and returns what it told of itself (``ChildContext/ready(_:)``) beside its incarnation.
    ///
    /// - Parameter information: the type of what it tells; nil is returned when it told nothing, or something else.
    public func startChild<Information: Sendable>(
        _ specification: ChildSpecification, returning information: Information.Type
    ) async throws(SupervisorError) -> (incarnation: UInt64, information: Information?) {
        let started = try await call { .startChild(specification, $0) }
        return (started.incarnation, started.information as? Information)
    }

    /// Stops a child and keeps its specification (a temporary child's goes). Stopping a stopped child is fine.
    public func terminateChild(_ id: ChildID) async throws(SupervisorError) {
        try await call { .terminateChild(id, $0) }
    }

    /// Starts a stopped child again. Returns its incarnation; 0 when it declined to start.
    @discardableResult
    public func restartChild(_ id: ChildID) async throws(SupervisorError) -> UInt64 {
        try await call { .restartChild(id, $0) }.incarnation
    }

    /// Starts a stopped child again, and returns what it told of itself beside its incarnation.
    ///
    /// - Parameter information: the type of what it tells; nil is returned when it told nothing, or something else.
    public func restartChild<Information: Sendable>(
        _ id: ChildID, returning information: Information.Type
    ) async throws(SupervisorError) -> (incarnation: UInt64, information: Information?) {
        let started = try await call { .restartChild(id, $0) }
        return (started.incarnation, started.information as? Information)
    }

    /// Removes the specification of a stopped child.
    public func deleteChild(_ id: ChildID) async throws(SupervisorError) {
        try await call { .deleteChild(id, $0) }
    }

    /// Makes a running child end as if it had crashed with `error` (Erlang's `exit/2`): it is cancelled, abandoned when
    /// it does not go within its shutdown budget, and then treated as any child that ended with an error.
    ///
    /// - Parameter incarnation: when given, only that incarnation is meant.
    /// - Returns: the incarnation that was told to go.
    @discardableResult
    public func exit(
        _ id: ChildID, incarnation: UInt64? = nil, with error: any Error
    ) async throws(SupervisorError) -> UInt64 {
        try await call { .exit(id, incarnation, error, $0) }
    }

    /// The children in the order in which they were started.
    public func whichChildren() async throws(SupervisorError) -> [ChildInfo] {
        try await call { .whichChildren($0) }
    }

    /// The children in the order in which they were started, with what the supervisor lives by, all of one moment.
    public func look() async throws(SupervisorError) -> SupervisorLook {
        try await call { .look($0) }
    }

    /// How many children there are, by OTP's `count_children`. The cost does not depend on their number.
    public func countChildren() async throws(SupervisorError) -> ChildCounts {
        try await call { .countChildren($0) }
    }

    /// Replaces the options and the specifications of the children, as OTP does when code changes.
    ///
    /// Nothing is started or stopped by it: a child that runs goes on, and lives by its new specification from its next
    /// start; one that is new is there, stopped; one that is not in the list any more keeps its specification, before
    /// the others in the start order. Restarts that were counted still count.
    ///
    /// Throws `invalid` when the options or a specification are not valid; all is then as it was.
    public func reload(options: Options, children: [ChildSpecification]) async throws(SupervisorError) {
        try await call { .reload(SupervisorPlan(options: options, children: children), commit: {}, $0) }
    }
}
