import Testing

@testable import PtrConfiguration

@Suite("The settings in force")
struct SettingsInForceTests {
    private func configuration(_ text: String) throws -> Configuration {
        try Configuration.parse(text, file: "ptrd.toml")
    }

    @Test("are all options there are, each with its value as a file would have it, and whether that is the default")
    func all() throws {
        let settings = try configuration(
            """
            [stream.a]
            url = "https://example.com/events?token=hidden"
            headers = { X-Key = "hidden", X-Other = "hidden" }
            bearer_credential = "token"
            down_after = "90s"
            [flow]
            max_in_flight = 5000
            """
        ).settingsInForce { _ in "https://example.com/events?token=…" }
        func value(_ key: String) -> SettingInForce? { settings.first { $0.key == key } }
        #expect(settings.count == Options.ofStream.count + Options.ofAll.count)
        #expect(value("stream.a.down_after")?.value == #""90s""#)
        #expect(value("stream.a.down_after")?.isDefault == false)
        #expect(
            value("flow.max_in_flight") == SettingInForce(key: "flow.max_in_flight", value: "5000", isDefault: false))
        #expect(value("scaling.max") == SettingInForce(key: "scaling.max", value: "64", isDefault: true))
        #expect(value("stream.a.url")?.value == #""https://example.com/events?token=…""#)
        #expect(value("stream.a.headers")?.value == "{ 2 headers }")
        #expect(!settings.contains { $0.value?.contains("hidden") == true })
    }
}
