import TestKit
import Testing

@testable import Templates

/// Documents and conditions by chance; what is to come out is said by another evaluator, which walks through trees.
@Suite("A filter, beside a naive one")
struct FilterOracleTests {
    @Test("says the same of any document and any condition")
    func same() throws {
        var generator = SeededGenerator(seed: 29)
        var counts: [Bool: Int] = [:]
        for round in 0..<4000 {
            let condition = Condition.any(&generator, depth: 0)
            var text = ""
            condition.write(to: &text, &generator)
            let filter: Filter
            do throws(TemplateError) { filter = try Filter(text) } catch {
                Issue.record("\(text): \(error)")
                continue
            }
            // One evaluator for several documents.
            var evaluator = FilterEvaluator(filter)
            for _ in 0..<3 {
                let document = Tree.any(&generator, depth: 0)
                var json = ""
                document.write(to: &json, &generator)
                let scene = Scene(
                    document: document, text: json, type: ["message", "update"][generator.below(2)],
                    id: ["", "7"][generator.below(2)])
                let expected = condition.holds(in: scene)
                counts[expected, default: 0] += 1
                let verdict = evaluator.judge(Array(json.utf8), type: scene.type, id: scene.id)
                #expect(verdict == (expected ? .passes : .fails), "round \(round): \(text) of \(json)")
            }
        }
        #expect(counts[true] ?? 0 > 1500 && counts[false] ?? 0 > 1500, "\(counts)")
    }
}

private struct Scene {
    let document: Tree
    let text: String
    let type: String
    let id: String
}

private indirect enum Tree: Equatable {
    case null
    case boolean(Bool)
    /// So much times ten to this.
    case number(Int, Int)
    case text(String)
    case array([Tree])
    /// In order; a name may be there twice.
    case object([(String, Tree)])

    static let names = ["a", "b", "c d", "é", "0"]
    static let texts = ["", "a", "b", "ab", "aé", "\"\\\n", "🙂", "7", "\u{1}x"]

    static func == (left: Tree, right: Tree) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.boolean(let left), .boolean(let right)): left == right
        case (.number, .number): order(left, right) == 0
        case (.text(let left), .text(let right)): Array(left.utf8) == Array(right.utf8)
        default: false
        }
    }

    static func order(_ left: Tree, _ right: Tree) -> Int? {
        switch (left, right) {
        case (.number(let left, let leftExponent), .number(let right, let rightExponent)):
            let least = min(leftExponent, rightExponent)
            func whole(_ number: Int, _ exponent: Int) -> Int128 {
                (0..<exponent - least).reduce(Int128(number)) { value, _ in value * 10 }
            }
            let (left, right) = (whole(left, leftExponent), whole(right, rightExponent))
            return left < right ? -1 : left > right ? 1 : 0
        case (.text(let left), .text(let right)):
            let (left, right) = (Array(left.utf8), Array(right.utf8))
            return left == right ? 0 : left.lexicographicallyPrecedes(right) ? -1 : 1
        default: return nil
        }
    }

    static func scalar(_ generator: inout SeededGenerator) -> Tree {
        switch generator.below(5) {
        case 0: .null
        case 1: .boolean(generator.chance(50))
        case 2, 3: .number(generator.within(-30...30), generator.within(-2...2))
        default: .text(texts[generator.below(texts.count)])
        }
    }

    static func any(_ generator: inout SeededGenerator, depth: Int) -> Tree {
        let kind = generator.below(depth == 0 ? 4 : 10)
        guard depth < 4, kind < 5 else { return scalar(&generator) }
        var parts: [Tree] = []
        for _ in 0..<generator.below(6) { parts.append(any(&generator, depth: depth + 1)) }
        guard kind < 3 else { return .array(parts) }
        return .object(parts.map { (names[generator.below(names.count)], $0) })
    }

    func value(at steps: [FieldPath.Step]) -> Tree? {
        guard let step = steps.first else { return self }
        let next: Tree?
        switch (self, step) {
        case (.object(let members), .member(let name)): next = members.last { $0.0 == name }?.1
        case (.array(let elements), .element(let index)):
            next = elements.indices.contains(index) ? elements[index] : nil
        default: next = nil
        }
        return next?.value(at: Array(steps.dropFirst()))
    }

    func write(to text: inout String, _ generator: inout SeededGenerator) {
        func space() -> String { ["", "", "", " ", "\n\t"][generator.below(5)] }
        text += space()
        switch self {
        case .null: text += "null"
        case .boolean(let isTrue): text += "\(isTrue)"
        case .number(let number, let exponent): text += Self.notation(number, exponent, &generator)
        case .text(let value): Self.write(value, to: &text, &generator)
        case .array(let elements):
            text += "["
            for (index, element) in elements.enumerated() {
                if index > 0 { text += "," }
                element.write(to: &text, &generator)
            }
            text += "]"
        case .object(let members):
            text += "{"
            for (index, (name, value)) in members.enumerated() {
                if index > 0 { text += "," + space() }
                Self.write(name, to: &text, &generator)
                text += space() + ":"
                value.write(to: &text, &generator)
            }
            text += "}"
        }
        text += space()
    }

    /// One of the ways to write a number.
    static func notation(_ number: Int, _ exponent: Int, _ generator: inout SeededGenerator) -> String {
        let zeros = String(repeating: "0", count: generator.below(3))
        switch generator.below(4) {
        case 0: return "\(number)e\(exponent)"
        case 1: return "\(number)" + (zeros.isEmpty ? "" : ".\(zeros)") + "E\(exponent < 0 ? "" : "+")\(exponent)"
        case 2 where exponent >= 0: return number == 0 ? "0" : "\(number)" + String(repeating: "0", count: exponent)
        default:
            let sign = number < 0 ? "-" : ""
            return "\(sign)0.\(abs(number) < 10 ? "0" : "")\(abs(number))\(zeros)e\(exponent + 2)"
        }
    }

    static func write(_ value: String, to text: inout String, _ generator: inout SeededGenerator) {
        text += "\""
        for scalar in value.unicodeScalars {
            if scalar.value < 0x20 || scalar == "\"" || scalar == "\\" || generator.chance(20) {
                for unit in String(scalar).utf16 {
                    let digits = String(unit, radix: 16, uppercase: generator.chance(50))
                    text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                }
            } else {
                text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }
}

private enum Operand {
    case path([FieldPath.Step])
    case event(String)
    case literal(Tree)

    static func path(_ generator: inout SeededGenerator) -> Operand {
        var steps: [FieldPath.Step] = []
        for _ in 0..<generator.within(1...3) {
            steps.append(
                generator.chance(70)
                    ? .member(Tree.names[generator.below(Tree.names.count)]) : .element(generator.below(4)))
        }
        return .path(steps)
    }

    /// Of those that begin with a quoted name, one of a single step is none on the right: it would be a text, to most people.
    static func pathOnTheRight(_ generator: inout SeededGenerator) -> Operand {
        while true {
            let path = path(&generator)
            guard case .path(let steps) = path, steps.count == 1, case .member(let name) = steps[0] else { return path }
            if ["a", "b", "é"].contains(name) { return path }
        }
    }

    func value(in scene: Scene) -> Tree {
        switch self {
        case .path(let steps): scene.document.value(at: steps) ?? .null
        case .event("event"): .text(scene.type)
        case .event("id"): .text(scene.id)
        case .event("data"): .text(scene.text)
        case .event: .text("s")
        case .literal(let tree): tree
        }
    }

    func write(to text: inout String, _ generator: inout SeededGenerator) {
        switch self {
        case .event(let name): text += "@\(name)"
        case .literal(.text(let value)): Tree.write(value, to: &text, &generator)
        case .literal(let tree):
            var written = ""
            tree.write(to: &written, &generator)
            text += written.filter { !$0.isWhitespace }
        case .path(let steps):
            for (index, step) in steps.enumerated() {
                switch step {
                case .element(let element): text += "[\(element)]"
                case .member("a"), .member("b"), .member("é"):
                    if case .member(let name) = step { text += (index == 0 ? "" : ".") + name }
                case .member(let name):
                    text += index == 0 ? "'\(name)'" : generator.chance(50) ? ".\"\(name)\"" : ".'\(name)'"
                }
            }
        }
    }
}

private indirect enum Condition {
    case all([Condition])
    case some([Condition])
    case not(Condition)
    case exists(Operand)
    case compare(Operand, String, Operand)

    static func any(_ generator: inout SeededGenerator, depth: Int) -> Condition {
        if depth < 3, generator.chance(55) {
            switch generator.below(3) {
            case 0: return .not(any(&generator, depth: depth + 1))
            case let kind:
                var parts: [Condition] = []
                for _ in 0..<generator.within(2...3) { parts.append(any(&generator, depth: depth + 1)) }
                return kind == 1 ? .all(parts) : .some(parts)
            }
        }
        let path = Operand.path(&generator)
        switch generator.below(12) {
        case 0, 1: return .exists(path)
        case 2:
            let field = ["event", "id", "data", "stream"][generator.below(4)]
            let text = ["message", "7", "s", "", "a", "{"][generator.below(6)]
            return .compare(
                .event(field), ["==", "!=", "<", ">=", "contains", "startswith"][generator.below(6)],
                .literal(.text(text)))
        case 3:
            let text = Tree.texts[generator.below(Tree.texts.count)]
            return .compare(path, generator.chance(50) ? "startswith" : "contains", .literal(.text(text)))
        case 4: return .compare(path, "contains", .literal(Tree.scalar(&generator)))
        case 5:
            return .compare(
                path, ["==", "!=", "<", "<=", "startswith"][generator.below(5)], Operand.pathOnTheRight(&generator))
        default:
            let literal = Tree.scalar(&generator)
            var signs = ["==", "!=", "<", "<=", ">", ">="]
            if case .null = literal { signs = ["==", "!="] }
            if case .boolean = literal { signs = ["==", "!="] }
            let sign = signs[generator.below(signs.count)]
            return generator.chance(80)
                ? .compare(path, sign, .literal(literal))
                : .compare(.literal(literal), sign, Operand.pathOnTheRight(&generator))
        }
    }

    func holds(in scene: Scene) -> Bool {
        switch self {
        case .all(let parts): return parts.allSatisfy { $0.holds(in: scene) }
        case .some(let parts): return parts.contains { $0.holds(in: scene) }
        case .not(let part): return !part.holds(in: scene)
        case .exists(.path(let steps)): return scene.document.value(at: steps) != nil
        case .exists: return true
        case .compare(let left, let sign, let right):
            let (left, right) = (left.value(in: scene), right.value(in: scene))
            switch sign {
            case "==": return left == right
            case "!=": return !(left == right)
            case "<": return Tree.order(left, right).map { $0 < 0 } ?? false
            case "<=": return Tree.order(left, right).map { $0 <= 0 } ?? false
            case ">": return Tree.order(left, right).map { $0 > 0 } ?? false
            case ">=": return Tree.order(left, right).map { $0 >= 0 } ?? false
            case "startswith":
                guard case .text(let left) = left, case .text(let right) = right else { return false }
                return Array(left.utf8).starts(with: Array(right.utf8))
            default:
                if case .array(let elements) = left { return elements.contains { $0 == right } }
                guard case .text(let left) = left, case .text(let right) = right else { return false }
                let (bytes, sought) = (Array(left.utf8), Array(right.utf8))
                return (0...bytes.count).contains { bytes[$0...].starts(with: sought) }
            }
        }
    }

    func write(to text: inout String, _ generator: inout SeededGenerator) {
        func space() -> String { ["", " ", "  "][generator.below(3)] }
        switch self {
        case .all(let parts), .some(let parts):
            let sign = if case .all = self { "&&" } else { "||" }
            for (index, part) in parts.enumerated() {
                if index > 0 { text += space() + sign + space() }
                var isAlone = true
                switch part {
                case .all: isAlone = sign == "&&" || generator.chance(50)
                case .some: isAlone = true
                case .not, .exists, .compare: isAlone = generator.chance(15)
                }
                if case .some = self, case .all = part, !isAlone {
                    part.write(to: &text, &generator)
                } else if isAlone {
                    text += "(" + space()
                    part.write(to: &text, &generator)
                    text += space() + ")"
                } else {
                    part.write(to: &text, &generator)
                }
            }
        case .not(let part):
            text += "!" + space()
            if case .exists = part, generator.chance(50) { return part.write(to: &text, &generator) }
            if case .not = part, generator.chance(50) { return part.write(to: &text, &generator) }
            text += "("
            part.write(to: &text, &generator)
            text += ")"
        case .exists(let operand):
            text += "exists" + space() + "(" + space()
            operand.write(to: &text, &generator)
            text += space() + ")"
        case .compare(let left, let sign, let right):
            let isWord = sign.first?.isLetter == true
            left.write(to: &text, &generator)
            text += isWord ? " " : space()
            text += sign
            text += isWord ? " " : space()
            right.write(to: &text, &generator)
        }
    }
}
