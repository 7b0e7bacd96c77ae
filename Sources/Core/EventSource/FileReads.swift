import Dispatch
import NIOConcurrencyHelpers

/// Reads files for whoever waits, for as long as he waits. A file system that hangs takes one thread for each of its files, however
/// often somebody tries, and holds up nobody who reads another.
final class FileReads: Sendable {
    static let shared = FileReads()

    private struct File: Hashable {
        let path: String
        let limit: Int
    }

    private typealias Waiter = CheckedContinuation<Result<[UInt8], FileError>, Never>

    private struct State {
        /// Who waits for a file that is being read.
        var waiters: [File: [UInt64: Waiter]] = [:]
        /// The files that a thread reads.
        var reading: Set<File> = []
        var lastNumber: UInt64 = 0
    }

    private let state = NIOLockedValueBox(State())
    private let queue = DispatchQueue(label: "files of requests", attributes: .concurrent)

    /// Reads a file; one that is being read is not read once more.
    ///
    /// - Parameters:
    ///   - limit: how many bytes it may have.
    ///   - time: how long that may take. `nil`: as long as it does.
    /// - Throws: why it cannot be read, also when the time is over or the task is cancelled.
    nonisolated(nonsending) func bytes(
        of path: String, limit: Int, within time: Duration?
    ) async throws(FileError) -> [UInt8] {
        let file = File(path: path, limit: limit)
        let number = state.withLockedValue { state in
            state.lastNumber += 1
            return state.lastNumber
        }
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { (waiter: Waiter) in
                let isFirst = state.withLockedValue { state in
                    state.waiters[file, default: [:]][number] = waiter
                    return state.reading.insert(file).inserted
                }
                if isFirst { read(file) }
                if Task.isCancelled { end(number, of: file, "nobody waits for it any more") }
                guard let time else { return }
                queue.asyncAfter(deadline: .now() + .nanoseconds(Int(clamping: time.inNanoseconds))) { [self] in
                    end(number, of: file, "reading it takes longer than connect_timeout")
                }
            }
        } onCancel: {
            end(number, of: file, "nobody waits for it any more")
        }
        return try result.get()
    }

    private func read(_ file: File) {
        queue.async { [self] in
            let result: Result<[UInt8], FileError>
            do throws(FileError) {
                result = .success(try readFile(file.path, limit: file.limit))
            } catch {
                result = .failure(error)
            }
            let waiters = state.withLockedValue { state in
                state.reading.remove(file)
                return state.waiters.removeValue(forKey: file) ?? [:]
            }
            for waiter in waiters.values { waiter.resume(returning: result) }
        }
    }

    private func end(_ number: UInt64, of file: File, _ words: String) {
        state.withLockedValue { $0.waiters[file]?.removeValue(forKey: number) }?
            .resume(returning: .failure(FileError(description: words)))
    }
}
