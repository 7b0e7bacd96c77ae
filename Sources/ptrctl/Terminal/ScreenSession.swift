import ControlAPI
import Glibc

/// What is drawn on the whole screen: a value that takes documents and keys, and makes lines of them.
protocol ScreenModel: Sendable {
    associatedtype Document: Sendable

    /// Takes what the daemon has answered.
    mutating func take(_ document: Document)
    /// Takes why it has not.
    mutating func take(_ problem: ControlClientError)
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
    let fetch: @Sendable () async throws(ControlClientError) -> Document

    private enum Input: Sendable {
        case terminal(TerminalEvent)
        case document(Result<Document, ControlClientError>)
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
        await draw(&model, on: screen)
        for await input in inputs {
            switch input {
            case .document(.success(let document)): model.take(document)
            case .document(.failure(let error)): model.take(error)
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
            await draw(&model, on: screen)
            if case .document = input { onDocumentDrawn() }
        }
        return .done
    }

    private func draw<Model: ScreenModel>(_ model: inout Model, on screen: Screen) async {
        let lines = model.frame(screen.size)
        await BlockingCall.run { screen.draw(lines) }
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
