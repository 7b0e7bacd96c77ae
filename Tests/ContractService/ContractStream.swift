import AsyncHTTPClient
import EventSource
import Logging

/// One stream that the harness asked for: follows it with the public client, and reports what comes.
actor ContractStream {
    private let configuration: EventSourceConfiguration
    private let client: HTTPClient
    private let callbacks: CallbackSender
    private let logger: Logger
    /// Follows the stream until it is over or cancelled, and gives the last event ID.
    private var following: Task<[UInt8], Never>?
    private var isStopped = false

    init(_ configuration: EventSourceConfiguration, client: HTTPClient, callbacks: CallbackSender, logger: Logger) {
        self.configuration = configuration
        self.client = client
        self.callbacks = callbacks
        self.logger = logger
    }

    /// Begins to follow the stream.
    func start() {
        following = Task { await follow(from: configuration.lastEventID) }
    }

    /// Closes the connection and makes a new one at once, with the last event ID. Closing is silent (rule C6), so no
    /// error is reported.
    func restart() {
        guard !isStopped, let previous = following else { return }
        previous.cancel()
        // The old one first reports what it has read already: its ID is past that.
        following = Task { await follow(from: await previous.value) }
    }

    /// Closes the connection. Nothing is reported after it.
    func stop() async {
        isStopped = true
        following?.cancel()
        await callbacks.close()
        _ = await following?.value
    }

    private nonisolated func follow(from lastEventID: [UInt8]) async -> [UInt8] {
        var configuration = configuration
        configuration.lastEventID = lastEventID
        for await update in EventSource(configuration, client: client, logger: logger) {
            switch update {
            case .connecting, .open:
                break
            case .batch(let batch):
                configuration.lastEventID = Array(batch.lastEventID.readableBytesView)
                for item in batch.items {
                    guard await callbacks.send(Report(item)) else { return configuration.lastEventID }
                }
            case .waiting(_, let error), .failed(let error):
                guard await callbacks.send(Report(error)) else { return configuration.lastEventID }
            }
        }
        return configuration.lastEventID
    }
}
