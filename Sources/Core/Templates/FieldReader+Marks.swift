/// The fast way: what has been found to be JSON is looked into where somebody asks for something.
extension FieldReader {
    /// Reads a document; false: it is read in no other way than by its tokens, or is no JSON.
    mutating func readByMarks(_ document: Span<UInt8>) -> Bool {
        guard scanner.mark(document, depth: tree.depth) else { return false }
        frames.removeAll(keepingCapacity: true)
        // So that they can be read while something is written down.
        let scanner = scanner
        scanner.marks.withUnsafeBufferPointer { marks in
            look(document, Marks(marks: marks, count: scanner.count, hasEscapes: scanner.hasEscapedNames))
        }
        return true
    }

    /// The marks of a document, which others own.
    private struct Marks {
        let marks: UnsafeBufferPointer<UInt32>
        let count: Int
        /// Whether names may have some.
        let hasEscapes: Bool
        /// The next one.
        var next = 0

        /// The place of a mark, or behind that of an opening bracket the number of the closing one.
        @inline(__always)
        subscript(mark: Int) -> Int { Int(marks[mark]) }

        /// Passes a value, which has marks if it is an object or array and not too deep.
        @inline(__always)
        mutating func pass(_ document: Span<UInt8>) {
            let byte = document[unchecked: self[next]]
            if byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[") { next = self[next + 1] + 1 }
        }
    }

    private mutating func look(_ document: Span<UInt8>, _ marks: Marks) {
        var marks = marks
        see(0, within: 0)
        var (node, start) = (0, document.endOfWhiteSpace(from: 0))
        while true {
            if marks.next < marks.count, marks[marks.next] == start {
                let isObject = document[unchecked: start] == UInt8(ascii: "{")
                let close = marks[marks.next + 1]
                note(node, isObject ? .object : .array, start, marks[close] + 1)
                frames.append(
                    Frame(
                        node: node, isObject: isObject, start: start, step: tree.nodes[node].elements.lowerBound,
                        close: close))
                marks.next += 2
            } else {
                let end = marks.next < marks.count ? marks[marks.next] : document.count
                note(node, document, start, until: end)
            }
            while true {
                guard let frame = frames.last else { return }
                if let next = frame.isObject ? nextMember(document, &marks) : nextElement(document, &marks) {
                    (node, start) = next
                    break
                }
                marks.next = frame.close + 1
                frames.removeLast()
            }
        }
    }

    /// The next member that somebody asks for of the innermost object: its node, and where its value begins; nil: there is none. The
    /// next mark is the first one in the object, or the comma before a member, or the bracket.
    private mutating func nextMember(_ document: Span<UInt8>, _ marks: inout Marks) -> (node: Int, start: Int)? {
        let frame = frames[frames.count - 1]
        let lengths = tree.nodes[frame.node].lengths
        guard lengths != 0 else { return nil }
        while marks.next < frame.close {
            var begin = frame.start
            if frames[frames.count - 1].index > 0 {
                begin = marks[marks.next]
                marks.next += 1
            }
            frames[frames.count - 1].index += 1
            let colon = marks[marks.next]
            marks.next += 1
            let quote = document.endOfWhiteSpace(from: begin + 1)
            let end = document.beginOfWhiteSpace(before: colon) - 1
            if marks.hasEscapes || lengths & PathTree.bit(of: end - quote - 1) != 0 {
                let hasEscapes = marks.hasEscapes && document.endOfPlainText(from: quote + 1) < end
                let node = seeMember(of: frame.node, document, quote + 1..<end, hasEscapes: hasEscapes)
                if node >= 0 { return (node, document.endOfWhiteSpace(from: colon + 1)) }
            }
            marks.pass(document)
        }
        return nil
    }

    /// The same of an array.
    private mutating func nextElement(_ document: Span<UInt8>, _ marks: inout Marks) -> (node: Int, start: Int)? {
        let place = frames.count - 1
        let last = tree.nodes[frames[place].node].elements.upperBound
        while frames[place].step < last {
            var begin = frames[place].start
            if frames[place].index > 0 {
                guard marks.next < frames[place].close else { return nil }
                begin = marks[marks.next]
                marks.next += 1
            }
            let start = document.endOfWhiteSpace(from: begin + 1)
            guard document[unchecked: start] != UInt8(ascii: "]") else { return nil }
            let node = nextElement(of: place)
            if node >= 0 { return (node, start) }
            marks.pass(document)
        }
        return nil
    }

    /// - Parameter end: the place of what follows it.
    private mutating func note(_ node: Int, _ document: Span<UInt8>, _ start: Int, until end: Int) {
        let end = document.beginOfWhiteSpace(before: end)
        switch document[unchecked: start] {
        case UInt8(ascii: "\""):
            note(node, .string, start, end, hasEscapes: document.endOfPlainText(from: start + 1) < end - 1)
        case UInt8(ascii: "{"): note(node, .object, start, end)
        case UInt8(ascii: "["): note(node, .array, start, end)
        case UInt8(ascii: "t"), UInt8(ascii: "f"): note(node, .boolean, start, end)
        case UInt8(ascii: "n"): note(node, .null, start, end)
        default: note(node, .number, start, end)
        }
    }
}
