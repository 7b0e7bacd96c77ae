import ControlAPI
import ControlClient
import Foundation
import NIOCore
import NIOPosix
import Testing

@Suite("A daemon that ends while it answers")
struct BrokenAnswerTests {
    /// Answers with these bytes and closes the connection.
    private final class Breaking: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer
        private let answer: String

        init(_ answer: String) {
            self.answer = answer
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: answer)), promise: nil)
            context.close(promise: nil)
        }
    }

    @Test(
        "is said to have ended, whatever was there of the answer, and never in the words of a library",
        arguments: [
            "", "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{",
        ])
    func ends(answer: String) async throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "ptr-\(UUID().uuidString.prefix(8)).sock")
            .path
        let server = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Breaking(answer))
                }
            }
            .bind(unixDomainSocketPath: path).get()
        defer { unlink(path) }
        let client = ControlClient(socket: path, timeout: .seconds(60))
        do throws(ControlClientError) {
            _ = try await client.status()
            Issue.record("it has answered")
        } catch {
            #expect(error == .brokeOff(socket: path))
            #expect(error.exitStatus == .badAnswer)
            #expect(error.message == "ptrd has ended, or closed the connection on \(path), while it answered")
        }
        try await server.close().get()
    }

    @Test("is sought where the variable says, else at the system's place, else at the user's own")
    func find() {
        func find(_ environment: [String: String], _ existing: String...) -> String {
            ControlSocket.find(environment: { environment[$0] }, exists: { existing.contains($0) })
        }
        let user = ["XDG_RUNTIME_DIR": "/run/user/1000"]
        let own = "/run/user/1000/ptrd.sock"
        #expect(find([:]) == "/run/ptrd.sock")
        #expect(find(["PTRD_SOCKET": "/tmp/s"].merging(user) { $1 }, own) == "/tmp/s")
        #expect(find(user, "/run/ptrd.sock", own) == "/run/ptrd.sock")
        #expect(find(user, own) == own)
        #expect(find(user) == "/run/ptrd.sock")
        #expect(find(["PTRD_SOCKET": "", "XDG_RUNTIME_DIR": "relative"], "relative/ptrd.sock") == "/run/ptrd.sock")
    }
}
