// A daemon of one's own, which counts the words of a stream. usage: HandlerDaemon URL STATE_FOLDER
import EventSource
import EventStreamInput
import Foundation
import Logging
import Pipeline
import Storage
import UnixSignals

/// What is done with messages: up to 64 of them at once.
struct WordCount: Handler {
    let demand = Demand(batch: 64)
    func makeBody(of worker: WorkerHandle) -> any WorkerBody { Counter(Logger(label: worker.name)) }
}

/// One life of one worker. What it holds is no other's.
actor Counter: WorkerBody {
    private var words = 0
    private let logger: Logger

    init(_ logger: Logger) { self.logger = logger }

    func handle(_ hand: Hand) {
        for (index, entry) in hand.entries.enumerated() {
            let text = String(buffer: entry.message.event.data)
            if text.isEmpty { hand.report(.rejected("there is nothing in it"), at: index) }
            words += text.split(separator: " ").count
        }
        // What is not answered for yet: all the others.
        let done = hand.settle(.done)
        logger.info("\(done) done, \(words) words in this life")
    }
}

LoggingSystem.bootstrap(StreamLogHandler.standardError)
let logger = Logger(label: "word-count")
var configuration = EventSourceConfiguration(url: CommandLine.arguments[1])
// Nobody watches it: go on trying, whatever the server answers.
configuration.policy = .persistent
let application = Application(
    sources: [
        EventStreamSource(name: "words", configuration: configuration, dialer: EventStreamDialer(), logger: logger)
    ],
    handler: WordCount(), store: try await SQLiteStateStore.open(directory: CommandLine.arguments[2]),
    wallClock: { Int64(Date().timeIntervalSince1970 * 1_000_000) }, logger: logger)
// Each stream goes on where its last life was.
try await application.recover()
let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
Task {
    for await _ in signals {
        let left = await application.drain(within: .seconds(25))
        logger.notice("stops with \(left) messages left")
        application.stop()
    }
}
guard case .stopped = await application.run() else { exit(1) }
