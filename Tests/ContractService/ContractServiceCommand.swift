import ArgumentParser
import Foundation
import Logging
import NIOCore
import ServiceLifecycle

/// The command line: `ContractService [PORT]`.
@main
struct ContractServiceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ContractService",
        abstract: "Puts the event-stream client behind the REST interface of the SSE contract-test harness.",
        discussion: """
            It listens on 127.0.0.1, prints the address once it does, and ends with DELETE / or a signal.

            Example:
              ContractService 8000 & sse-contract-tests --url http://localhost:8000 --stop-service-at-end
            """)

    @Argument(help: "The port to listen on; 0 lets the system choose.")
    var port: Int?

    @Option(name: .customLong("port"), help: "The same, as an option.")
    var portOption: Int?

    @Flag(help: "Log connections and callbacks to standard error.")
    var verbose = false

    func validate() throws {
        for port in [port, portOption] where port.map({ !(0...65535 ~= $0) }) ?? false {
            throw ValidationError("a port is a number from 0 to 65535")
        }
    }

    func run() async throws {
        var logger = Logger(label: "ContractService", factory: StreamLogHandler.standardError(label:))
        logger.logLevel = verbose ? .debug : .warning
        let server = ContractServer(port: portOption ?? port ?? 8000, logger: logger)
        do {
            try await server.run(signals: [.sigterm, .sigint]) { port in
                // Past the buffer of standard output: whoever started us waits for the line.
                try? FileHandle.standardOutput.write(contentsOf: Data("listening on http://127.0.0.1:\(port)\n".utf8))
            }
        } catch let error as IOError {
            logger.critical("cannot listen", metadata: ["port": "\(server.port)", "error": "\(error)"])
            throw ExitCode.failure
        }
    }
}
