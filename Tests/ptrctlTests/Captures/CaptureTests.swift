import ControlAPI
import Foundation
import Testing

@testable import ptrctl

/// What is on the terminal, kept as text under docs/terminal: `PTR_RECORD=1` writes it anew, to be looked at.
@Suite("On the terminal")
struct CaptureTests {
    /// A terminal and a daemon.
    struct Scene: Sendable, CustomTestStringConvertible {
        let name: String
        let columns: Int
        let rows: Int
        var plane: @Sendable () -> FixedPlane = { .down }
        var environment: [String: String] = ["NO_COLOR": "1", "TERM": "xterm"]
        var isGone = false
        var options: [String] = []

        var testDescription: String { file }
        var file: String { "\(name)-\(columns)x\(rows).txt" }
    }

    static let scenes: [Scene] =
        [(80, 24), (40, 10)].flatMap { columns, rows in
            [
                Scene(name: "well", columns: columns, rows: rows) { .well },
                Scene(name: "processes", columns: columns, rows: rows) { .processes },
                Scene(name: "down", columns: columns, rows: rows),
                Scene(name: "gone", columns: columns, rows: rows, isGone: true),
                Scene(
                    name: "ascii", columns: columns, rows: rows,
                    environment: ["NO_COLOR": "1", "TERM": "xterm", "LC_ALL": "C"]),
            ]
        } + [Scene(name: "colour", columns: 80, rows: 24, environment: ["TERM": "xterm"], options: ["--color=always"])]

    /// What is asked, one after another.
    static let questions: [[String]] = [
        ["status"], ["check"], ["streams"], ["workers"], ["tree"], ["events"], ["explain", "scale"],
        ["explain", "crash"], ["explain", "crash", "-n", "5"], ["tap", "-n", "2"], ["dead-letters", "list"], ["reload"],
    ]

    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "docs/terminal")

    // The line of `check` is one line by the rules of those who read it.
    @Test("every picture is as it was looked at, and no line is wider than the terminal", arguments: scenes)
    func picture(scene: Scene) async throws {
        let text = try await capture(scene)
        for line in text.split(separator: "\n") where !line.hasPrefix("$ ") && !line.contains(" | in_flight=") {
            #expect(Text.width(String(line)) <= scene.columns, "\(line)")
        }
        let file = Self.folder.appending(path: scene.file)
        if ProcessInfo.processInfo.environment["PTR_RECORD"] == "1" {
            try FileManager.default.createDirectory(at: Self.folder, withIntermediateDirectories: true)
            try text.write(to: file, atomically: true, encoding: .utf8)
        }
        let kept = try String(contentsOf: file, encoding: .utf8)
        let (lines, keptLines) = (text.components(separatedBy: "\n"), kept.components(separatedBy: "\n"))
        #expect(lines == keptLines)
    }

    @Test(
        "what is wrong is to be seen at any size", arguments: scenes.filter { $0.name == "down" || $0.name == "ascii" })
    func problem(scene: Scene) async throws {
        let pictures = try await capture(scene).components(separatedBy: "$ ptrctl ").dropFirst()
        for picture in pictures where picture.hasPrefix("status") || picture.hasPrefix("top") {
            let beginning = picture.split(separator: "\n").dropFirst().prefix(9).joined(separator: " ")
            #expect(beginning.contains("refused"), "\(picture)")
        }
    }

    private func capture(_ scene: Scene) async throws -> String {
        let pages = Script<String>()
        let plane = scene.plane()
        try await withDaemon(plane) { socket in
            for question in Self.questions where !scene.isGone {
                let arguments = question + scene.options
                let outcome = await ptrctl(
                    arguments + ["--socket", socket], environment: scene.environment, isTerminal: true,
                    columns: scene.columns)
                pages.note(
                    "$ ptrctl \(arguments.joined(separator: " "))\n\(outcome.out)\n"
                        + (outcome.err.isEmpty ? "\n" : "\(outcome.err)\n\n"))
            }
        }
        let size = ScreenSize(columns: scene.columns, rows: scene.rows)
        let isColoured = scene.options == ["--color=always"]
        let style = Style(
            colours: isColoured, columns: scene.columns, isASCII: scene.environment["LC_ALL"] == "C", clock: .example,
            isTerminal: true)
        let silence = Silence(
            age: .seconds(4), error: .notRunning(socket: ControlSocket.defaultPath, socketExists: false))
        func draw(_ frame: [String]) -> String {
            let lines = scene.isGone ? silence.cover(frame, size, style) : frame
            #expect(lines.count <= scene.rows)
            return lines.map { style.spelled($0) }.joined(separator: "\n") + "\n\n"
        }
        var top = TopScreen(top: await plane.top(), style: style)
        var tree = TreeScreen(document: await plane.tree(), style: style)
        pages.note("$ ptrctl top\n" + draw(top.frame(size)))
        pages.note("$ ptrctl tree --watch\n" + draw(tree.frame(size)))
        return pages.all.joined()
    }
}
