public import ControlAPI
import Logging
import Pipeline

// What an operator changes in the living tree.
extension ApplicationControl {
    /// The longest pause with an end: a year. Longer is "until it is resumed".
    private static let longestPause = 366.0 * 24 * 3600

    /// The same as ``ControlPlane/pause(_:)``.
    ///
    /// - Throws: ``ErrorCode/notFound`` for a stream that is not there, ``ErrorCode/badRequest`` for a time that is none,
    ///   ``ErrorCode/unavailable`` while the daemon stops.
    public func pause(_ request: PauseRequest) async throws(ControlFailure) -> PauseResponse {
        var time: Duration?
        if let seconds = request.forSeconds {
            guard seconds > 0, seconds <= Self.longestPause else {
                throw ControlFailure(
                    .badRequest, "for_seconds is \(seconds); it must be above 0 and at most \(Int(Self.longestPause))",
                    hint: "leave it out to pause until it is resumed")
            }
            time = .seconds(seconds)
        }
        do throws(StreamCommandError) {
            let names = try application.pause(request.stream, for: time)
            return PauseResponse(streams: names, state: state, forSeconds: request.forSeconds)
        } catch {
            throw ControlFailure(error)
        }
    }

    /// The same as ``ControlPlane/resume(_:)``. To resume what is not paused is no error.
    ///
    /// - Throws: ``ErrorCode/notFound`` for a stream that is not there, ``ErrorCode/unavailable`` while the daemon stops.
    public func resume(_ request: ResumeRequest) async throws(ControlFailure) -> PauseResponse {
        do throws(StreamCommandError) {
            let resumed = try await application.resume(request.stream)
            // A stream that has ended for good may have been paused like the others, but is not read for that.
            let ended = request.stream == nil ? application.status.streams.filter { $0.state == .failed } : []
            let names = resumed.filter { name in !ended.contains { $0.name == name } }
            let note: String? =
                if let name = ended.first?.name {
                    "\(ended.map(\.name).joined(separator: ", ")): ended for good; `ptrctl resume \(name)` tries again"
                } else if names.isEmpty {
                    request.stream.map { "stream \($0) was not paused" } ?? "no stream was paused"
                } else {
                    nil
                }
            return PauseResponse(streams: names, state: state, note: note)
        } catch {
            throw ControlFailure(error)
        }
    }

    /// The same as ``ControlPlane/drain(_:)``. It answers before all is finished.
    ///
    /// - Throws: ``ErrorCode/unavailable`` while the daemon stops.
    public func drain(_ request: DrainRequest) async throws(ControlFailure) -> DrainResponse {
        do throws(StreamCommandError) {
            let inFlight = try application.standDown()
            return DrainResponse(inFlight: inFlight, state: state)
        } catch {
            throw ControlFailure(error)
        }
    }

    /// The same as ``ControlPlane/reload(_:)``.
    ///
    /// - Throws: ``ErrorCode/precondition`` with every problem of the files, ``ErrorCode/unavailable`` while the daemon
    ///   stops.
    public func reload(_ request: ReloadRequest) async throws(ControlFailure) -> ReloadResponse {
        try await host.reload()
    }

    /// The same as ``ControlPlane/logLevel()``.
    public func logLevel() async -> LogLevelResponse {
        let level = (host.logLevel ?? .info).rawValue
        return LogLevelResponse(level: level, previous: level)
    }

    /// The same as ``ControlPlane/setLogLevel(_:)``. It takes effect at once.
    ///
    /// - Throws: ``ErrorCode/badRequest`` for a word that is no level.
    public func setLogLevel(_ request: LogLevelRequest) async throws(ControlFailure) -> LogLevelResponse {
        guard let level = Logger.Level(rawValue: request.level) else {
            let levels = Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
            throw ControlFailure(
                .badRequest, "there is no log level \(quoted(request.level))", hint: "the levels are \(levels)")
        }
        let previous = host.logLevel ?? level
        try host.setLogLevel(level)
        return LogLevelResponse(level: level.rawValue, previous: previous.rawValue)
    }

    private var state: Status.State { Status.State(rawValue: application.status.state.rawValue) }
}

/// Text from outside as a part of a sentence: in quotes, on one line, and not longer than one.
func quoted(_ text: String) -> String {
    "\"\(text.oneLine(64))\(text.unicodeScalars.count > 64 ? "…" : "")\""
}

extension ControlFailure {
    init(_ error: StreamCommandError) {
        switch error {
        case .unknown(let name, let known):
            self.init(
                .notFound, "there is no stream \(quoted(name))",
                hint: listing(known))
        case .stopping: self.init(.unavailable, "\(error)", hint: "what was received is being finished")
        }
    }
}
