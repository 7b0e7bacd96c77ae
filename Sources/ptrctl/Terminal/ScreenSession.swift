import ControlClient
import Glibc
import Locking

/// What is drawn on the whole screen: a value that takes documents and keys, and makes lines of them.
protocol ScreenModel: Sendable {
    associatedtype Document: Sendable

    /// Takes what the daemon has answered.
    mutating func take(_ document: Document)
    /// Takes a key.
    ///
    /// - Returns: false to quit.
    mutating func take(_ key: Key) -> Bool
    /// The picture, with no more lines and columns than there are.
    mutating func frame(_ size: ScreenSize) -> [String]
}

extension VerbContext {
    /// Shows what the daemon answers on the whole screen, and asks it again and again.
    func watch<Request: ControlRequest, Model: ScreenModel>(
        _ request: Request, every interval: Duration, _ model: (Request.Response) -> Model
    ) async throws(ControlClientError) -> ExitStatus where Model.Document == Request.Response {
        // What prevents the first answer is said on the ordinary screen.
        let first = try await client.answer(to: request)
        return await ScreenSession<Model>(interval: interval, style: style) {
            [client] () async throws(ControlClientError) in
            try await client.answer(to: request)
        }.run(model(first))
    }
}

/// Shows a model on the terminal: asks the daemon from time to time, takes keys and signals, draws, and leaves the
/// terminal as it was however it ends.
private struct ScreenSession<Model: ScreenModel>: Sendable {
    let interval: Duration
    let style: Style
    let fetch: @Sendable () async throws(ControlClientError) -> Model.Document

    private enum Input: Sendable {
        case terminal(TerminalEvent)
        case document(Result<Model.Document, ControlClientError>)
        /// A second has gone by.
        case tick
    }

    /// What draws, and so may wait for the terminal.
    private let calls = SerialQueue("screen")
    private static var signals: [CInt] { [SIGINT, SIGTERM, SIGHUP, SIGTSTP, SIGCONT, SIGWINCH] }

    /// Runs until the user quits.
    func run(_ model: Model) async -> ExitStatus {
        guard let screen = Screen(input: STDIN_FILENO, output: STDOUT_FILENO) else { return .failed }
        let terminal = TerminalEvents(input: STDIN_FILENO, signals: Self.signals)
        await calls.run { screen.enter() }
        let (inputs, continuation) = AsyncStream<Input>.makeStream()
        // One document is asked for when the last one has been drawn: a slow terminal does not make them pile up.
        let (drawn, isDrawn) = AsyncStream<Void>.makeStream()
        isDrawn.yield()
        let status = await withTaskGroup(of: Void.self) { group in
            group.addTask {
                for await event in terminal.events { continuation.yield(.terminal(event)) }
            }
            group.addTask {
                for await _ in drawn {
                    guard (try? await Task.sleep(for: interval)) != nil else { return }
                    continuation.yield(.document(await Result(fetch)))
                }
            }
            group.addTask {
                while (try? await Task.sleep(for: .seconds(1))) != nil { continuation.yield(.tick) }
            }
            defer { group.cancelAll() }
            return await show(model, on: screen, inputs, terminal) { isDrawn.yield() }
        }
        await calls.run { screen.leave() }
        terminal.end()
        return status
    }

    private func show(
        _ model: Model, on screen: Screen, _ inputs: AsyncStream<Input>, _ terminal: TerminalEvents,
        onDocumentDrawn: @Sendable () -> Void
    ) async -> ExitStatus {
        var model = model
        var last = ContinuousClock.now
        var error: ControlClientError?
        func silence() -> Silence? {
            let silence = Silence(age: last.duration(to: .now), error: error)
            return silence.isLate(after: interval) ? silence : nil
        }
        await draw(&model, silence(), on: screen)
        for await input in inputs {
            switch input {
            case .document(.success(let document)):
                (error, last) = (nil, .now)
                model.take(document)
            case .document(.failure(let failure)): error = failure
            case .tick:
                guard silence() != nil else { continue }
            case .terminal(.bytes(let bytes)):
                for key in Key.all(in: bytes) {
                    switch key {
                    case .control("c"): return ExitStatus(rawValue: 128 + SIGINT)
                    case .control("z"): await suspend(screen, terminal)
                    default:
                        guard model.take(key) else { return .done }
                    }
                }
            case .terminal(.signal(SIGTSTP)): await suspend(screen, terminal)
            // Stopped from outside and gone on, or given back by the shell, which may have set the terminal as it likes.
            case .terminal(.signal(SIGCONT)): await calls.run { screen.enter() }
            case .terminal(.signal(SIGWINCH)): break
            case .terminal(.signal(let number)): return ExitStatus(rawValue: 128 + number)
            case .terminal(.ended): return ExitStatus(rawValue: 128 + SIGHUP)
            }
            await draw(&model, silence(), on: screen)
            if case .document = input { onDocumentDrawn() }
        }
        return .done
    }

    private func draw(_ model: inout Model, _ silence: Silence?, on screen: Screen) async {
        let size = screen.size
        let frame = model.frame(size)
        let lines = silence.map { $0.cover(frame, size, style) } ?? frame
        await calls.run { [style] in screen.draw(lines.map(style.spelled)) }
    }

    /// Stops the process as Ctrl-Z does elsewhere, with the terminal as the shell left it, and goes on after `fg`.
    private func suspend(_ screen: Screen, _ terminal: TerminalEvents) async {
        await calls.run {
            screen.leave()
            terminal.returnSignals()
            // To this thread, which must not have it blocked: one for the process would be delivered to some other thread,
            // after the handler has been set again, and that would suspend it once more.
            var suspension = sigset_t()
            sigemptyset(&suspension)
            sigaddset(&suspension, SIGTSTP)
            pthread_sigmask(SIG_UNBLOCK, &suspension, nil)
            raise(SIGTSTP)
            // Here it has been continued.
            terminal.takeSignals()
            screen.enter()
        }
    }
}

/// That the daemon has not answered for a while: what stands on the screen is old.
struct Silence: Sendable, Hashable {
    /// How old the last answer is.
    var age: Duration
    /// Why there is none since; nil while one is waited for.
    var error: ControlClientError?

    /// Without an error so long is no silence: a busy machine.
    private static let patience: Duration = .seconds(3)

    /// Whether the next answer should be there, of those that are asked for so far apart.
    func isLate(after interval: Duration) -> Bool { error != nil || age > interval + Self.patience }

    /// `last answer 4 s ago: ptrd is not running: …; trying again`
    var sentence: String {
        let reason = error.map { Text.printable($0.message) } ?? "ptrd does not answer"
        return "last answer \(Text.duration(age)) ago: \(reason); trying again"
    }

    /// The picture as it was, faint, with the sentence above it.
    func cover(_ lines: [String], _ size: ScreenSize, _ style: Style) -> [String] {
        let head = style.wrapped(sentence, rest: "  ", to: size.columns).map { style.coloured($0, .red) }
        let old = lines.map { line in
            let plain = Text.pieces(of: line).filter { $0.text.first != "\u{1B}" }.map(\.text).joined()
            return plain.isEmpty ? "" : style.faint(plain)
        }
        return Array((head + old).prefix(size.rows))
    }
}
