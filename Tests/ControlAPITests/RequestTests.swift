import ProgramKit
import Testing

@testable import ControlAPI

@Suite("Requests")
struct RequestTests {
    @Test("to scale are a target or the mode auto, in both directions")
    func scale() throws {
        for request in [ScaleRequest.target(5), .auto] {
            #expect(try ControlJSON.decode(ScaleRequest.self, from: try ControlJSON.encode(request)) == request)
        }
        #expect(try ControlJSON.decode(ScaleRequest.self, from: #"{"target": 5}"#.utf8) == .target(5))
        #expect(try ControlJSON.decode(ScaleRequest.self, from: #"{"mode": "auto"}"#.utf8) == .auto)
    }

    @Test(
        "to scale that are wrong are refused in words",
        arguments: [
            (#"{}"#, #"give either "target" (a whole number) or "mode": "auto""#),
            (#"{"target": 5, "mode": "auto"}"#, #"give either "target" (a whole number) or "mode": "auto""#),
            (#"{"target": "five"}"#, "target: expected a whole number"),
            (#"{"mode": "manual"}"#, #"mode: "manual" is no mode to ask for; the only one is "auto""#),
            (#"{"taget": 5}"#, #"unknown key "taget"; the keys are target, mode"#),
            (#"[5]"#, "expected an object"),
        ])
    func wrongScale(document: String, problem: String) {
        let fault = #expect(throws: JSONFault.self) {
            try ControlJSON.decode(ScaleRequest.self, from: document.utf8)
        }
        #expect(fault?.description == problem)
    }

    @Test(
        "that are no JSON, or no whole number, are refused",
        arguments: ["{\"target\": ", "", "{\"target\": 5.5}", "\u{0}"])
    func noJSON(document: String) {
        #expect(throws: JSONFault.self) {
            try ControlJSON.decode(ScaleRequest.self, from: document.utf8)
        }
    }

    @Test("to crash name a part of the tree, and one of its kind or none")
    func crash() throws {
        let request = CrashRequest(target: .worker, id: "worker.1.2")
        #expect(
            try ControlJSON.decode(CrashRequest.self, from: #"{"target": "worker", "id": "worker.1.2"}"#.utf8)
                == request)
        #expect(
            try ControlJSON.decode(CrashRequest.self, from: #"{"target": "flow-manager"}"#.utf8)
                == CrashRequest(target: .flowManager))
    }

    @Test("to send a signal name one of those that may be sent, and a worker")
    func signal() throws {
        let request = CrashRequest(target: .worker, id: "worker.1.2", signal: "SEGV")
        #expect(
            try ControlJSON.decode(
                CrashRequest.self, from: #"{"target": "worker", "id": "worker.1.2", "signal": "SEGV"}"#.utf8) == request
        )
        #expect("\(request)" == #"crash worker "worker.1.2" by SIGSEGV"#)
        for signal in CrashRequest.signals { #expect(SignalName.number(of: signal) != nil, "\(signal)") }
        for (body, said) in [
            (
                #"{"target": "worker", "signal": "SIGSEGV"}"#,
                #"signal: "SIGSEGV" is no signal to send; these are: HUP,"#
            ),
            (#"{"target": "receiver", "signal": "KILL"}"#, "signal: is for a worker only"),
        ] {
            let fault = #expect(throws: JSONFault.self) {
                try ControlJSON.decode(CrashRequest.self, from: body.utf8)
            }
            #expect(fault?.description.hasPrefix(said) == true, "\(fault?.description ?? "")")
        }
    }

    @Test("to crash something else are refused with the names there are")
    func crashUnknown() {
        let fault = #expect(throws: JSONFault.self) {
            try ControlJSON.decode(CrashRequest.self, from: #"{"target": "kernel"}"#.utf8)
        }
        #expect(
            fault?.description == """
                target: "kernel" is no part of the tree that can be crashed; these are: worker, direct-supervisor, \
                main-supervisor, flow-manager, receiver
                """)
    }

    @Test("to be carried out are called by what they ask, with names in quotes, for the log")
    func descriptions() {
        #expect("\(PauseRequest(stream: "a\n", forSeconds: 60))" == #"pause "a\n" for 60.0 s"#)
        #expect("\(ResumeRequest())" == "resume")
        #expect("\(LogLevelRequest(level: "debug"))" == #"log-level "debug""#)
        let selection = DeadLetterSelection(ids: Array(1...25), stream: "a", text: "\"", limit: 5)
        #expect(
            "\(PurgeRequest(selection: selection, dryRun: true))"
                == "purge dead letters 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20 and 5 more"
                + #" of stream "a" with "\"", at most 5 (dry run)"#)
        #expect("\(ReplayRequest(selection: DeadLetterSelection(all: true)))" == "replay all dead letters")
    }

    @Test("in one line are one line, whatever they hold")
    func oneLine() throws {
        let line = try ControlJSON.encodeLine(PauseRequest(stream: "a\nb\r\u{2028}"))
        #expect(!line.contains(UInt8(ascii: "\n")) && !line.contains(UInt8(ascii: "\r")))
        #expect(try ControlJSON.decode(PauseRequest.self, from: line).stream == "a\nb\r\u{2028}")
    }
}
