import Glibc
import NIOCore
import Pipeline

/// A program, and how much it is given at once.
struct MeasuredWorker {
    let name: String
    let command: [String]
    let demand: Demand

    /// All of them. The one in C is compiled for it.
    static func all(compiledIn folder: String) -> [MeasuredWorker] {
        let workers = #filePath.split(separator: "/").dropLast(3).map { "/\($0)" }.joined() + "/Workers"
        let python = ["/usr/bin/python3", "\(workers)/worker.py"]
        let native = ["\(folder)/worker"]
        guard system("cc -O2 -o \(native[0]) \(workers)/worker.c") == 0 else {
            fatalError("cc does not compile worker.c")
        }
        return [
            MeasuredWorker(name: "Python, one in hand", command: python, demand: Demand()),
            MeasuredWorker(name: "Python, 8 in hand", command: python, demand: Demand(prefetch: 8)),
            MeasuredWorker(name: "Python, batches of 32", command: python, demand: Demand(batch: 32)),
            MeasuredWorker(
                name: "Python, 2 batches of 32", command: python, demand: Demand(batch: 32, prefetch: 2)),
            MeasuredWorker(name: "C, one in hand", command: native, demand: Demand()),
            MeasuredWorker(name: "C, 8 in hand", command: native, demand: Demand(prefetch: 8)),
            MeasuredWorker(name: "C, 64 in hand", command: native, demand: Demand(prefetch: 64)),
        ]
    }
}

/// The data of all messages: JSON, to so many bytes.
func sampleData(_ size: Int) -> ByteBuffer {
    let piece = #"{"id":1520137982,"text":"some words of a tweet","user":{"name":"somebody","followers":17}}"#
    var text = "[" + piece
    while text.utf8.count + piece.utf8.count + 2 <= size { text += "," + piece }
    text += String(repeating: " ", count: max(size - text.utf8.count - 1, 0)) + "]"
    return ByteBuffer(string: text)
}
