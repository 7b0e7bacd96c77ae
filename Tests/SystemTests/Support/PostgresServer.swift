import Foundation
import Testing

/// A server of Debian's Postgres, of its own user, in a folder of its own, which listens on a socket there only.
final class PostgresServer: Sendable {
    let folder: URL

    /// The programs of the newest version that is installed.
    private static let programs: String? = {
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: "/usr/lib/postgresql")) ?? []
        return versions.compactMap(Int.init).max().map { "/usr/lib/postgresql/\($0)/bin" }
    }()

    /// Whether there is one here, and what Python speaks with it.
    static let isAvailable =
        programs.map { FileManager.default.isExecutableFile(atPath: "\($0)/initdb") } == true
        && getpwnam("postgres") != nil
        && FileManager.default.fileExists(atPath: "/usr/lib/python3/dist-packages/psycopg")

    private let server: Program

    /// Starts one, with an empty database `ptrd`.
    init() async throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "ptr-postgres-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let user = try #require(getpwnam("postgres")?.pointee)
        #expect(chown(folder.path, user.pw_uid, user.pw_gid) == 0)
        let data = folder.appending(path: "data").path
        let made = try await Self.program("initdb", "-D", data, "-A", "trust", "-U", "ptrd", "--no-sync").outcome
        try #require(made.status == 0, "\(made)")
        server = try Self.program("postgres", "-D", data, "-k", folder.path, "-c", "listen_addresses=", "-F")
        try #require(
            await server.errors.first(containing: "ready to accept connections") != nil, "\(server.errors.all)")
        let database = try await Self.program("createdb", "-h", folder.path, "-U", "ptrd", "ptrd").outcome
        try #require(database.status == 0, "\(database)")
    }

    // A test that failed leaves none behind.
    deinit {
        if !server.hasEnded { server.signal(SIGQUIT) }
        try? FileManager.default.removeItem(at: folder)
    }

    /// The rows of an answer.
    func query(_ text: String) async throws -> [String] {
        let outcome = try await Self.program("psql", "-h", folder.path, "-U", "ptrd", "-At", "-c", text, "ptrd").outcome
        #expect(outcome.status == 0, "\(outcome)")
        return outcome.lines
    }

    func stop() async {
        server.signal(SIGINT)
        #expect(await server.status == 0)
    }

    private static func program(_ name: String, _ arguments: String...) throws -> Program {
        try Program(
            executable: URL(filePath: "/usr/bin/setpriv"),
            ["--reuid", "postgres", "--regid", "postgres", "--init-groups", "--", "\(programs ?? "")/\(name)"]
                + arguments)
    }
}
