import AsyncHTTPClient
import Foundation
import Logging
import NIOCore

/// Sends the reports of one stream to the harness, one after the other: `POST callbackUrl/N`, N from 1 on.
actor CallbackSender {
    private let baseURL: String
    private let client: HTTPClient
    private let logger: Logger
    private var number = 0
    private var isClosed = false
    private var current: Task<Void, any Error>?

    init(baseURL: String, client: HTTPClient, logger: Logger) {
        self.baseURL = baseURL.hasSuffix("/") ? String(baseURL.dropLast()) : baseURL
        self.client = client
        self.logger = logger
    }

    /// Sends a report and waits for the answer. One call at a time.
    ///
    /// That the caller is cancelled does not break it off: a restart must not leave a gap in the numbers, for which the
    /// harness would wait.
    ///
    /// - Returns: whether the harness is still there to listen.
    func send(_ report: Report) async -> Bool {
        guard !isClosed else { return false }
        number += 1
        let number = number
        let task = Task { try await post(report, number: number) }
        current = task
        do {
            try await task.value
            return !isClosed
        } catch {
            if !isClosed { logger.warning("callback failed", metadata: ["number": "\(number)", "error": "\(error)"]) }
            isClosed = true
            return false
        }
    }

    /// Breaks off what is being sent, and sends no more.
    func close() {
        isClosed = true
        current?.cancel()
    }

    private func post(_ report: Report, number: Int) async throws {
        var request = HTTPClientRequest(url: "\(baseURL)/\(number)")
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/json")
        request.body = .bytes(ByteBuffer(bytes: try JSONEncoder().encode(report)))
        let response = try await client.execute(request, timeout: .seconds(10))
        // What the harness answers does not matter, but the connection is free only when it has been read.
        for try await _ in response.body {}
        logger.debug("callback", metadata: ["number": "\(number)", "kind": "\(report.kind)"])
    }
}
