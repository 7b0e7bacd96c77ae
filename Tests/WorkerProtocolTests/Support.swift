import NIOCore
import WorkerProtocol

extension FrameMessage {
    /// A message about which nothing matters but what is given.
    static func example(
        _ sequence: UInt64 = 485, data: some Collection<UInt8> = Array(#"{"n":1}"#.utf8), type: String? = nil,
        eventID: String = "438", key: String? = nil
    ) -> FrameMessage {
        FrameMessage(
            identity: .text("tweets-1/438"), stream: "tweets-1", type: type.map { ByteBuffer(string: $0) },
            data: ByteBuffer(bytes: data), time: 1_795_793_617_120_456, sequence: sequence,
            eventID: ByteBuffer(string: eventID), attempt: 1, key: key.map { ByteBuffer(string: $0) })
    }
}

/// The answers in a text that comes in one piece, and its end.
func answers(
    _ text: String, framing: Framing = .lines, maximumAnswerBytes: Int = 1 << 20
) throws(ProtocolFault) -> [WorkerAnswer] {
    var reader = AnswerReader(framing: framing, maximumAnswerBytes: maximumAnswerBytes)
    var answers: [WorkerAnswer] = []
    reader.take(ByteBuffer(string: text))
    while let answer = try reader.next() { answers.append(answer) }
    try reader.finish()
    return answers
}

/// Text with its length before it.
func framed(_ text: String) -> [UInt8] {
    withUnsafeBytes(of: UInt32(text.utf8.count).bigEndian, Array.init) + Array(text.utf8)
}
