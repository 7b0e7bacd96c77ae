import EventSource
import Measurement
import NIOCore
import Pipeline
import Templates
import TreeParts

// What it costs that an event does not pass a filter: to tell so, the parser's cost of the same event beside it, and all of the way
// from a source through the intake until it is settled.

/// A tweet of so many bytes, with its language in the first half.
func tweet(_ size: Int) -> String {
    let head =
        #"{"message":{"tweet":{"created_at":"Sat Nov 28 03:16:11 +0000 2026","id":1520137982,"id_str":"1520137982","lang":"de","#
        + #""text":"some words of a tweet, and \"more\" of them","truncated":false,"retweet_count":17,"user":{"id":42,"#
        + #""screen_name":"somebody","name":"Some Body","followers_count":4711,"verified":false,"location":null},"entities":"#
    let entity = #"{"text":"hashtag","indices":[17,25]}"#
    let tail = #"]}},"unix_timestamp_100us":17957936171204}}"#
    var entities = "[" + entity
    while head.utf8.count + entities.utf8.count + entity.utf8.count + tail.utf8.count + 14 < size {
        entities += "," + entity
    }
    let rest = size - head.utf8.count - #"{"hashtags":"#.utf8.count - entities.utf8.count - tail.utf8.count - 9
    let padding = rest > 0 ? #","pad":""# + String(repeating: "x", count: rest) + #"""# : ""
    return head + #"{"hashtags":"# + entities + "]" + padding + tail.dropFirst()
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

func telling(_ condition: String, _ data: String) throws -> Double {
    var evaluator = FilterEvaluator(try Filter(condition))
    let (bytes, name) = (ByteBuffer(string: data), ByteBuffer(string: "message"))
    return cost(of: count) {
        for _ in 0..<count {
            let verdict = bytes.withUnsafeReadableBytes { bytes in
                name.withUnsafeReadableBytes { name in
                    evaluator.judge(bytes, type: name, id: name, stream: name)
                }
            }
            precondition(verdict == .fails)
        }
    }
}

func parsing(_ data: String) -> Double {
    var stream = ByteBuffer()
    for number in 0..<count { stream.writeString("id: \(number)\ndata: \(data)\n\n") }
    return cost(of: count) {
        var parser = EventStreamParser()
        var events: [EventStreamEvent] = []
        do {
            var rest = stream
            while let chunk = rest.readSlice(length: min(64 << 10, rest.readableBytes)), chunk.readableBytes > 0 {
                events.removeAll(keepingCapacity: true)
                try parser.parse(chunk, into: &events)
            }
        } catch {
            fatalError("\(error)")
        }
    }
}

let condition = #"message.tweet.lang == "en""#
for size in [809, 2200] {
    let data = tweet(size)
    var row = Row("filter, \(data.utf8.count) B")
    row.add(try telling(condition, data))
    row.add(
        try telling(condition + #" || message.tweet.user.followers_count > 5000 && exists(message.tweet.quoted)"#, data)
    )
    row.add(try telling(#"@event == "update" && "# + condition, data))
    row.add(parsing(data))
    row.note("ns: one field, three, the event's type; the parser")
    row.print()
}
for size in [809, 2200] {
    let data = tweet(size)
    let tree = FilteredTree(ByteBuffer(string: data), EventFilter(condition: try Filter(condition)))
    await tree.start()
    var row = Row("through the intake, \(data.utf8.count) B")
    row.add(await tree.nanoseconds(of: 1_000_000))
    row.note("ns a message, all of them filtered")
    row.print()
    await tree.stop()
}
