import ControlAPI
import Glibc
import ProgramKit
import Testing

@testable import ControlClient

@Suite("A socket that one may not connect to")
struct AccessTests {
    @Test("is explained with the group it is for, and the command that mends it")
    func sentences() {
        let denied = ControlClientError.accessDenied(socket: "/run/ptrd.sock", group: "ptrd-ctl")
        #expect(denied.message == "you may not connect to /run/ptrd.sock: that is for the group ptrd-ctl")
        let old = ControlClientError.groupNotInSession(socket: "/run/ptrd.sock", group: "ptrd-ctl")
        #expect(old.message.hasSuffix("you are in the group ptrd-ctl, but not in this session"))
        #expect(old.hint == "log in again, or begin a shell with `newgrp ptrd-ctl`")
        let missing = ControlClientError.groupMissing(socket: "/run/ptrd.sock", group: 4242)
        #expect(missing.message.hasSuffix("it belongs to the group 4242, which does not exist"))
        #expect(missing.hint?.contains("sudo groupadd --system --force ptrd-ctl") == true)
        for error in [denied, old, missing] { #expect(error.exitStatus == .denied) }
    }

    @Test("is looked up in the system's groups")
    func groups() {
        #expect(SystemGroup.name(of: 0) == "root")
        #expect(SystemGroup.name(of: 4_000_000_001) == nil)
        #expect(SystemGroup.hasMember(0, user: 0))
        #expect(!SystemGroup.hasMember(4_000_000_001, user: 0))
        #expect(SystemGroup.isOfProcess(getegid()))
        #expect(!SystemGroup.isOfProcess(4_000_000_001))
    }
}
