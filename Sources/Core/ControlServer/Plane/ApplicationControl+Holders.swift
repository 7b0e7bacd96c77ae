public import ControlAPI

// Streams that several daemons share.
extension ApplicationControl {
    /// It waits until what the stream brought is done, for some seconds.
    ///
    /// - Throws: ``ErrorCode/notFound`` for a stream that is not there, ``ErrorCode/precondition`` for one that is not held here, or
    ///   that has something in process after that time.
    public func handOver(_ request: HandOverStreamRequest) async throws(ControlFailure) -> HandOverResponse {
        _ = try await attempt { try application.position(of: request.stream) }.get()
        try await host.handOver(request.stream)
        return HandOverResponse(stream: request.stream)
    }
}
