import Measurement
import NIOCore
import WorkerProtocol

// What a frame to a worker and an answer of one cost, without the pipes between them: the medians of many rounds.

/// A tweet as the feeds of the demo and the tests have it, to so many bytes.
func tweet(_ size: Int) -> [UInt8] {
    let piece = #"{"id":1520137982,"text":"some words of a tweet","user":{"name":"somebody","followers":17}}"#
    var text = "[" + piece
    while text.utf8.count + piece.utf8.count + 2 <= size { text += "," + piece }
    return Array(text.utf8) + Array(repeating: UInt8(ascii: " "), count: size - text.utf8.count - 1)
        + [UInt8(ascii: "]")]
}

/// The nanoseconds of one of `count` equal things, by rounds of all of them.
func cost(of count: Int, _ round: () -> Void) -> Double {
    var samples = Samples()
    for index in 0..<105 {
        let time = ThreadClock.measure(round)
        if index >= 5 { samples.add(Double(time) / Double(count)) }
    }
    return samples.median
}

let count = 5000

func measureFrames() {
    for (name, data) in [
        ("frame, 225 B of JSON", tweet(225)), ("frame, 809 B of JSON", tweet(809)),
        ("frame, 2.2 kB of JSON", tweet(2200)),
        ("frame, 225 B of text", tweet(225).dropLast() + [UInt8(ascii: "\"")]),
    ] {
        let data = ByteBuffer(bytes: data)
        let (id, type) = (ByteBuffer(string: "438"), ByteBuffer(string: "update"))
        var (encoder, buffer) = (FrameEncoder(framing: .lines), ByteBuffer())
        var row = Row(name)
        row.add(
            cost(of: count) {
                for sequence in 0..<UInt64(count) {
                    if buffer.readableBytes > 1 << 16 { buffer.clear() }
                    encoder.append(
                        FrameMessage(
                            identity: .hash(high: sequence, low: sequence), stream: "tweets-1", type: type, data: data,
                            time: 1_795_793_617_120_456 + Int64(sequence), sequence: sequence, eventID: id),
                        to: &buffer)
                }
            })
        row.note("ns")
        row.print()
    }
}

func measureAnswers() {
    for (name, answer) in [
        ("answer, done", #"{"seq": %, "status": "done"}"#), ("answer, oldest done", #"{"status":"done"}"#),
        ("answer, failed", #"{"seq": %, "status": "failed", "reason": "no such user", "retry_after": 5}"#),
    ] {
        let size = 64 << 10
        var chunks = [ByteBuffer()]
        for sequence in 0..<count {
            if chunks[chunks.count - 1].readableBytes > size { chunks.append(ByteBuffer()) }
            let text = answer.split(separator: "%", omittingEmptySubsequences: false).joined(separator: "\(sequence)")
            chunks[chunks.count - 1].writeString(text + "\n")
        }
        var row = Row(name)
        row.add(
            cost(of: count) {
                var (reader, conversation) = (AnswerReader(framing: .lines), Conversation(prefetch: 8))
                var next: UInt64 = 0
                for _ in 0..<8 {
                    conversation.sent(next)
                    next += 1
                }
                do {
                    for chunk in chunks {
                        reader.take(chunk)
                        while let answer = try reader.next() {
                            _ = try conversation.take(answer)
                            conversation.sent(next)
                            next += 1
                        }
                    }
                } catch {
                    fatalError("\(error)")
                }
            })
        row.note("ns")
        row.print()
    }
}

measureFrames()
measureAnswers()
