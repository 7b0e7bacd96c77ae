import Ledger

/// Why an operator's command to streams was not carried out.
public enum StreamCommandError: Error, Sendable, Hashable, CustomStringConvertible {
    /// There is no stream of that name; these there are.
    case unknown(String, known: [String])
    /// The tree is stopping: what was received is being finished, and nothing more comes.
    case stopping

    /// In words, for people.
    public var description: String {
        switch self {
        case .unknown(let name, let known): "there is no stream \(name); \(listing(known))"
        case .stopping: "ptrd is stopping"
        }
    }
}

/// Streams that an operator has stopped for a while.
///
/// A pause is back-pressure and no disconnection: nothing of the stream is admitted, so its receiver waits, and the server
/// with it. It lies here, so no crash of a receiver or of flow_manager ends it. A drain is held apart from the pauses of
/// single streams: whatever becomes of those, it lasts until it is ended.
extension Intake {
    /// Pauses a stream, or all of them (nil). A pause that there was before is replaced.
    ///
    /// - Parameter end: as the world counts it; nil: until it is resumed.
    /// - Returns: the names of the streams that are paused by it.
    package func pause(_ name: String?, until end: Duration?) throws(StreamCommandError) -> [String] {
        let pause = end.map(IntakeStream.Pause.time) ?? .resumed
        return try change(name) { state, places in
            for place in places { state.hold(place) { $0.pause = pause } }
            return places
        }
    }

    /// Ends the pause of a stream, or of all of them (nil). A drain ends for that stream, or for everything; also for everything
    /// when it holds no stream any more.
    ///
    /// - Returns: the names of the streams that were paused.
    package func resume(_ name: String?) throws(StreamCommandError) -> [String] {
        try change(name) { state, places in
            let held = places.filter { state.streams[$0].isHeld }
            for place in held { state.release(place) }
            if name == nil || !state.order.contains(where: { state.streams[$0].isStoodDown }) { state.endStandDown() }
            return held
        }
    }

    /// Pauses everything, also what waits of streams that are not configured any more, and streams that are yet to come.
    package func standDown() throws(StreamCommandError) {
        _ = try change(nil) { state, _ in
            state.isStoodDown = true
            for place in state.streams.indices { state.hold(place) { $0.isStoodDown = true } }
            return []
        }
    }

    /// Whether everything is paused by ``standDown()``.
    package var isStoodDown: Bool { state.withLock(\.isStoodDown) }

    /// From now on nothing can be paused or resumed.
    package func beginStop() { state.withLock { $0.isStopping = true } }

    /// Ends all pauses: the receivers have been stopped, and what they read is to be finished.
    package func endAllPauses() {
        state.withLock { state in
            for place in state.streams.indices { state.release(place) }
            state.endStandDown()
        }
        flowNotify.notify()
    }

    /// Changes streams, and has flow_manager look. Returns the names of those that `change` says it was about.
    private func change(
        _ name: String?, _ change: (inout State, [Int]) -> [Int]
    ) throws(StreamCommandError) -> [String] {
        let result = state.withLock { state -> Result<[String], StreamCommandError> in
            guard !state.isStopping else { return .failure(.stopping) }
            var places = state.order
            if let name {
                places = places.filter { state.streams[$0].status.name == name }
                guard !places.isEmpty else {
                    return .failure(.unknown(name, known: state.order.map { state.streams[$0].status.name }))
                }
            }
            return .success(change(&state, places).map { state.streams[$0].status.name })
        }
        flowNotify.notify()
        return try result.get()
    }
}

extension Intake.State {
    /// Changes what holds a stream.
    mutating func hold(_ place: Int, _ change: (inout IntakeStream) -> Void) {
        change(&streams[place])
        if case .time = streams[place].pause { ending.insert(place) } else { ending.remove(place) }
        queue.pause(place, streams[place].isHeld)
    }

    /// Nothing holds a stream any more.
    mutating func release(_ place: Int) {
        hold(place) { stream in
            stream.pause = nil
            stream.isStoodDown = false
        }
    }

    /// Ends the pauses whose time is over. Returns the names of the streams that are read again.
    mutating func endPauses(at now: Duration) -> [String] {
        let ending = ending
        return ending.compactMap { place in
            guard case .time(let end) = streams[place].pause, end <= now else { return nil }
            hold(place) { $0.pause = nil }
            return streams[place].isHeld ? nil : streams[place].status.name
        }
    }

    /// When the next pause ends by itself.
    var nextResumption: Duration? {
        ending.lazy.compactMap { if case .time(let end) = streams[$0].pause { end } else { nil } }.min()
    }

    /// What is yet to come is read again, and so is what waits of streams that nobody can name any more: they only waited for
    /// this.
    fileprivate mutating func endStandDown() {
        isStoodDown = false
        for place in streams.indices where streams[place].phase == .retired { release(place) }
    }
}
