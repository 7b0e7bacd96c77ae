import ControlAPI
import Testing

@testable import ControlClient

@Suite("Errors")
struct ErrorTests {
    @Test(
        "have one table of HTTP status and exit status",
        arguments: [
            (ErrorCode.badRequest, 400, ControlAPI.ExitStatus.usage), (.denied, 403, .denied),
            (.notFound, 404, .precondition),
            (.unknownRoute, 404, .badAnswer), (.methodNotAllowed, 405, .badAnswer), (.precondition, 409, .precondition),
            (.tooLarge, 413, .usage),
            (.rateLimited, 429, .badAnswer), (.internal, 500, .badAnswer), (.unavailable, 503, .badAnswer),
            (.timedOut, 504, .badAnswer),
        ])
    func table(code: ErrorCode, httpStatus: Int, exitStatus: ControlAPI.ExitStatus) {
        #expect(code.httpStatus == httpStatus)
        #expect(code.exitStatus == exitStatus)
    }

    @Test("of an unknown code count as a bad answer")
    func unknownCode() {
        #expect(ErrorCode(rawValue: "new").httpStatus == 500)
        #expect(ErrorCode(rawValue: "new").exitStatus == .badAnswer)
    }

    @Test("have each code in the table once")
    func tableIsComplete() {
        #expect(Set(ErrorCode.table.map(\.code)).count == ErrorCode.table.count)
    }

    @Test("are documents of the form {error: {code, message, hint}}")
    func document() throws {
        let response = ErrorResponse(ControlFailure(.precondition, "max is 8", hint: "raise [scaling] max"))
        let document = String(decoding: try ControlJSON.encode(response), as: UTF8.self)
        #expect(
            document == """
                {
                  "error" : {
                    "code" : "precondition",
                    "hint" : "raise [scaling] max",
                    "message" : "max is 8"
                  }
                }

                """)
        #expect(try ControlJSON.decode(ErrorResponse.self, from: document.utf8) == response)
    }

    @Test(
        "of the client end with the documented exit status",
        arguments: [
            (ControlClientError.notRunning(socket: "/s", socketExists: false), 3),
            (.notRunning(socket: "/s", socketExists: true), 3), (.accessDenied(socket: "/s", group: nil), 5),
            (.unusablePath(socket: "", problem: "it is empty"), 2), (.badAnswer(socket: "/s", problem: "?"), 4),
            (.timedOut(socket: "/s", after: .seconds(5)), 4), (.refused(ControlFailure(.denied, "no")), 5),
            (.refused(ControlFailure(.notFound, "no")), 6),
        ] as [(ControlClientError, Int32)])
    func clientExitStatus(error: ControlClientError, status: Int32) {
        #expect(error.exitStatus.rawValue == status)
    }

    @Test("of the client name the command that mends them")
    func hints() {
        let stopped = ControlClientError.notRunning(socket: ControlSocket.defaultPath, socketExists: false)
        #expect(stopped.message == "ptrd is not running: there is no socket at /run/ptrd.sock")
        #expect(
            stopped.hint?.hasPrefix("start it with `systemctl start ptrd`, or name another socket with --socket")
                == true)
        #expect(stopped.hint?.contains("systemctl reset-failed ptrd") == true)
        let denied = ControlClientError.accessDenied(socket: "/run/ptrd.sock", group: "operators")
        #expect(
            denied.hint == "join the group that may: `sudo usermod -aG operators $USER`, then log in again")
        #expect(ControlClientError.accessDenied(socket: "/s", group: nil).hint?.contains("-aG ptrd-ctl $USER") == true)
        #expect(ControlClientError.accessDenied(socket: "/s", group: "root").hint?.contains("sudo ptrctl") == true)
        let late = ControlClientError.timedOut(socket: "/s", after: .milliseconds(250))
        #expect(late.message == "ptrd did not answer on /s within 0.25 s")
    }
}
