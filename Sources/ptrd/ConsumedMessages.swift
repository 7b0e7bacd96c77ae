import ControlAPI
import ControlServer
import EventStreamInput
import Locking
import Logging
import Pipeline
import PtrConfiguration

#if NATS
import JetStream
import NATSSource
#endif

/// The sources of the configuration beside streams over HTTP, as the daemon has them; without NATS built in there are none.
///
/// They outlive a reload: one whose stream and consumer are the same goes on by its new options, with all that it holds.
final class ConsumedMessages: Sendable {
    private let logger: Logger
    #if NATS
    private let settings: NATSSettings
    private let stateDirectory: String
    private let present = Locked<[String: NATSSource]>([:])
    #endif

    /// - Parameter configuration: of which the broker and the state directory never change.
    init(_ configuration: Configuration, logger: Logger) {
        self.logger = logger
        #if NATS
        settings = NATSSettings(configuration, credential: CredentialsDirectory.current.file(of:))
        stateDirectory = configuration.state.directory
        #endif
    }

    /// The streams and sources of a configuration, for the tree. Those of these that the last configuration had and this one has not are
    /// returned beside, to be closed when the tree has let go of them.
    func sources(
        of configuration: Configuration, dialer: EventStreamDialer
    ) -> (all: [any Source], gone: [any ClosableSource]) {
        let streams = configuration.streams.map { EventStreamSource($0, dialer: dialer, logger: logger) }
        #if NATS
        let former = present.withLock { $0 }
        var (sources, kept): ([NATSSource], Set<String>) = ([], [])
        for configured in configuration.sources {
            guard let options = NATSSource.Options(configured) else { continue }
            if let source = former[configured.name], source.canTake(options) {
                source.take(options)
                sources.append(source)
                kept.insert(configured.name)
            } else {
                sources.append(
                    NATSSource(
                        name: configured.name, options, over: settings,
                        suspects: "\(stateDirectory)/suspects.\(configured.name)", logger: logger))
            }
        }
        present.withLock { $0 = Dictionary(sources.map { ($0.name, $0) }, uniquingKeysWith: { $1 }) }
        return (streams + sources, former.filter { !kept.contains($0.key) }.map(\.value))
        #else
        return (streams, [])
        #endif
    }

    /// Gives back what is held, and closes all connections.
    func close() async {
        #if NATS
        let sources = present.withLock { present in
            defer { present = [:] }
            return Array(present.values)
        }
        await withTaskGroup(of: Void.self) { group in
            for source in sources { group.addTask { await source.close() } }
        }
        #endif
    }
}

/// A source that is to be closed when the tree has let go of it.
protocol ClosableSource: Sendable {
    func close() async
}

#if NATS
extension NATSSource: ClosableSource {}

extension NATSSource.Options {
    /// Nil: it is not of a kind that there is.
    init?(_ source: SourceConfiguration) {
        guard source.kind == .nats, let stream = source.stream, let consumer = source.consumer else { return nil }
        self.init(
            stream: stream, consumer: consumer, ackWait: source.ackWait, maxDeliveries: source.maxDeliveries,
            creates: source.create, subjects: source.subjects, replicas: source.replicas, downAfter: source.downAfter)
    }
}
#endif
