/// Tells of one event after another whether a filter lets it pass, and keeps its buffers between them.
///
/// All of the data is read where a value of it matters, and a member that is there twice means its last value: what a filter sees is
/// what a ``TemplateRenderer`` prints. Nothing is allocated but room for texts with escapes, which is kept.
public struct FilterEvaluator: Sendable {
    /// What is said of an event.
    public enum Verdict: Sendable, Hashable {
        case passes
        case fails
        /// It depends on values of the data, which is no JSON.
        case notJSON
    }

    /// An event, for as long as it is looked at.
    private struct Look {
        let data: UnsafeRawBufferPointer
        let type: UnsafeRawBufferPointer
        let id: UnsafeRawBufferPointer
        let stream: UnsafeRawBufferPointer
        /// Those of the filter.
        var literals = UnsafeRawBufferPointer(start: nil, count: 0)
        /// Whether the data is known.
        var isRead = false
    }

    /// Texts without their escapes.
    private struct Texts: Sendable {
        var left: [UInt8] = []
        var right: [UInt8] = []
    }

    /// What is evaluated.
    public let filter: Filter
    private var reader: FieldReader
    private var texts = Texts()

    /// Makes one, for one caller at a time.
    public init(_ filter: Filter) {
        self.filter = filter
        reader = FieldReader(filter.tree)
    }

    /// Tells whether an event passes.
    ///
    /// - Parameters:
    ///   - data: the event's data.
    ///   - type: its type; `message` if the server named none.
    ///   - id: its last event id; may be empty.
    ///   - stream: the name of the stream.
    public mutating func judge(
        _ data: UnsafeRawBufferPointer, type: UnsafeRawBufferPointer, id: UnsafeRawBufferPointer,
        stream: UnsafeRawBufferPointer
    ) -> Verdict {
        var look = Look(data: data, type: type, id: id, stream: stream)
        var texts = Texts()
        swap(&texts, &self.texts)
        defer { swap(&texts, &self.texts) }
        if filter.mayBeDecidedByEvent, let isTrue = decide(look, &texts) { return isTrue ? .passes : .fails }
        if !filter.paths.isEmpty {
            guard reader.read(data.assumingMemoryBound(to: UInt8.self).span) else { return .notJSON }
        }
        look.isRead = true
        return decide(look, &texts) == true ? .passes : .fails
    }

    // MARK: The condition

    private func decide(_ look: Look, _ texts: inout Texts) -> Bool? {
        filter.bytes.withUnsafeBytes { literals in
            var look = look
            look.literals = literals
            return value(of: filter.nodes.count - 1, look, &texts)
        }
    }

    /// Whether a part of the condition is true; nil: that depends on values that are not known yet.
    private func value(of node: Int, _ look: Look, _ texts: inout Texts) -> Bool? {
        switch filter.nodes[node] {
        case .all(let parts): joined(parts, look, &texts, decidedBy: false)
        case .any(let parts): joined(parts, look, &texts, decidedBy: true)
        case .not(let node): value(of: node, look, &texts).map(!)
        case .exists(let operand):
            switch operand {
            case .path(let path): look.isRead ? reader.kind(at: path) != nil : nil
            case .event(.id): !look.id.isEmpty
            case .event, .data, .literal: true
            }
        case .comparison(let left, let comparison, let right):
            if let left = value(of: left, look), let right = value(of: right, look) {
                holds(left, comparison, right, &texts)
            } else {
                nil
            }
        }
    }

    private func joined(_ parts: Range<Int>, _ look: Look, _ texts: inout Texts, decidedBy deciding: Bool) -> Bool? {
        var isKnown = true
        for part in parts {
            switch value(of: filter.parts[part], look, &texts) {
            case deciding: return deciding
            case nil: isKnown = false
            default: break
            }
        }
        return isKnown ? !deciding : nil
    }

    /// Nil: it is not known yet.
    private func value(of operand: Filter.Operand, _ look: Look) -> FilterValue? {
        func part(_ range: Range<Int>, _ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
            UnsafeRawBufferPointer(rebasing: bytes[range])
        }
        switch operand {
        case .path(let path):
            guard look.isRead else { return nil }
            guard let (kind, range, hasEscapes) = reader.value(at: path) else { return .null }
            switch kind {
            case .null: return .null
            case .boolean: return .boolean(look.data[range.lowerBound] == UInt8(ascii: "t"))
            case .number: return .number(part(range, look.data))
            case .string:
                return .text(part(range.lowerBound + 1..<range.upperBound - 1, look.data), hasEscapes: hasEscapes)
            case .array: return .array(part(range, look.data))
            case .object: return .object
            }
        case .event(.id): return .text(look.id, hasEscapes: false)
        case .event(.stream): return .text(look.stream, hasEscapes: false)
        case .event: return .text(look.type, hasEscapes: false)
        case .data: return .text(look.data, hasEscapes: false)
        case .literal(let literal):
            switch filter.literals[literal] {
            case .text(let range): return .text(part(range, look.literals), hasEscapes: false, place: range.lowerBound)
            case .number(let range): return .number(part(range, look.literals))
            case .boolean(let isTrue): return .boolean(isTrue)
            case .null: return .null
            }
        }
    }

    // MARK: Comparisons

    private func holds(
        _ left: FilterValue, _ comparison: Filter.Comparison, _ right: FilterValue, _ texts: inout Texts
    ) -> Bool {
        switch comparison {
        case .equal: isEqual(left, right, &texts)
        case .unequal: !isEqual(left, right, &texts)
        case .less: order(left, right, &texts).map { $0 < 0 } ?? false
        case .lessOrEqual: order(left, right, &texts).map { $0 <= 0 } ?? false
        case .greater: order(left, right, &texts).map { $0 > 0 } ?? false
        case .greaterOrEqual: order(left, right, &texts).map { $0 >= 0 } ?? false
        case .startsWith: withTexts(left, right, &texts) { $0.starts(with: $1) } ?? false
        case .contains: contains(left, right, &texts)
        }
    }

    private func isEqual(_ left: FilterValue, _ right: FilterValue, _ texts: inout Texts) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.boolean(let left), .boolean(let right)): left == right
        case (.number(let left), .number(let right)): Decimal(left).compare(Decimal(right)) == 0
        case (.text, .text): withTexts(left, right, &texts) { $0.count == $1.count && $0.starts(with: $1) } ?? false
        default: false
        }
    }

    /// Below 0: the left one comes first; nil: there is no order.
    private func order(_ left: FilterValue, _ right: FilterValue, _ texts: inout Texts) -> Int? {
        if case .number(let left) = left, case .number(let right) = right {
            return Decimal(left).compare(Decimal(right))
        }
        return withTexts(left, right, &texts) { $0.order($1) }
    }

    private func contains(_ left: FilterValue, _ right: FilterValue, _ texts: inout Texts) -> Bool {
        switch (left, right) {
        case (.text, .text(_, _, let place)):
            withTexts(left, right, &texts) { text, sought in
                text.contains(sought, borders: filter.borders[place..<place + sought.count])
            } ?? false
        case (.array(let array), _):
            FilterValue.elements(of: array) { isEqual($0, right, &texts) }
        default: false
        }
    }

    /// Calls with the bytes of two texts; nil: they are none.
    private func withTexts<Answer>(
        _ left: FilterValue, _ right: FilterValue, _ texts: inout Texts,
        _ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) -> Answer
    ) -> Answer? {
        guard case .text(let one, let hasEscapes, _) = left, case .text(let other, let otherHasEscapes, _) = right
        else {
            return nil
        }
        switch (hasEscapes, otherHasEscapes) {
        case (false, false): return body(one, other)
        case (true, false):
            texts.left.unescape(one)
            return texts.left.withUnsafeBytes { body($0, other) }
        case (false, true):
            texts.right.unescape(other)
            return texts.right.withUnsafeBytes { body(one, $0) }
        case (true, true):
            texts.left.unescape(one)
            texts.right.unescape(other)
            return texts.left.withUnsafeBytes { one in texts.right.withUnsafeBytes { body(one, $0) } }
        }
    }
}

extension [UInt8] {
    /// Becomes the text of a string of JSON.
    fileprivate mutating func unescape(_ raw: UnsafeRawBufferPointer) {
        removeAll(keepingCapacity: capacity <= 1 << 16)
        appendUnescaped(raw.assumingMemoryBound(to: UInt8.self).span, 0..<raw.count)
    }
}
