import Glibc
import Locking
import ProgramKit
import TestKit
import Testing

@testable import Writing

@Suite("Lines that lie in one piece")
struct SharedLineTests {
    private let interruption = Interruption()

    private func lines(_ text: String) -> [SharedLine] {
        let memory = Array(text.utf8)
        var (start, lines): (Int, [SharedLine]) = (0, [])
        for (index, byte) in memory.enumerated() where byte == UInt8(ascii: "\n") {
            lines.append(SharedLine(in: memory, from: start, to: index))
            start = index + 1
        }
        return lines
    }

    /// What one write was given: its text, and whether that lay where these lines lie.
    private struct Written {
        var text: String
        var isInPlace: Bool
    }

    private func sink(
        of lines: [SharedLine], answers: [(Int, Int32)] = []
    ) throws -> (sink: DescriptorSink<SharedLine>, written: @Sendable () -> [Written]) {
        let folder = TemporaryFolder()
        let remaining = Locked(answers)
        let writes = Locked<[Written]>([])
        let sink = DescriptorSink<SharedLine>(
            try OutputDescriptor.open(path: "\(folder.path)/out"), retryMilliseconds: 0,
            write: { _, data, _ in
                let answer = remaining.withLock { $0.isEmpty ? (data.count, 0) : $0.removeFirst() }
                let isInPlace = lines.contains { line in
                    line.withContiguousStorageIfAvailable { bytes in
                        bytes.baseAddress.map { data.contains(address: UnsafeRawPointer($0)) }
                    } == true
                }
                if answer.0 > 0 {
                    writes.withLock {
                        $0.append(
                            Written(text: String(decoding: data.prefix(answer.0), as: UTF8.self), isInPlace: isInPlace))
                    }
                }
                return answer
            }, onEvent: { _ in })
        return (sink, { writes.withLock { $0 } })
    }

    @Test("a line has its bytes, and not the line feed that ends it")
    func bytes() {
        let lines = lines("one\n\nthree\n")
        #expect(lines.map { String(decoding: $0, as: UTF8.self) } == ["one", "", "three"])
        #expect(lines.map(\.byteCount) == [3, 0, 5] && SharedLine.byteCount(of: lines) == 8)
        var buffer: [UInt8] = []
        for line in lines { line.appendLine(to: &buffer) }
        #expect(String(decoding: buffer, as: UTF8.self) == "onethree")
    }

    @Test("a piece is as long as lines follow each other in one memory")
    func piece() {
        let (all, others) = (lines("a\nbb\nccc\n"), lines("x\ny\n"))
        func piece(_ lines: [SharedLine]) -> (String, [Int])? {
            var ends: [Int] = []
            return SharedLine.piece(of: lines[...], ends: &ends).map { (String(decoding: $0, as: UTF8.self), ends) }
        }
        #expect(piece(all)! == ("a\nbb\nccc\n", [2, 5, 9]))
        #expect(piece(Array(all[1...]) + others)! == ("bb\nccc\n", [3, 7]))
        #expect(piece([all[0], all[2]])! == ("a\n", [2]))
        #expect(piece([]) == nil)
    }

    @Test("they are written from where they lie, others are copied together")
    func inPlace() throws {
        let long = lines((0..<40).map { "\($0)" + String(repeating: "x", count: 2_000) + "\n" }.joined())
        let short = lines("a\nb\n")
        let (sink, written) = try sink(of: long)
        #expect(sink.write(long + [short[1], short[0]], until: interruption).decided == 42)
        #expect(written().map(\.isInPlace) == [true, false])
        #expect(written().map(\.text.count) == [40 * 2_001 + 70, 4] && written().last?.text == "b\na\n")
        // Little that lies apart from the rest is no write of its own.
        #expect(sink.write([short[1]] + long, until: interruption).decided == 41)
        #expect(written().count == 3 && written().last?.isInPlace == false)
    }

    @Test("what is torn of them begins again on a line of its own")
    func torn() throws {
        let all = lines("first\nsecond\nthird\n")
        let (sink, written) = try sink(of: all, answers: [(8, 0), (-1, EIO)])
        let result = sink.write(all, until: interruption)
        #expect(result.decided == 3 && result.refused.keys.sorted() == [1, 2])
        #expect(sink.write(Array(all[1...]), until: interruption).refused.isEmpty)
        #expect(written().map(\.text).joined() == "first\nse\nsecond\nthird\n")
        // A write that ended with a line has torn none.
        let (other, whole) = try self.sink(of: all, answers: [(6, 0), (-1, EIO)])
        #expect(other.write(all, until: interruption).refused.count == 2)
        _ = other.write(all, until: interruption)
        #expect(whole().map(\.text).joined() == "first\nfirst\nsecond\nthird\n")
    }
}

extension UnsafeRawBufferPointer {
    fileprivate func contains(address: UnsafeRawPointer) -> Bool {
        baseAddress.map { address >= $0 && address < $0 + count } ?? false
    }
}
