@testable import ptrfeed

/// The lines a server logged, to be awaited.
struct LogLines: Sendable {
    let lines: AsyncStream<String>
    let log: FeedLog

    init() {
        let (lines, continuation) = AsyncStream.makeStream(of: String.self)
        self.lines = lines
        log = FeedLog { continuation.yield($0) }
    }

    /// The next line that contains `text`.
    func first(containing text: String) async -> String? {
        for await line in lines where line.contains(text) { return line }
        return nil
    }
}

/// Runs a server on a port of the system's choice, and stops it afterwards.
func withServer<Result>(
    _ configure: (inout FeedConfiguration) -> Void = { _ in },
    _ body: (FeedClient, LogLines) async throws -> Result
) async throws -> Result {
    try await withServer(configure) { client, log, _ in try await body(client, log) }
}

func withServer<Result>(
    _ configure: (inout FeedConfiguration) -> Void,
    _ body: (FeedClient, LogLines, FeedServer) async throws -> Result
) async throws -> Result {
    var configuration = FeedConfiguration()
    configuration.port = 0
    configuration.rate = RateRange(minimum: 200_000, maximum: 200_000)
    configure(&configuration)
    let log = LogLines()
    let server = try await FeedServer.start(configuration, log: log.log)
    do {
        let result = try await body(FeedClient(port: server.port), log, server)
        await server.stop()
        return result
    } catch {
        await server.stop()
        throw error
    }
}
