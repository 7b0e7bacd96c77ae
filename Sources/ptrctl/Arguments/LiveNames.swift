import ArgumentParser
import ControlClient
import Glibc

/// Completions that the daemon knows: names of streams and of what can be crashed. They come quickly or not at all, and
/// without a word: the user is in the middle of a line.
enum LiveNames {
    /// How long the daemon may take. Tests, which are in no hurry, set it.
    @TaskLocal static var patience: Duration = .milliseconds(400)

    /// The names of the streams.
    static let streams = names { client, _ in try await client.answer(to: StreamsRequest()).streams.map(\.name) }

    /// What `ptrctl crash TARGET` can be given besides, by the target on the line.
    static let crashTargets = names { client, words in
        var names: [String]?
        if words.contains(CrashTarget.worker.rawValue) {
            names = try? await client.answer(to: WorkersRequest()).workers.map(\.id)
        } else if words.contains(CrashTarget.directSupervisor.rawValue) {
            names = try? await client.answer(to: TopRequest()).supervisors.map(\.id)
        } else if words.contains(CrashTarget.receiver.rawValue) {
            names = try? await client.answer(to: StreamsRequest()).streams.map(\.name)
        }
        return ["random"] + (names ?? [])
    }

    /// The numbers of the last crashes.
    static let crashes = names { client, _ in try await client.answer(to: CrashesRequest()).crashes.map { "\($0.id)" } }

    /// The numbers of dead letters.
    static let deadLetters = names { client, _ in
        try await client.answer(to: DeadLettersRequest(limit: 50)).deadLetters.map { "\($0.id)" }
    }

    /// Names that could break the line, or the shell's list, are left out.
    private static func names(
        _ ask: @escaping @Sendable (ControlClient, [String]) async throws -> [String]
    ) -> CompletionKind {
        .custom { words, _, prefix in
            let names = (try? await ask(client(words), words)) ?? []
            return names.filter { name in
                name.hasPrefix(prefix) && Text.printable(name) == name
                    && !name.contains { $0.isWhitespace || $0 == ":" }
            }
        }
    }

    /// By the socket that the line names so far, as the verb itself would find it.
    private static func client(_ words: [String]) -> ControlClient {
        var named: String?
        for (word, next) in zip(words, words.dropFirst()) where word == "--socket" { named = next }
        for word in words where word.hasPrefix("--socket=") { named = String(word.dropFirst("--socket=".count)) }
        let found = ControlSocket.find { name in getenv(name).map { String(cString: $0) } }
        return ControlClient(socket: named ?? found, timeout: patience)
    }
}
