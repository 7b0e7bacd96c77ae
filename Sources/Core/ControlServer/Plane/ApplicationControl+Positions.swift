public import ControlAPI
import NIOCore
import Pipeline

// After which event id a stream goes on.
extension ApplicationControl {
    /// - Throws: ``ErrorCode/notFound`` for a stream that is not there.
    public func position(_ request: StreamPositionRequest) async throws(ControlFailure) -> ControlAPI.StreamPosition {
        let id = try await attempt { try application.position(of: request.stream).id }.get()
        return ControlAPI.StreamPosition(stream: request.stream, position: id.shownPosition, bytes: id.readableBytes)
    }

    /// The stream connects anew.
    ///
    /// - Throws: ``ErrorCode/notFound`` for a stream that is not there, ``ErrorCode/precondition`` for an id that it may not have, or a stream that another daemon reads,
    ///   ``ErrorCode/unavailable`` while the daemon stops.
    public func setPosition(
        _ request: SetStreamPositionRequest
    ) async throws(ControlFailure) -> ControlAPI.StreamPosition {
        let id = ByteBuffer(string: request.position)
        try checkIsHeld(request.stream)
        return ControlAPI.StreamPosition(
            try await attempt { try await application.setPosition(of: request.stream, to: id) }.get())
    }

    /// The stream connects anew.
    ///
    /// - Throws: ``ErrorCode/notFound`` for a stream that is not there, ``ErrorCode/unavailable`` while the daemon stops.
    public func forgetPosition(
        _ request: ForgetStreamPositionRequest
    ) async throws(ControlFailure) -> ControlAPI.StreamPosition {
        try checkIsHeld(request.stream)
        return ControlAPI.StreamPosition(
            try await attempt { try await application.forgetPosition(of: request.stream) }.get())
    }

    /// Where another daemon reads a stream, a position that is set here would be nobody's.
    private func checkIsHeld(_ stream: String) throws(ControlFailure) {
        guard let lease = host.holders[stream], lease.role != .holder else { return }
        throw ControlFailure(
            .precondition, "stream \(stream) is not read here",
            hint: lease.holder.map { "ask \($0), which holds it" } ?? "wait until a node holds it")
    }
}

extension ControlAPI.StreamPosition {
    fileprivate init(_ change: PositionChange) {
        self.init(
            stream: change.stream, position: change.after.shownPosition, bytes: change.after.readableBytes,
            previous: change.before.shownPosition,
            note: change.unstored.map { "it is not stored yet, and will be as soon as it can: \($0)" })
    }
}

extension ByteBuffer {
    /// As a position is shown: the beginning, or nothing for none.
    fileprivate var shownPosition: String? {
        readableBytes > 0 ? text(8 << 10) : nil
    }
}
