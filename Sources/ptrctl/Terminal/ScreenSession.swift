import ControlAPI
import ControlClient
import Glibc

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

/// Shows a model on the terminal: asks the daemon from time to time, takes keys and signals, draws, and leaves the
/// terminal as it was however it ends.
struct ScreenSession<Document: Sendable>: Sendable {
    let interval: Duration
    let style: Style
    let fetch: @Sendable () async throws(ControlClientError) -> Document

    private enum Input: Sendable {
        case terminal(TerminalEvent)
        case document(Result<Document, ControlClientError>)
        /// A second has gone by.
        case tick
    }

    private static var signals: [CInt] { [SIGINT, SIGTERM, SIGHUP, SIGTSTP, SIGCONT, SIGWINCH] }

    /// Runs until the user quits.
    func run<Model: ScreenModel>(_ model: Model) async -> ExitStatus where Model.Document == Document {
        guard let screen = Screen(input: STDIN_FILENO, output: STDOUT_FILENO) else { return .failed }
        let terminal = TerminalEvents(input: STDIN_FILENO, signals: Self.signals)
        await BlockingCall.run { screen.enter() }
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
                    let result: Result<Document, ControlClientError>
                    do throws(ControlClientError) {
                        result = .success(try await fetch())
                    } catch {
                        result = .failure(error)
                    }
                    continuation.yield(.document(result))
                }
            }
            group.addTask {
                while (try? await Task.sleep(for: .seconds(1))) != nil { continuation.yield(.tick) }
            }
            defer { group.cancelAll() }
            return await show(model, on: screen, inputs, terminal) { isDrawn.yield() }
        }
        await BlockingCall.run { screen.leave() }
        terminal.end()
        return status
    }

    private func show<Model: ScreenModel>(
        _ model: Model, on screen: Screen, _ inputs: AsyncStream<Input>, _ terminal: TerminalEvents,
        onDocumentDrawn: @Sendable () -> Void
    ) async -> ExitStatus where Model.Document == Document {
        var model = model
        var freshness = Freshness(interval: interval)
        await draw(&model, freshness, on: screen)
        for await input in inputs {
            switch input {
            case .document(.success(let document)):
                freshness.answered()
                model.take(document)
            case .document(.failure(let error)): freshness.error = error
            case .tick:
                guard freshness.silence != nil else { continue }
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
            case .terminal(.signal(SIGCONT)): await BlockingCall.run { screen.enter() }
            case .terminal(.signal(SIGWINCH)): break
            case .terminal(.signal(let number)): return ExitStatus(rawValue: 128 + number)
            case .terminal(.ended): return ExitStatus(rawValue: 128 + SIGHUP)
            }
            await draw(&model, freshness, on: screen)
            if case .document = input { onDocumentDrawn() }
        }
        return .done
    }

    private func draw<Model: ScreenModel>(_ model: inout Model, _ freshness: Freshness, on screen: Screen) async {
        let (size, silence) = (screen.size, freshness.silence)
        let frame = model.frame(size)
        let lines = silence.map { $0.cover(frame, size, style) } ?? frame
        await BlockingCall.run { [style] in screen.draw(lines.map(style.spelled)) }
    }

    /// Stops the process as Ctrl-Z does elsewhere, with the terminal as the shell left it, and goes on after `fg`.
    private func suspend(_ screen: Screen, _ terminal: TerminalEvents) async {
        await BlockingCall.run {
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

/// How old the answer is that stands on the screen.
private struct Freshness {
    let interval: Duration
    var error: ControlClientError?
    private var last = ContinuousClock.now

    init(interval: Duration) {
        self.interval = interval
    }

    mutating func answered() {
        (error, last) = (nil, .now)
    }

    /// Nil while all is as it should be.
    var silence: Silence? {
        let age = last.duration(to: .now)
        guard error != nil || age > interval + Silence.patience else { return nil }
        return Silence(age: age, error: error)
    }
}
