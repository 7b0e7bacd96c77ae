import ControlAPI
import Foundation
import GRDB
import TestKit
import Testing

@Suite("An upgrade from version 0.1.0", .timeLimit(.minutes(2)))
struct UpgradeTests {
    /// The state with the positions of two streams of a feed on a port.
    private func state(port: Int) -> String {
        Version010.tables + """
            INSERT INTO checkpoint VALUES
                ('tweets-1', CAST('500' AS BLOB), 1795749712976294, 'http://127.0.0.1:\(port)/tweets/1'),
                ('tweets-2', CAST('700' AS BLOB), 1795749712976294, NULL);
            INSERT INTO dead_letter VALUES
                (3, 111, 'tweets-1', 11, 3, 'worker.1.4', 27, 1795749711976294, 'no', X'3131', NULL, X'6576656E74');
            """
    }

    @Test("resumes every stream where it was, keeps its dead letters, and after a restart repeats nothing")
    func upgrade() async throws {
        let scene = try Scene()
        let (feed, port) = try await scene.feed("--rate", "200", "--kill-every", "0", "--ids")
        let configuration = try scene.configure(port: port)
        let directory = scene.folder.appending(path: "state")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        let queue = try DatabaseQueue(path: directory.appending(path: "ptrd.sqlite").path)
        try await queue.write { try $0.execute(sql: state(port: port)) }
        try queue.close()

        var printed: [String] = []
        for _ in 0..<2 {
            let daemon = try await scene.daemon(configuration)
            await daemon.output.count(200)
            #expect(try await scene.control.status().storage?.storedDeadLetters == 1)
            daemon.signal(SIGTERM)
            #expect(await daemon.status == 0)
            printed += await daemon.output.toTheEnd
        }
        // `id_str` is 1500, the stream, and the position.
        for (stream, position) in [("1", 500), ("2", 700)] {
            let positions = printed.filter { $0.hasPrefix("1500\(stream)") }.compactMap { Int($0.dropFirst(5)) }
                .sorted()
            #expect(positions == Array(position + 1...position + positions.count))
            #expect(!positions.isEmpty)
        }
        await feed.end()
    }
}
