@testable import PtrConfiguration

/// What is wrong with the text of a configuration, each problem with its place and its mend.
func problems(in text: String) -> [String] {
    do throws(ConfigurationError) {
        _ = try Configuration.parse(text, file: "ptrd.toml")
        return []
    } catch {
        return error.problems.map(\.description)
    }
}
