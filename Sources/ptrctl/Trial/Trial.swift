import EventSource
import Glibc
import Locking
import NIOCore
import Templates
import Writing

/// Tries a stream as ptrd would connect it, once, and says what it saw.
final class Trial: Sendable {
    private let settings: TrialSettings
    private let note: @Sendable (TrialStep) -> Void
    private let start = ContinuousClock.now
    private let state = Locked(State())
    /// All that is to be shown was.
    private let isShown = Notify()

    private struct State {
        var tally = TrialTally()
        /// Of each request, what takes out its secrets.
        var concealing: [@Sendable (String, (String, String) -> Bool) -> String] = []
        var renderer: TemplateRenderer?
        var hasComment = false
    }

    /// - Parameter note: told each step as it happens; it may print.
    init(_ settings: TrialSettings, note: @escaping @Sendable (TrialStep) -> Void) {
        self.settings = settings
        self.note = note
        state.withLock { $0.renderer = settings.format.map { TemplateRenderer($0) } }
    }

    /// Why the connection ended, if it did, without secrets.
    var ended: String? {
        if case .connection(let error) = tally.ending { concealed(error.reason) } else { nil }
    }

    /// What was seen so far.
    var tally: TrialTally { state.withLock(\.tally) }

    /// Tries it until all is shown, the time is up, the connection has ended, or the task is cancelled.
    func run() async {
        var source = settings.source
        source.reportsComments = true
        source.onStep = { [weak self] in self?.take($0) }
        let configuration = source
        await withTaskGroup(of: TrialTally.Ending?.self) { group in
            group.addTask { await self.read(configuration) }
            group.addTask {
                guard (try? await Task.sleep(for: self.settings.limit)) != nil else { return nil }
                return .timeUp
            }
            group.addTask {
                guard (try? await self.isShown.wait()) != nil else { return nil }
                if !self.settings.endsWithShown { try? await Task.sleep(for: TrialSettings.watch) }
                return .enough
            }
            if let ending = await group.next() ?? nil { end(ending) }
            group.cancelAll()
        }
    }

    private var elapsed: Duration { ContinuousClock.now - start }

    private func say(_ kind: TrialStep.Kind) { note(TrialStep(at: elapsed, kind: kind)) }

    private func end(_ ending: TrialTally.Ending) {
        let time = elapsed
        state.withLock { $0.tally.end(ending, at: time) }
        guard case .connection(let error) = ending else { return }
        let isFine = error.code == .endedByEvent || error.code == .endedByServer && tally.events > 0
        say(.ended(concealed(error.reason), isFine ? .doubtful : .bad))
    }

    private func read(_ configuration: EventSourceConfiguration) async -> TrialTally.Ending? {
        for await update in EventSource(configuration, dialer: EventStreamDialer().taking(settings.route)) {
            switch update {
            case .connecting: continue
            case .open:
                let time = elapsed
                state.withLock { $0.tally.opened = time }
            case .batch(let batch): take(batch)
            case .waiting(_, let error), .failed(let error): return .connection(error)
            }
        }
        return nil
    }

    // MARK: Connecting

    private func take(_ step: EventStreamStep) {
        let time = elapsed
        switch step {
        case .request(let url, let concealing):
            state.withLock { $0.concealing.append(concealing) }
            let url = concealed(url)
            let isFirst = state.withLock { state in
                state.tally.connections.append(.init(url: url, begun: time))
                return state.tally.connections.count == 1
            }
            if !isFirst { say(.redirected(url: url)) }
        case .resolved(let name, let addresses):
            change { $0.addresses = addresses }
            say(.resolved(name: name, addresses: addresses))
        case .connected(let address): change { $0.address = address }
        case .requested:
            change { $0.requested = time }
            say(.connected(address: tally.connections.last?.address))
        case .head(let status, let reason, let fields):
            let reason = concealed(reason)
            let shown = TrialHead.shown(fields).map {
                TrialField(name: $0.name, value: String(concealed($0.value).prefix(512)))
            }
            change { connection in
                (connection.answered, connection.status, connection.reason) = (time, status, reason)
                connection.fields = shown
                connection.cookies = TrialHead.cookies(fields)
                connection.variesByEncoding = TrialHead.variesByEncoding(fields)
            }
            say(.head(status: status, reason: reason, fields: shown))
        case .retry(let retry):
            state.withLock { $0.tally.retry = retry }
            say(.retry(retry))
        }
    }

    private func change(_ body: (inout TrialTally.Connection) -> Void) {
        state.withLock { state in
            guard let last = state.tally.connections.indices.last else { return }
            body(&state.tally.connections[last])
        }
    }

    /// A text without the secrets of the requests.
    private func concealed(_ text: String) -> String {
        // What was typed into the URL is a secret only if it looks like one: a topic comes back in each event.
        let url = settings.stream.url
        return state.withLock(\.concealing).reduce(text) { text, conceal in
            conceal(text) { name, value in StreamNaming.isSecret(name, value, in: url) }
        }
    }

    // MARK: Events

    private func take(_ batch: EventStreamBatch) {
        let time = elapsed
        state.withLock { $0.tally.read(batch, at: time) }
        if let comment = batch.commentTexts.first, state.withLock({ !$0.hasComment }) {
            state.withLock { $0.hasComment = true }
            say(.comment(concealed(String(repairing: comment.prefix(of: Self.longestText)))))
        }
        if batch.skippedEvents > 0 { say(.skipped(limit: settings.stream.maxEventBytes)) }
        for event in batch.events {
            take(event, at: time)
            if settings.endsWithShown, tally.shown.count >= settings.shown { break }
        }
        if tally.shown.count >= settings.shown { isShown.notify() }
    }

    /// The most bytes of a text that are looked at.
    private static let longestText = 64 << 10
    /// The most characters of it that are kept.
    private static let longestShown = 4096

    private func take(_ event: EventStreamEvent, at time: Duration) {
        let passes = settings.filter?.passes(event) ?? true
        let type = concealed(
            String(repairing: (event.type ?? ByteBuffer(string: "message")).prefix(of: Self.longestText)))
        let id = event.lastEventIDString
        let number = state.withLock { state in
            state.tally.count(event, type: type, id: id, passes: passes, at: time)
            return state.tally.events
        }
        if number <= TrialSettings.surveyed { survey(event) }
        guard tally.shown.count < settings.shown else { return }
        let shown = TrialEvent(
            number: number, type: String(type.prefix(Self.longestShown)),
            id: String(concealed(String(id.prefix(Self.longestText))).prefix(Self.longestShown)),
            hasOwnID: event.hasOwnID, bytes: event.data.readableBytes,
            data: String(
                concealed(String(repairing: event.data.prefix(of: Self.longestText))).prefix(Self.longestShown)),
            passes: passes, line: passes ? line(of: event, number: number) : nil)
        state.withLock { $0.tally.shown.append(shown) }
        say(.event(shown))
    }

    private func survey(_ event: EventStreamEvent) {
        guard let survey = FieldSurvey(event.data.readableBytesUInt8Span) else {
            return state.withLock { $0.tally.fields.addOther() }
        }
        let fields = survey.fields.map { field in
            TrialFields.Field(
                path: concealed("\(field.path)"), kind: "\(field.kind)",
                example: String(concealed(field.text).prefix(200)),
                count: 1,
                longest: field.bytes)
        }
        state.withLock { $0.tally.fields.add(fields) }
    }

    /// What would be printed; nil: the data as it is.
    private func line(of event: EventStreamEvent, number: Int) -> String? {
        guard settings.format != nil else { return nil }
        var text: [UInt8] = []
        let stream = settings.stream.name
        let isFilled = state.withLock { state in
            state.renderer?.render(event.data.readableBytesUInt8Span, into: &text) { field, text in
                switch field {
                case .type: text.append(contentsOf: event.typeString.utf8)
                case .id: text.append(contentsOf: event.lastEventID.readableBytesView)
                case .stream: text.append(contentsOf: stream.utf8)
                case .sequence: text.appendNumber(UInt64(number))
                case .received: text.appendTimestamp(Int64(time(nil)) * 1_000_000)
                }
            }
        }
        guard isFilled == true else { return nil }
        var line: [UInt8] = []
        line.appendPrintable(text.prefix(Self.longestText))
        return String(concealed(String(decoding: line, as: UTF8.self)).prefix(Self.longestShown))
    }
}

extension ByteBuffer {
    /// The first bytes, at most so many.
    fileprivate func prefix(of length: Int) -> ByteBuffer {
        getSlice(at: readerIndex, length: Swift.min(length, readableBytes)) ?? self
    }
}

/// What matters of the head of an answer.
enum TrialHead {
    private static let names: Set<String> = [
        "content-type", "content-encoding", "server", "retry-after", "www-authenticate", "location", "allow", "via",
    ]

    /// The fields that are shown. Cookies are none of them, and of a URL the values of the query are not.
    static func shown(_ fields: [(name: String, value: String)]) -> [TrialField] {
        fields.filter { names.contains($0.name.lowercased()) }.prefix(12).map { name, value in
            let name = name.lowercased()
            let value = name == "location" ? EventSourceConfiguration(url: value).displayURL : value
            return TrialField(name: name, value: value)
        }
    }

    static func cookies(_ fields: [(name: String, value: String)]) -> Int {
        fields.count { $0.name.lowercased() == "set-cookie" }
    }

    static func variesByEncoding(_ fields: [(name: String, value: String)]) -> Bool {
        fields.contains { $0.name.lowercased() == "vary" && $0.value.lowercased().contains("accept-encoding") }
    }
}
