import ControlAPI
import Foundation
import TestKit
import Testing

/// The schemas of docs/openapi.json, to hold documents against.
enum APIDescription {
    private static let root = Result {
        let file = Program.project.appending(path: "docs/openapi.json")
        return try JSONDecoder().decode(JSON.self, from: Data(contentsOf: file))
    }

    /// Every way in which a document does not fit, keys that are not described among them.
    static func problems(_ document: String, _ schema: String) throws -> [String] {
        var description = JSONSchema(root: try root.get())
        let value = try JSONDecoder().decode(JSON.self, from: Data(document.utf8))
        return description.problems(value, .object(["$ref": .string("#/components/schemas/\(schema)")]))
    }
}

/// Expects a document to be what a schema of the API describes.
func expect(_ document: String, fits schema: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let problems = try APIDescription.problems(document, schema)
    #expect(problems.isEmpty, "\(schema): \(problems)", sourceLocation: sourceLocation)
}
