import ControlAPI
import ControlServer
import EventSource
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
    /// What a configuration has, before the tree has taken it.
    struct Prepared: Sendable {
        /// Its streams and sources, for the tree.
        let all: [any Source]
        #if NATS
        fileprivate let sources: [(source: NATSSource, options: NATSSource.Options)]
        #endif
    }

    private let stream: @Sendable (StreamConfiguration) -> any Source
    private let logger: Logger
    #if NATS
    private let settings: NATSSettings
    private let stateDirectory: String
    private let present = Locked<[String: NATSSource]>([:])
    #endif

    /// - Parameters:
    ///   - configuration: of which the broker and the state directory never change.
    ///   - stream: makes what a stream over HTTP is read by.
    init(
        _ configuration: Configuration, stream: @escaping @Sendable (StreamConfiguration) -> any Source, logger: Logger
    ) {
        self.stream = stream
        self.logger = logger
        #if NATS
        settings = NATSSettings(configuration, credential: CredentialsDirectory.current.file(of:))
        stateDirectory = configuration.state.directory
        #endif
    }

    /// The streams and sources of a configuration. Nothing is changed yet.
    func prepare(_ configuration: Configuration) -> Prepared {
        let streams = configuration.streams.map(stream)
        #if NATS
        let present = present.withLock { $0 }
        let sources = configuration.sources.compactMap { configured in
            NATSSource.Options(configured).map { options in
                (source: source(configured.name, options, present[configured.name]), options: options)
            }
        }
        return Prepared(all: streams + sources.map(\.source), sources: sources)
        #else
        return Prepared(all: streams)
        #endif
    }

    /// The tree has taken them. What those hold that are gone is given back, and so done elsewhere, too.
    func take(_ prepared: Prepared) async {
        #if NATS
        let sources = Dictionary(prepared.sources.map { ($0.source.name, $0.source) }, uniquingKeysWith: { $1 })
        let former = present.withLock { present in
            defer { present = sources }
            return present
        }
        for (source, options) in prepared.sources { source.take(options) }
        for (name, source) in former where sources[name] !== source { await source.close() }
        #endif
    }

    /// The tree has not taken them: what was made for it ends.
    func discard(_ prepared: Prepared) async {
        #if NATS
        let present = present.withLock { $0 }
        for (source, _) in prepared.sources where present[source.name] !== source { await source.close() }
        #endif
    }

    /// Asks the broker of a source how things are; nil: there is none of that name.
    func check(_ name: String) async -> SourceCheck? {
        #if NATS
        guard let source = present.withLock({ $0[name] }) else { return nil }
        let findings = await source.findings()
        let all = [findings.stream, findings.consumer]
        return SourceCheck(
            source: name, outage: findings.outage,
            faults: [findings.refusal].compactMap(\.self) + all.flatMap { $0.faults.map(\.description) },
            mends: all.flatMap(\.mends), broker: findings.status.map { BrokerShare($0) })
        #else
        return nil
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

    #if NATS
    /// The one that there is, if it can go on by the options.
    private func source(_ name: String, _ options: NATSSource.Options, _ present: NATSSource?) -> NATSSource {
        if let present, present.canTake(options) { return present }
        return NATSSource(
            name: name, options, over: settings, suspects: "\(stateDirectory)/suspects.\(name)", logger: logger)
    }
    #endif
}

#if NATS
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
