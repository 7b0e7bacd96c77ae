// Rejects tweets that are longer than so many characters. usage: validate CHARACTERS
import Foundation

struct Event: Decodable {
    struct Content: Decodable {
        struct Message: Decodable { let tweet: Tweet }
        struct Tweet: Decodable { let text: String }
        let message: Message
    }

    let seq: UInt64
    let data: Content
}

struct Answer: Encodable {
    var seq: UInt64?
    var status = "done"
    var reason: String?
}

guard CommandLine.arguments.count == 2, let limit = Int(CommandLine.arguments[1]) else {
    FileHandle.standardError.write(Data("usage: validate CHARACTERS\n".utf8))
    exit(2)
}

while let line = readLine() {
    var answer = Answer()
    do {
        let event = try JSONDecoder().decode(Event.self, from: Data(line.utf8))
        answer.seq = event.seq
        let count = event.data.message.tweet.text.count
        if count > limit { answer = Answer(seq: event.seq, status: "rejected", reason: "\(count) characters") }
    } catch {
        // Without a number it is for the oldest in hand.
        answer = Answer(status: "rejected", reason: "no tweet")
    }
    // Not by print(), which writes to a pipe when 4 KiB have come together.
    FileHandle.standardOutput.write(try JSONEncoder().encode(answer) + Data("\n".utf8))
}
