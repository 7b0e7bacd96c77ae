import Handlers
import Measurement
import NIOCore
import Pipeline
import Templates
import Writing

// What it costs to print: hands of 128 messages through the handler's body, the writer and its thread to /dev/null, by the
// processor time of the whole process; and beside it what of that is the making of the lines, which no writer takes.

/// A tweet of about so many bytes, as the feeds of the demo have it; each one has other numbers.
func tweet(_ size: Int, _ number: Int, text: String) -> String {
    let id = 1_520_137_982 + number * 7919
    let head = """
        {"message":{"event":"message","tweet":{"created_at":"Sat Nov 28 03:16:11 +0000 2026","id":\(id),"id_str":"\(id)",\
        "text":"\(text)","truncated":false,"in_reply_to_status_id":null,"in_reply_to_user_id":null,"lang":"de",\
        "retweet_count":\(number % 1000),"favorited":\(number % 3 == 0),"coordinates":null,"place":null,\
        "user":{"id":\(id / 31),"screen_name":"somebody\(number % 97)","name":"Some Body","followers_count":\(number),\
        "verified":false,"location":null,"time_zone":"Bern","utc_offset":3600,"url":"https://example.org/\(number)",\
        "profile_background_color":"C0DEED"}
        """
    let tail = #"},"unix_timestamp_100us":\#(17_957_936_171_204 + number)}}"#
    let piece =
        #","entities\#(number % 10)":{"hashtags":[{"text":"hashtag","indices":[17,25]}],"urls":[],"user_mentions":[],"#
        + #""media":{"url":"https://example.org/media/\#(number)/picture.jpg","type":"photo","sizes":{"w":1024,"h":768}}}"#
    var text = head
    while text.utf8.count + piece.utf8.count + tail.utf8.count < size { text += piece }
    let rest = size - text.utf8.count - tail.utf8.count - #","pad":"""#.utf8.count
    if rest > 0 { text += #","pad":""# + String(repeating: "x", count: rest) + "\"" }
    return text + tail
}

let handSize = 128
let words = "some words of a tweet, and a few more of them so that it is long enough"
let cyrillic = "несколько слов одного сообщения, и ещё немного, чтобы хватило"

func hands(_ size: Int, _ text: String) -> [[Message]] {
    (0..<16).map { hand in
        (0..<handSize).map { place in
            let number = hand * handSize + place
            return Message(
                Event(id: ByteBuffer(string: "\(number)"), data: ByteBuffer(string: tweet(size, number, text: text))),
                sequence: UInt64(number))
        }
    }
}

/// Takes no line.
struct NoOutput: PrintOutput {
    func print(_ lines: PrintedLines, of hand: Hand) async -> [Int: any Error] { [:] }
}

/// Nanoseconds a message of the whole process.
func cost(_ handler: PrintHandler, _ hands: [[Message]]) async throws -> Double {
    let body = handler.makeBody(of: WorkerHandle(name: "worker.1.1"))
    var samples = Samples()
    for round in 0..<55 {
        let begin = ProcessClock.now
        for messages in hands {
            try await body.handle(Hand(messages, worker: "worker.1.1") { _ in })
        }
        if round >= 5 { samples.add(Double(ProcessClock.now - begin) / Double(hands.count * handSize)) }
    }
    return samples.median
}

let formats: [(name: String, format: LineFormat)] = [
    ("as it came", .rawData),
    ("template", LineFormat(try Template("{message.tweet.user.screen_name}: {message.tweet.text}")) { _ in 0 }),
]
let path = CommandLine.arguments.dropFirst().first ?? "/dev/null"
for size in [809, 2200] {
    for (name, text) in [("ASCII", words), ("Cyrillic", cyrillic)] {
        let hands = hands(size, text)
        for (format, line) in formats {
            var row = Row("\(size) B, \(name)")
            row.note(format)
            row.add(try await cost(PrintHandler(to: NoOutput(), format: line), hands))
            let sink = DescriptorSink<PrintedLine>(try .open(path: path), breaks: true)
            let writer = BoundedWriter<PrintedLine>(name: "printer", sink: sink)
            let life = Task { try await writer.run() }
            row.add(try await cost(PrintHandler(to: WriterOutput(writer), format: line), hands))
            await writer.close()
            _ = await life.result
            row.note("ns a message: its line, and printed to \(path)")
            row.print()
        }
    }
}
