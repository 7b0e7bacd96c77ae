/// The feeds that `ptrfeed serve --like` can be.
package enum FeedName: String, CaseIterable, Sendable {
    case wikimedia
    case mastodon
    case mercure
    case launchdarkly
    case llm
    case firebase

    package func likeness(seed: UInt64) -> any FeedLikeness {
        let content = FeedContent(seed: seed)
        return switch self {
        case .wikimedia: Wikimedia(content: content)
        case .mastodon: Mastodon(content: content)
        case .mercure: Mercure(content: content)
        case .launchdarkly: LaunchDarkly(content: content)
        case .llm: LanguageModel(content: content)
        case .firebase: Firebase(content: content)
        }
    }
}
