/// The rules between options. Each is judged on the values of all files together and reported at the key that was
/// written last among those it is about (a rule that only defaults break would be a bug of ours).
struct CrossChecks {
    let root: TOMLNode
    let configuration: Configuration
    var problems: Problems

    mutating func run() {
        checkStreams()
        checkRefusals()
        checkOrder()
        checkSimulatedWork()
        checkWindow()
        checkMetrics()
    }

    private mutating func checkStreams() {
        for (name, node) in root["stream"]?.entries ?? [] {
            let key = Options.Stream.url.key.of(stream: name)
            guard case .table = node.kind, root[key] == nil else { continue }
            problems.add("the stream has no url", mend: "add url = \"https://…\" below it", key: key, at: node.origin)
        }
        if configuration.streams.isEmpty, root["stream"]?.entries.isEmpty ?? true {
            let place = root["stream"]?.origin ?? TOMLNode.Origin(file: 0, line: 1, order: 0)
            problems.add(
                "no stream is configured", mend: "add [stream.NAME] and below it url = \"https://…\"", key: "stream",
                at: place)
        }
    }

    /// Who says that server errors are final does not say that everything is tried again.
    private mutating func checkRefusals() {
        for stream in configuration.streams where !stream.retryServerErrors && stream.onRefusal == .retry {
            let keys = [Options.Stream.onRefusal.key, Options.Stream.retryServerErrors.key].map {
                $0.of(stream: stream.name)
            }
            guard root[keys[0]] != nil else { continue }
            let (key, origin) = lastWritten(of: keys)
            problems.add(
                "\(keys[0]) = \"retry\" and \(keys[1]) = false contradict each other",
                mend: "remove the one that is not meant", key: key, at: origin)
        }
    }

    /// What the files name has been handed over.
    mutating func checkCredentials(in directory: CredentialsDirectory) {
        for stream in configuration.streams {
            let key = Options.Stream.bearerCredential.key.of(stream: stream.name)
            guard let name = stream.bearerCredential, let fault = directory.fault(of: name) else { continue }
            problems.add(
                "the credential \(TOMLText.quoted(name)) \(fault)",
                mend: "add LoadCredential=\(name):PATH to the unit (systemctl edit ptrd), or remove the key", key: key,
                at: root[key]?.origin ?? root.origin)
        }
    }

    /// What should grow does not shrink.
    private mutating func checkOrder() {
        for stream in configuration.streams {
            check(
                Options.Stream.reconnectInitial, stream.reconnect.initial, notAbove: Options.Stream.reconnectMax,
                stream.reconnect.max, stream: stream.name)
        }
        let (scaling, backoff) = (configuration.scaling, configuration.workers.backoff)
        check(Options.Scaling.min, scaling.min, notAbove: Options.Scaling.max, scaling.max)
        check(Options.Workers.backoffInitial, backoff.initial, notAbove: Options.Workers.backoffMax, backoff.max)
        let trials = configuration.breaker.backoff
        check(Options.Breaker.backoffInitial, trials.initial, notAbove: Options.Breaker.backoffMax, trials.max)
        if let work = configuration.handler.print.simulatedWork {
            check(Options.Print.simulatedWorkMin, work.min, notAbove: Options.Print.simulatedWorkMax, work.max)
        }
    }

    private mutating func check<Low, High, Value: Comparable>(
        _ low: Option<Low>, _ lowValue: Value, notAbove high: Option<High>, _ highValue: Value, stream: String = ""
    ) {
        guard lowValue > highValue else { return }
        let (lowKey, highKey) = (low.key.of(stream: stream), high.key.of(stream: stream))
        let written: (Value) -> String = { value in
            switch value {
            case let value as Duration: DurationText.format(value)
            default: "\(value)"
            }
        }
        let (key, origin) = lastWritten(of: [highKey, lowKey])
        problems.add(
            "\(lowKey) (\(written(lowValue))) is above \(highKey) (\(written(highValue)))",
            mend: "lower the one or raise the other", key: key, at: origin)
    }

    private mutating func checkSimulatedWork() {
        let key: OptionKey = "handler.print.simulated_work"
        guard let node = root[key], case .table(let table) = node.kind else { return }
        for missing in ["min", "max"] where table[missing] == nil {
            problems.add(
                "\(missing) is missing", mend: "write { min = \"50ms\", max = \"500ms\" }", key: key, at: node.origin)
        }
    }

    /// Whoever can reach it can read it.
    private mutating func checkMetrics() {
        let metrics = configuration.metrics
        guard let address = metrics.listen, !address.isLoopback, !metrics.allowRemote else { return }
        let (key, origin) = lastWritten(of: [Options.Metrics.listen.key])
        problems.add(
            "\(address) is not a loopback address: everybody who can reach it could read the metrics",
            mend: "write an address such as \"127.0.0.1:9464\", or add allow_remote = true if that is meant", key: key,
            at: origin)
    }

    /// The window must hold a message for each worker, and for each stream its largest event.
    private mutating func checkWindow() {
        let (flow, scaling) = (configuration.flow, configuration.scaling)
        let workers = scaling.max * scaling.workersPerSupervisor
        if workers > flow.maxInFlight {
            let (key, origin) = lastWritten(of: [
                Options.Flow.maxInFlight.key, Options.Scaling.workersPerSupervisor.key, Options.Scaling.max.key,
            ])
            problems.add(
                """
                scaling.max × scaling.workers_per_supervisor (\(scaling.max) × \(scaling.workersPerSupervisor) = \
                \(workers)) is above flow.max_in_flight (\(flow.maxInFlight)): some workers could never have a message
                """,
                mend: "lower one of the first two or raise the last", key: key, at: origin)
        }
        let largest = configuration.streams.reduce(0) { $0 + $1.maxEventBytes }
        if largest > flow.maxInFlightBytes {
            let keys = configuration.streams.map { Options.Stream.maxEventBytes.key.of(stream: $0.name) }
            let (key, origin) = lastWritten(of: keys + [Options.Flow.maxInFlightBytes.key])
            problems.add(
                """
                the streams' max_event_bytes sum up to \(SizeText.format(largest)), above flow.max_in_flight_bytes \
                (\(SizeText.format(flow.maxInFlightBytes))): each stream must be able to hold its largest event
                """,
                mend: """
                    raise flow.max_in_flight_bytes to \(TOMLText.quoted(SizeText.format(largest))) or more, or lower a \
                    stream's max_event_bytes; without flow.max_in_flight_bytes there is room for all of them
                    """, key: key, at: origin)
        }
    }

    /// Of some keys the one that stands last in the files; if none is written, the last of the list, at the first
    /// stream or line.
    private func lastWritten(of keys: [OptionKey]) -> (OptionKey, TOMLNode.Origin) {
        let written = keys.compactMap { key in root[key].map { (key, $0.origin) } }
        if let last = written.max(by: { TOMLNode.Origin.precedes($0.1, $1.1) }) { return last }
        return (keys[keys.count - 1], root["stream"]?.origin ?? root.origin)
    }
}
