import Testing

@testable import PtrConfiguration

@Suite("What differs in another configuration")
struct ConfigurationChangeTests {
    private func configuration(_ text: String) throws -> Configuration {
        try Configuration.parse("[stream.a]\nurl = \"http://h/a?token=SECRET\"\n" + text, file: "f")
    }

    /// Another value for each option that is not a stream's.
    private static let others: [String: String] = [
        "flow.max_in_flight": "8192", "flow.max_in_flight_bytes": "\"512MiB\"", "flow.drain_timeout": "\"1s\"",
        "flow.max_span": "5000", "scaling.min": "2", "scaling.max": "63", "scaling.workers_per_supervisor": "4",
        "scaling.tick": "\"1s\"", "scaling.fast_window": "\"3s\"", "scaling.beta": "2.0", "scaling.tolerance": "0.2",
        "scaling.hold_window": "\"1s\"", "scaling.cool_down": "\"1s\"", "scaling.drain_horizon": "\"9s\"",
        "workers.max_attempts": "4", "workers.timeout": "\"9s\"", "workers.max_abandoned": "3",
        "workers.kill_message": "\"x\"", "workers.backoff.initial": "\"1s\"", "workers.backoff.max": "\"20s\"",
        "workers.retry_after_max": "\"1m\"", "workers.balance": "\"least_loaded\"",
        "breaker.enabled": "false", "breaker.threshold": "0.7", "breaker.window": "\"9s\"", "breaker.minimum": "7",
        "breaker.backoff.initial": "\"2s\"", "breaker.backoff.max": "\"50s\"",
        "supervision.direct_supervisor.restarts": "1", "supervision.direct_supervisor.within": "\"9s\"",
        "supervision.main_supervisor.restarts": "1", "supervision.main_supervisor.within": "\"9s\"",
        "supervision.application.restarts": "1", "supervision.application.within": "\"9s\"",
        "supervision.stream_supervisor.restarts": "1", "supervision.stream_supervisor.within": "\"9s\"",
        "handler.print.to": "\"journal\"", "handler.print.format": "\"{id}\"", "state.directory": "\"/tmp/x\"",
        "state.max_dead_letters": "7", "state.max_dead_letter_bytes": "\"1MiB\"", "state.dead_letter_age": "\"9s\"",
        "state.on_damage": "\"move_aside\"", "control.socket": "\"/tmp/s\"", "control.fault_injection": "false",
        "control.admin_group": "\"wheel\"", "log.level": "\"debug\"", "metrics.listen": "\"127.0.0.1:9464\"",
        "metrics.allow_remote": "true",
    ]

    @Test("each option is tried below, but for those that have no other value, or none alone")
    func tried() {
        let alone = ["handler.kind", "handler.print.simulated_work.max", "handler.print.simulated_work.min"]
        let options = Options.ofAll.map { "\($0.key)" }.filter { key in
            !["handler.exec.", "handler.nats.", "nats.", "cluster."].contains { key.hasPrefix($0) }
        }
        #expect((Self.others.keys + alone).sorted() == options.sorted())
    }

    @Test("another filter is a change, and no reason to begin a receiver anew; beside another key it is one of two")
    func filter() throws {
        let old = try configuration("")
        let filters = ["events = [\"update\"]", "where = 'a == 1'", "where_not_json = \"drop\""]
        for (key, line) in zip(["events", "where", "where_not_json"], filters) {
            let plan = old.plan(toReload: try configuration(line))
            #expect(plan.renewedStreams == [] && plan.changes.map(\.key) == ["stream.a.\(key)"])
            #expect(plan.changes.allSatisfy(\.isLive) && plan.next != old)
        }
        let both = try configuration(filters.joined(separator: "\n") + "\nidle_timeout = \"61s\"")
        #expect(old.plan(toReload: both).renewedStreams == ["a"] && old.plan(toReload: both).changes.count == 4)
        #expect(both.plan(toReload: both).changes == [])
    }

    @Test("what waits for the next start is named by every further reload, until the files have the old value again")
    func waiting() throws {
        let old = try configuration("")
        let new = try configuration("[metrics]\nlisten = \"127.0.0.1:9464\"")
        let once = old.applying(new)
        #expect(once.changes(to: new).map(\.key) == ["metrics.listen"])
        #expect(once.applying(new).changes(to: new).map(\.key) == ["metrics.listen"])
        #expect(once.applying(new).changes(to: old) == [])
    }

    @Test(
        "a change of one option is named by its key with both values as a file has them",
        arguments: others.keys.sorted())
    func one(_ key: String) throws {
        let old = try configuration("")
        let new = try configuration("\(key) = \(try #require(Self.others[key]))".inRoot)
        let changes = old.changes(to: new)
        let change = try #require(changes.first { $0.key == key })
        #expect(change.after == Self.others[key] || key == "scaling.beta")
        #expect(change.before != change.after)
        // The default of the span follows from another option.
        #expect(changes.count == 1 || key == "flow.max_in_flight" && changes.map(\.key).contains("flow.max_span"))
    }

    @Test("a reload takes over exactly what is said to be live", arguments: others.keys.sorted())
    func applying(_ key: String) throws {
        let old = try configuration("")
        let new = try configuration("\(key) = \(try #require(Self.others[key]))".inRoot)
        let (running, changes) = (old.applying(new), old.changes(to: new))
        #expect(old.changes(to: running) == changes.filter(\.isLive))
        #expect(running.changes(to: new) == changes.filter { !$0.isLive })
    }

    @Test("streams that came, went or changed are named; secrets in their URLs and headers are not shown")
    func streams() throws {
        let old = try configuration("headers = { X-Key = \"SECRET\" }\n[stream.b]\nurl = \"http://h/b\"")
        let new = try configuration(
            "headers = { X-Key = \"SECRET2\" }\nidle_timeout = \"5s\"\n[stream.\"c.d\"]\nurl = \"http://h/c\"")
        let changes = old.changes(to: new) { String($0.prefix { $0 != "=" }) }
        #expect(changes.map(\.key) == ["stream.b", "stream.a.idle_timeout", "stream.a.headers", "stream.\"c.d\""])
        #expect(changes.map(\.before) == ["\"http://h/b\"", "\"1m\"", "{ 1 headers }", nil])
        #expect(changes.map(\.after) == [nil, "\"5s\"", "{ 1 headers }", "\"http://h/c\""])
        #expect(changes.allSatisfy { $0.isLive })
        var moved = old
        moved.streams[0].url = "http://h/a?token=SECRET2"
        let url = try #require(old.changes(to: moved) { String($0.prefix { $0 != "=" }) }.first)
        #expect(url.key == "stream.a.url" && url.before == "\"http://h/a?token\"" && url.after == url.before)
    }

    @Test(
        "the plan of a reload has what it ends in, what differs, and the streams that are made anew: those with other options of their own"
    )
    func plan() throws {
        let old = try configuration("[stream.b]\nurl = \"http://h/b\"\n[stream.c]\nurl = \"http://h/c\"")
        let new = try configuration(
            "down_after = \"1s\"\n[stream.b]\nurl = \"http://h/b\"\n[stream.d]\nurl = \"http://h/d\"\n"
                + "[flow]\nmax_in_flight = 5000\n[control]\nsocket = \"/tmp/s\"")
        let plan = old.plan(toReload: new)
        #expect(plan.renewedStreams == ["a"])
        #expect(plan.next == old.applying(new) && plan.next.control.socket == "/run/ptrd.sock")
        #expect(plan.next.streams.map(\.name) == ["a", "b", "d"] && plan.next.flow.maxInFlight == 5000)
        #expect(plan.changes == old.changes(to: new))
        #expect(plan.changes.filter { !$0.isLive }.map(\.key) == ["control.socket"])
    }

    @Test("sizes of the pool wait for the start when the size of their unit changes")
    func unit() throws {
        let old = try configuration("")
        let new = try configuration("[scaling]\nworkers_per_supervisor = 1\nmax = 500\ntick = \"1s\"")
        let (running, changes) = (old.applying(new), old.changes(to: new))
        #expect(changes.filter { !$0.isLive }.map(\.key) == ["scaling.max", "scaling.workers_per_supervisor"])
        #expect(running.scaling.max == 64 && running.scaling.workersPerSupervisor == 8)
        #expect(running.changes(to: new) == changes.filter { !$0.isLive })
    }

    @Test("another handler waits for the start, and with it the sizes of the pool, whose default follows from it")
    func handler() throws {
        let old = try configuration("[scaling]\nmin = 2")
        let new = try configuration(
            "[scaling]\nmin = 3\n[handler]\nkind = \"exec\"\n[handler.exec]\ncommand = [\"/bin/cat\"]")
        let (running, changes) = (old.applying(new), old.changes(to: new))
        #expect(changes.map(\.key) == ["scaling.min", "scaling.max", "handler.kind", "handler.exec.command"])
        #expect(changes.allSatisfy { !$0.isLive })
        #expect(running == old && running.scaling.max == 64)
        #expect(new.scaling.max == 4)
    }

    @Test(
        "what a process is made of waits for the start", arguments: Options.ofAll.filter { $0.key.isOfExec }.map(\.key))
    func ofExec(key: OptionKey) throws {
        #expect(Options.ofAll.first { $0.key == key }?.effect.waits == true)
    }

    @Test("a configuration does not differ from itself")
    func same() throws {
        let configuration = try configuration("")
        #expect(configuration.changes(to: configuration).isEmpty)
    }
}

extension OptionKey {
    fileprivate var isOfExec: Bool { description.hasPrefix("handler.exec.") }
}

extension OptionEffect {
    fileprivate var waits: Bool { if case .nextStart = self { true } else { false } }
}

extension String {
    /// A dotted key with a value, in the section that it belongs to.
    fileprivate var inRoot: String {
        let parts = split(separator: ".", maxSplits: 1)
        return "[\(parts[0])]\n\(parts[1])"
    }
}
