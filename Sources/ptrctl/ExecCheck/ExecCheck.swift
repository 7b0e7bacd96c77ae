import Launching
import NIOCore
import WorkerProtocol

/// Tries a worker outside of the daemon: gives it messages as ptrd would, and says what it saw.
struct ExecCheck: Sendable {
    let settings: CheckSettings
    /// Microseconds since 1970.
    let time: Int64
    /// Told each step as it happens.
    let note: @Sendable (CheckStep) -> Void

    /// Tries it; what runs has ended when it returns, also when its task was cancelled.
    func run() async -> CheckTally {
        var tally = CheckTally()
        do throws(LaunchError) {
            let launcher = try Launcher()
            let start = ContinuousClock.now
            if settings.isOneshot {
                try await tryOneshot(launcher, start, &tally)
            } else {
                try await tryResident(launcher, start, &tally)
            }
            await launcher.close(within: .seconds(2))
        } catch {
            tally.messages = settings.data.count
            tally.faults.append("it cannot be started: \(error)")
        }
        return tally
    }

    // MARK: Resident

    private func tryResident(
        _ launcher: Launcher, _ start: ContinuousClock.Instant, _ tally: inout CheckTally
    ) async throws(LaunchError) {
        let observer = CheckedProcess()
        let process = try await launcher.launch(settings.specification(), observer: observer)
        observer.run(process)
        var trial = ResidentTrial(settings, process, observer, time: time, start: start, note: note)
        trial.begin()
        for await event in observer.events {
            trial.take(event)
            if trial.isOver { break }
        }
        process.killGroup()
        _ = await process.exit(within: .seconds(2))
        process.close()
        tally = trial.tally
    }

    // MARK: Oneshot

    private func tryOneshot(
        _ launcher: Launcher, _ start: ContinuousClock.Instant, _ tally: inout CheckTally
    ) async throws(LaunchError) {
        tally.messages = settings.data.count
        for (index, data) in settings.data.enumerated() {
            // One fault is enough.
            guard !Task.isCancelled, tally.faults.isEmpty else { return }
            let message = SampleMessages.message(index + 1, data, time: time)
            let observer = CheckedProcess()
            let begun = ContinuousClock.now
            let process = try await launcher.launch(settings.specification(of: message), observer: observer)
            observer.run(process)
            say(start, .started(pid: process.pid, spawnTime: process.spawnTime))
            say(start, .sent("message \(index + 1) on stdin, the rest in PTR_*", bytes: Array(data.readableBytesView)))
            process.write(data)
            process.closeInput()
            let timer = observer.wait(settings.timeout, number: 0)
            defer { timer.cancel() }
            await follow(observer, process, index + 1, start, begun, &tally)
            process.killGroup()
            _ = await process.exit(within: .seconds(2))
            process.close()
        }
    }

    private func follow(
        _ observer: CheckedProcess, _ process: LaunchedProcess, _ number: Int, _ start: ContinuousClock.Instant,
        _ begun: ContinuousClock.Instant, _ tally: inout CheckTally
    ) async {
        var (output, errors) = (LogLines(), LogLines())
        for await event in observer.events {
            switch event {
            case .wrote(let bytes, let stream):
                let lines = stream == .errors ? errors.take(bytes) : output.take(bytes)
                for line in lines { say(start, .wrote(stream == .errors ? "stderr" : "stdout", line: line)) }
                observer.took(bytes.readableBytes)
            case .timeUp:
                let fault = "message \(number): it did not end within \(Text.duration(settings.timeout, .measured))"
                say(start, .fault(fault))
                tally.faults.append("\(fault); a oneshot worker ends when it is done with its message")
                return
            case .ended(let exit):
                for line in output.finish() { say(start, .wrote("stdout", line: line)) }
                for line in errors.finish() { say(start, .wrote("stderr", line: line)) }
                tally.slowest = max(tally.slowest ?? .zero, ContinuousClock.now - begun)
                return end(exit, number, start, &tally)
            }
        }
    }

    private func end(
        _ exit: ProcessExit, _ number: Int, _ start: ContinuousClock.Instant, _ tally: inout CheckTally
    ) {
        var ending = OneshotProtocol.Ending.crashed
        if case .exited(let status) = exit.cause { ending = OneshotProtocol.Ending(status: status) }
        let (outcome, words): (WorkerOutcome?, String) =
            switch ending {
            case .done: (.done, "message \(number) is done")
            case .failed: (.failed(""), "message \(number) failed, and is tried again")
            case .rejected: (.rejected(""), "message \(number) is rejected, a dead letter at once")
            case .unavailable: (.unavailable(""), "message \(number) is given back: what it needs is down")
            case .crashed: (nil, "a crash")
            }
        say(start, .ended(exit, ": \(words)", outcome?.mood ?? .bad))
        if let outcome {
            tally.add(outcome)
        } else {
            tally.faults.append(
                "message \(number): it \(exit), a crash; 0 is done, 75 failed, 65 rejected, 69 unavailable")
        }
    }

    private func say(_ start: ContinuousClock.Instant, _ kind: CheckStep.Kind) {
        note(CheckStep(at: ContinuousClock.now - start, kind: kind))
    }
}
