import Foundation
import Locking
import TestKit
import Testing

@testable import ptrctl

@Suite("The manual pages")
struct ManualPageTests {
    /// What the argument parser knows of a program, as far as it matters here.
    private struct Help: Decodable {
        let command: Command

        struct Command: Decodable {
            let commandName: String
            let subcommands: [Command]?
            let arguments: [Argument]?

            /// This one and all beneath it.
            var all: [Command] { [self] + (subcommands ?? []).flatMap(\.all) }
        }

        struct Argument: Decodable {
            let names: [Name]?
            let shouldDisplay: Bool

            struct Name: Decodable {
                let kind: String
                let name: String
            }
        }
    }

    private static let project = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    @Test("name every verb and every option", arguments: [("ptrctl", 1), ("ptrd", 8), ("ptrfeed", 1)])
    func complete(program: String, section: Int) async throws {
        let page = try String(
            contentsOf: Self.project.appending(path: "packaging/man/\(program).\(section)"), encoding: .utf8)
        // Not the words of the text only: `\-\-all` ends where the name does.
        let words = Set(page.components(separatedBy: CharacterSet(charactersIn: " \n\",[]()|")))
        let help = try JSONDecoder().decode(Help.self, from: try await dumpHelp(of: program))
        let commands = help.command.all.filter { $0.commandName != "help" }
        #expect(!commands.isEmpty)
        for command in commands {
            let name = command.commandName.replacing("-", with: "\\-")
            #expect(words.contains(name), "\(command.commandName)")
            for argument in command.arguments ?? [] where argument.shouldDisplay {
                for option in argument.names ?? [] {
                    let dashes = option.kind == "long" ? "\\-\\-" : "\\-"
                    let word = dashes + option.name.replacing("-", with: "\\-")
                    #expect(words.contains(word), "\(command.commandName) \(word)")
                }
            }
        }
    }

    private func dumpHelp(of program: String) async throws -> Data {
        let process = Process()
        process.executableURL = PseudoTerminal.products.appending(path: program)
        process.arguments = ["--experimental-dump-help"]
        let out = Pipe()
        process.standardOutput = out
        process.standardInput = FileHandle.nullDevice
        try process.run()
        return await SerialQueue("program").run {
            let data = out.fileHandleForReading.readDataToEndOfFile()
            process.waitUntilExit()
            return data
        }
    }
}
