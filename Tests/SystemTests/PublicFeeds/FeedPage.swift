import Foundation

/// A section of `docs/feeds.md`.
struct FeedPage {
    let title: String
    /// The configuration that it gives, as it stands.
    let configuration: String

    static var all: [FeedPage] {
        get throws {
            try Document("docs/feeds.md").text.matches(of: /(?s)\n## ([^\n]*)\n.*?```toml\n(.*?)```/).map {
                FeedPage(title: String($0.1), configuration: String($0.2))
            }
        }
    }

    init(title: String, configuration: String) {
        self.title = title
        self.configuration = configuration
    }

    /// The section whose title begins so.
    init(_ title: String) throws {
        guard let page = try Self.all.first(where: { $0.title.hasPrefix(title) }) else {
            throw SceneError.didNotStart(["docs/feeds.md has no section \(title)"])
        }
        self = page
    }

    /// The configuration with the stream at another server.
    func configuration(at server: String) -> String {
        configuration.replacing(/url = "https:\/\/[^\/"]+/) { _ in "url = \"\(server)" }
    }
}
