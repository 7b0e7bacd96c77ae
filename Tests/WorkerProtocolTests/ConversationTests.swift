import NIOCore
import Testing
import WorkerProtocol

@Suite("What a worker owes")
struct ConversationTests {
    /// What the last line means, after those before it.
    private func meaning(
        _ conversation: inout Conversation, _ lines: String...
    ) throws -> Meaning {
        var last = Meaning.ready
        for answer in try answers(lines.map { $0 + "\n" }.joined()) { last = try conversation.take(answer) }
        return last
    }

    private func resolution(
        frame: UInt64, place: Int = 0, _ part: Resolution.Part, completesFrame: Bool = true
    ) -> Meaning {
        .answered(Resolution(frame: frame, place: place, part: part, completesFrame: completesFrame))
    }

    @Test("is answered for in any order, and a late one counts as out of order")
    func anyOrder() throws {
        var conversation = Conversation(prefetch: 3)
        for sequence in [7, 8, 9] as [UInt64] { conversation.sent(sequence) }
        #expect(!conversation.hasRoom && conversation.framesInHand == 3 && conversation.oldestFrame == 1)
        #expect(
            try meaning(&conversation, #"{"seq":8,"status":"done"}"#)
                == resolution(frame: 2, place: 1, .message(0, .done)))
        #expect(conversation.answersOutOfOrder == 1 && conversation.oldestFrame == 1)
        #expect(try meaning(&conversation, #"{"seq":7,"status":"done"}"#) == resolution(frame: 1, .message(0, .done)))
        #expect(conversation.oldestFrame == 3)
        #expect(
            try meaning(&conversation, #"{"seq":9,"status":"rejected","reason":"r"}"#)
                == resolution(frame: 3, .message(0, .rejected("r"))))
        #expect(conversation.framesInHand == 0 && conversation.answersOutOfOrder == 1 && conversation.answers == 3)
    }

    @Test("is answered for from the oldest on, when no number is given")
    func oldest() throws {
        var conversation = Conversation(prefetch: 3)
        conversation.sent(7)
        conversation.sent(batch: [8, 9])
        #expect(try meaning(&conversation, #"{"status":"done"}"#) == resolution(frame: 1, .rest(.done)))
        #expect(conversation.oldestIsBatch == true)
        #expect(
            try meaning(&conversation, #"{"status":"failed","reason":"r"}"#)
                == resolution(frame: 2, .rest(.failed("r"))))
    }

    @Test("of a batch is answered for one by one, and the rest at once")
    func batch() throws {
        var conversation = Conversation(prefetch: 1)
        #expect(conversation.nextFrame == 1)
        #expect(conversation.sent(batch: [30, 10, 20]) == 1)
        #expect(
            try meaning(&conversation, #"{"seq":10,"status":"failed","reason":"r"}"#)
                == resolution(frame: 1, .message(1, .failed("r")), completesFrame: false))
        #expect(conversation.answersOutOfOrder == 1 && conversation.messagesInHand == 2 && !conversation.hasRoom)
        #expect(
            try meaning(&conversation, #"{"frame":1,"status":"done"}"#) == resolution(frame: 1, .rest(.done)))
        #expect(conversation.messagesInHand == 0 && conversation.hasRoom)
    }

    @Test("of a batch is nothing any more when the last of it is answered for")
    func lastOfBatch() throws {
        var conversation = Conversation(prefetch: 1)
        conversation.sent(batch: [1, 2])
        #expect(
            try meaning(&conversation, #"{"seq":1,"status":"done"}"#, #"{"seq":2,"status":"done"}"#)
                == resolution(frame: 1, .message(1, .done)))
        #expect(conversation.framesInHand == 0 && conversation.answersOutOfOrder == 0)
    }

    @Test("of a batch can be a part, in the order of the batch")
    func partial() throws {
        var conversation = Conversation(prefetch: 1)
        conversation.sent(batch: 1...5)
        #expect(
            try meaning(
                &conversation, #"{"seq":2,"status":"done"}"#,
                #"{"frame":1,"status":"partial","rejected":[{"seq":5,"reason":"e"}],"failed":[{"seq":1,"reason":"a"}]}"#
            )
                == resolution(frame: 1, .exceptions([.init(0, .failed("a")), .init(4, .rejected("e"))])))
        #expect(conversation.framesInHand == 0)
    }

    @Test("is worked on, which says of which frame")
    func progress() throws {
        var conversation = Conversation(prefetch: 2)
        conversation.sent(1)
        conversation.sent(batch: [2, 3])
        #expect(try meaning(&conversation, #"{"progress":1}"#) == .progress(place: 0))
        #expect(try meaning(&conversation, #"{"progress":3}"#) == .progress(place: 1))
        #expect(try meaning(&conversation, #"{"log":{"level":"error","message":"m"}}"#) == .log(.error, "m"))
        #expect(conversation.answers == 0 && conversation.framesInHand == 2)
    }

    @Test("is never more than it was ready for, nor than was configured")
    func ready() throws {
        for (said, allowed) in [(2, 2), (4, 4), (9, 4)] {
            var conversation = Conversation(prefetch: 4)
            #expect(try meaning(&conversation, #"{"ready":1,"prefetch":\#(said),"heartbeat":true}"#) == .ready)
            #expect(conversation.prefetch == allowed && conversation.hasHeartbeat && conversation.isReady)
        }
    }

    @Test(
        "is not answered for by what makes no sense",
        arguments: [
            (#"{"seq":3,"status":"done"}"#, "message 3, which it does not have"),
            (#"{"seq":1,"status":"done"}"#, "message 1 twice"), (#"{"progress":1}"#, "message 1 twice"),
            (#"{"seq":11,"status":"done"}"#, "message 11 twice"), (#"{"progress":11}"#, "message 11 twice"),
            (#"{"progress":99}"#, "message 99, which it does not have"),
            (#"{"frame":1,"status":"done"}"#, "frame 1, which it does not have"),
            (#"{"frame":4,"status":"done"}"#, "frame 4, all of which was answered for"),
            (#"{"frame":77,"status":"partial"}"#, "frame 77, which it does not have"),
            (#"{"frame":3,"status":"partial","failed":[{"seq":2}]}"#, "message 2, which is not in frame 3"),
            (#"{"frame":3,"status":"partial","failed":[{"seq":11}]}"#, "message 11 twice"),
            (#"{"ready":1}"#, "ready after its first answer"),
        ])
    func senseless(text: String, words: String) throws {
        var conversation = Conversation(prefetch: 4)
        conversation.sent(1)
        conversation.sent(2)
        conversation.sent(batch: [10, 11])
        conversation.sent(batch: [20])
        for done in [#"{"seq":1,"status":"done"}"#, #"{"seq":11,"status":"done"}"#, #"{"frame":4,"status":"done"}"#] {
            _ = try meaning(&conversation, done)
        }
        #expect { try meaning(&conversation, text) } throws: { "\($0)".contains(words) }
        #expect(conversation.messagesInHand == 2)
    }

    @Test("is nothing when nothing was given, nor may it be ready twice")
    func nothing() throws {
        var conversation = Conversation(prefetch: 1)
        #expect { try meaning(&conversation, #"{"status":"done"}"#) } throws: { "\($0)".contains("nothing in hand") }
        #expect { try meaning(&conversation, #"{"ready":1}"#, #"{"ready":1}"#) } throws: {
            "\($0)".contains("twice that it is ready")
        }
    }

    @Test("is known for long after many others")
    func many() throws {
        var conversation = Conversation(prefetch: 8)
        for sequence in 1...1000 as ClosedRange<UInt64> {
            conversation.sent(sequence)
            #expect(
                try conversation.take(.outcome(.done, of: .message(sequence)))
                    == resolution(frame: sequence, .message(0, .done)))
        }
        #expect(throws: ProtocolFault.self) { try conversation.take(.outcome(.done, of: .message(1000))) }
        #expect(throws: ProtocolFault.self) { try conversation.take(.outcome(.done, of: .message(1))) }
    }
}
