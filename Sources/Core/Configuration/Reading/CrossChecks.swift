/// The rules between options. Each is judged on the values of all files together and reported at the key that was
/// written last among those it is about (a rule that only defaults break would be a bug of ours).
struct CrossChecks {
    let root: TOMLNode
    let configuration: Configuration
    var problems: Problems

    var options: ConfigurationOptions { Configuration.declarations }
    private var ofStream: StreamOptions { StreamConfiguration.declarations }

    mutating func run() {
        checkStreams()
        checkRefusals()
        checkRequests()
        checkEnds()
        checkConnections()
        checkOrder()
        checkSimulatedWork()
        checkWindow()
        checkExec()
        checkNATS()
        checkCluster()
        checkSources()
        checkMetrics()
    }

    private mutating func checkStreams() {
        for (name, node) in root["stream"]?.entries ?? [] {
            let key = ofStream.url.key.of(stream: name)
            guard case .table = node.kind, root[key] == nil else { continue }
            problems.add("the stream has no url", mend: "add url = \"https://…\" below it", key: key, at: node.origin)
        }
        if configuration.streams.isEmpty, configuration.sources.isEmpty, root["source"] == nil,
            root["stream"]?.entries.isEmpty ?? true,
            root[OptionKey([StreamSections.templates])]?.entries.isEmpty ?? true
        {
            let place = root["stream"]?.origin ?? TOMLNode.Origin(file: 0, line: 1, order: 0)
            problems.add(
                "no stream is configured", mend: "add [stream.NAME] and below it url = \"https://…\"", key: "stream",
                at: place)
        }
    }

    /// Who says that server errors are final does not say that everything is tried again.
    private mutating func checkRefusals() {
        for stream in configuration.streams where !stream.retryServerErrors && stream.onRefusal == .retry {
            let keys = [ofStream.onRefusal.key, ofStream.retryServerErrors.key].map(stream.key(of:))
            guard root[keys[0]] != nil else { continue }
            report(
                "\(keys[0]) = \"retry\" and \(keys[1]) = false contradict each other",
                mend: "remove the one that is not meant", at: keys)
        }
    }

    /// What follows an end follows nothing without one.
    private mutating func checkEnds() {
        for stream in configuration.streams
        where stream.end.then != .stop && stream.end.data == nil && stream.end.event == nil {
            let key = stream.key(of: ofStream.end.then.key)
            guard let node = root[key] else { continue }
            problems.add(
                "nothing says which event is the end",
                mend: "add data = \"…\" or event = \"…\" beside it, or remove it",
                key: key, at: node.origin)
        }
    }

    /// What the files name has been handed over.
    mutating func checkCredentials(in directory: CredentialsDirectory) {
        let ofStreams = configuration.streams.flatMap { $0.namedCredentials + credentials(of: $0) }
        for (key, name) in ofStreams + credentialsOfNATS {
            guard let fault = directory.fault(of: name) else { continue }
            problems.add(
                "the credential \(TOMLText.quoted(name)) \(fault)",
                mend: "add LoadCredential=\(name):PATH to the unit (systemctl edit ptrd), or remove the key", key: key,
                at: root[key]?.origin ?? root.origin)
        }
    }

    /// What should grow does not shrink.
    private mutating func checkOrder() {
        for stream in configuration.streams {
            check(ofStream.reconnect.initial, notAbove: ofStream.reconnect.max, of: stream) { $0 }
        }
        let (workers, breaker) = (options.workers.backoff, options.breaker.backoff)
        let work = options.handler.print.simulatedWork
        check(options.scaling.min, notAbove: options.scaling.max, of: configuration) { $0 }
        check(workers.initial, notAbove: workers.max, of: configuration) { $0 }
        check(breaker.initial, notAbove: breaker.max, of: configuration) { $0 }
        check(work.min, notAbove: work.max, of: configuration) { $0 }
    }

    private mutating func check<Owner, Value, Amount: Comparable>(
        _ low: ConfigurationOption<Owner, Value>, notAbove high: ConfigurationOption<Owner, Value>, of owner: Owner,
        amount: (Value) -> Amount?
    ) {
        guard let least = amount(owner[low]), let most = amount(owner[high]), least > most else { return }
        let (lowKey, highKey) = (owner.key(of: low.key), owner.key(of: high.key))
        report(
            "\(lowKey) (\(low.type.plain(owner[low]))) is above \(highKey) (\(high.type.plain(owner[high])))",
            mend: "lower the one or raise the other", at: [highKey, lowKey])
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
        report(
            "\(address) is not a loopback address: everybody who can reach it could read the metrics",
            mend: "write an address such as \"127.0.0.1:9464\", or add allow_remote = true if that is meant",
            at: [options.metrics.listen.key])
    }

    /// The window must hold a message for each worker, and for each stream its largest event.
    private mutating func checkWindow() {
        let (flow, scaling) = (configuration.flow, configuration.scaling)
        let workers = scaling.max * scaling.workersPerSupervisor
        if workers > flow.maxInFlight {
            report(
                """
                scaling.max × scaling.workers_per_supervisor (\(scaling.max) × \(scaling.workersPerSupervisor) = \
                \(workers)) is above flow.max_in_flight (\(flow.maxInFlight)): some workers could never have a message
                """,
                mend: "lower one of the first two or raise the last",
                at: [options.flow.maxInFlight.key, options.scaling.workersPerSupervisor.key, options.scaling.max.key])
        }
        let largest = configuration.streams.reduce(0) { $0 + $1.maxEventBytes }
        if largest > flow.maxInFlightBytes {
            let keys = configuration.streams.map { $0.key(of: ofStream.maxEventBytes.key) }
            // Round sizes are easier to remember.
            let count = configuration.streams.count
            let share = flow.maxInFlightBytes / count
            let room = 1 << (Int.bitWidth - 1 - max(share, 1).leadingZeroBitCount)
            let forAll =
                count > 1 && room >= 64
                ? " (of all in [stream_defaults]: \(TOMLText.quoted(SizeText.format(room))) each is room for \(count))"
                : ""
            report(
                """
                the streams' max_event_bytes sum up to \(SizeText.format(largest)), above flow.max_in_flight_bytes \
                (\(SizeText.format(flow.maxInFlightBytes))): each stream must be able to hold its largest event
                """,
                mend: """
                    raise flow.max_in_flight_bytes to \(TOMLText.quoted(SizeText.format(largest))) or more, or lower a \
                    stream's max_event_bytes\(forAll); without flow.max_in_flight_bytes there is room for all of them
                    """, at: keys + [options.flow.maxInFlightBytes.key])
        }
    }

    /// Reports a problem at that of some keys which stands last in the files; if none is written, at the last of the list, in the
    /// line of the first stream or the first of all.
    mutating func report(_ message: String, mend: String, at keys: [OptionKey]) {
        let written = keys.compactMap { key in root[key].map { (key, $0.origin) } }
        let (key, origin) =
            written.max { TOMLNode.Origin.precedes($0.1, $1.1) }
            ?? (keys[keys.count - 1], root["stream"]?.origin ?? root.origin)
        problems.add(message, mend: mend, key: key, at: origin)
    }
}
