import NIOCore

/// One of the made-up people who tweet. The same number under the same seed is always the same person.
struct Account: Sendable {
    let number: Int
    let id: UInt64
    let name: String
    let screenName: String
    private let random: SplitMix64

    init(seed: UInt64, number: Int) {
        var random = SplitMix64(seed: seed, parts: 0xACC0, UInt64(number))
        let given = random.pick(Vocabulary.givenNames)
        let family = random.pick(Vocabulary.familyNames)
        self.number = number
        id = 20_000_000 + UInt64(number) * 9973 + UInt64(random.below(9973))
        name = given + " " + family
        screenName = given.lowercased() + "_" + family.lowercased() + String(number)
        self.random = random
    }

    /// Appends the account as a Twitter v1.1 user object.
    func write(to buffer: inout ByteBuffer) {
        var random = random
        buffer.writeStaticString(#"{"id":"#)
        buffer.writeDecimal(id)
        buffer.writeStaticString(#","id_str":""#)
        buffer.writeDecimal(id)
        buffer.writeStaticString(#"","name":""#)
        buffer.writeString(name)
        buffer.writeStaticString(#"","screen_name":""#)
        buffer.writeString(screenName)
        buffer.writeStaticString(#"","location":""#)
        buffer.writeString(random.pick(Vocabulary.places))
        buffer.writeStaticString(#"","url":null,"description":""#)
        buffer.writeString(random.pick(Vocabulary.biographies))
        buffer.writeStaticString(#"","protected":false,"verified":"#)
        buffer.writeStaticString(random.below(20) == 0 ? "true" : "false")
        for count in Self.counts {
            buffer.writeString(count.key)
            buffer.writeDecimal(random.below(count.bound))
        }
        buffer.writeStaticString(#","created_at":""#)
        CalendarDate(unixSeconds: 1_220_000_000 + random.below(400_000_000)).write(to: &buffer)
        buffer.writeStaticString(#"","utc_offset":null,"time_zone":null,"geo_enabled":"#)
        buffer.writeStaticString(random.below(3) == 0 ? "true" : "false")
        buffer.writeStaticString(#","lang":null,"contributors_enabled":false,"is_translator":false,"#)
        for key in Self.colors {
            buffer.writeString(key)
            buffer.writeString(random.pick(Vocabulary.colors))
            buffer.writeStaticString(#"","#)
        }
        buffer.writeStaticString(
            #""profile_use_background_image":true,"profile_image_url":"http://pictures.example.com/profiles/"#)
        buffer.writeDecimal(id)
        buffer.writeStaticString(
            #"_normal.jpg","profile_image_url_https":"https://pictures.example.com/profiles/"#)
        buffer.writeDecimal(id)
        buffer.writeStaticString(#"_normal.jpg","default_profile":true,"default_profile_image":false,"#)
        buffer.writeStaticString(#""following":null,"follow_request_sent":null,"notifications":null}"#)
    }

    private static let counts: [(key: String, bound: Int)] = [
        (#","followers_count":"#, 40_000), (#","friends_count":"#, 3000), (#","listed_count":"#, 200),
        (#","favourites_count":"#, 90_000), (#","statuses_count":"#, 120_000),
    ]

    private static let colors = [
        #""profile_background_color":""#, #""profile_link_color":""#, #""profile_sidebar_border_color":""#,
    ]
}
