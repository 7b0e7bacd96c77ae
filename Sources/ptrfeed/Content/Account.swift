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

    /// The account as a Twitter v1.1 user object.
    var json: FeedText {
        var random = random
        func pick<Element>(_ elements: [Element]) -> Element { random.pick(elements) }
        func below(_ bound: Int) -> Int { random.below(bound) }
        return #"""
            {"id":\#(id),"id_str":"\#(id)","name":"\#(name)","screen_name":"\#(screenName)",\#
            "location":"\#(pick(Vocabulary.places))","url":null,"description":"\#(pick(Vocabulary.biographies))",\#
            "protected":false,"verified":\#(below(20) == 0 ? "true" : "false"),\#
            "followers_count":\#(below(40_000)),"friends_count":\#(below(3000)),"listed_count":\#(below(200)),\#
            "favourites_count":\#(below(90_000)),"statuses_count":\#(below(120_000)),\#
            "created_at":"\#(CalendarDate(unixSeconds: 1_220_000_000 + below(400_000_000)).text)",\#
            "utc_offset":null,"time_zone":null,"geo_enabled":\#(below(3) == 0 ? "true" : "false"),\#
            "lang":null,"contributors_enabled":false,"is_translator":false,\#
            "profile_background_color":"\#(pick(Vocabulary.colors))","profile_link_color":"\#(pick(Vocabulary.colors))",\#
            "profile_sidebar_border_color":"\#(pick(Vocabulary.colors))","profile_use_background_image":true,\#
            "profile_image_url":"http://pictures.example.com/profiles/\#(id)_normal.jpg",\#
            "profile_image_url_https":"https://pictures.example.com/profiles/\#(id)_normal.jpg",\#
            "default_profile":true,"default_profile_image":false,\#
            "following":null,"follow_request_sent":null,"notifications":null}
            """#
    }
}
