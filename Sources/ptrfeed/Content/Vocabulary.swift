/// The words tweets are made of. ASCII without quotes or backslashes, so that nothing needs escaping in JSON.
enum Vocabulary {
    /// Words with a feeling, and its strength from −5 (worst) to 5 (best): what `GET /emotion_values` lists.
    static let emotions: [(word: String, value: Int)] = [
        ("abandoned", -2), ("admire", 3), ("adore", 3), ("afraid", -2), ("agony", -3), ("alarmed", -2), ("amazing", 4),
        ("amused", 3), ("angry", -3), ("annoyed", -2), ("anxious", -2), ("apathetic", -1), ("appalled", -4),
        ("applause", 2), ("ashamed", -2), ("astonished", 2), ("atrocious", -4), ("awesome", 4), ("awful", -3),
        ("bad", -3), ("beautiful", 3), ("betrayed", -3), ("bitter", -2), ("bleak", -2), ("blessed", 3), ("bored", -2),
        ("brave", 2), ("breathtaking", 5), ("bright", 1), ("brilliant", 4), ("broken", -1), ("calm", 2),
        ("careless", -2), ("catastrophe", -4), ("charming", 3), ("cheerful", 2), ("clever", 2), ("comforting", 2),
        ("confident", 2), ("confused", -2), ("courage", 2), ("cozy", 2), ("crushed", -3), ("curious", 1),
        ("dazzling", 3), ("dead", -3), ("delightful", 4), ("depressed", -3), ("desperate", -3), ("devastated", -4),
        ("disappointed", -2), ("disaster", -3), ("disgusting", -3), ("doubtful", -1), ("dreadful", -3), ("eager", 2),
        ("ecstatic", 5), ("elegant", 2), ("embarrassed", -2), ("encouraged", 2), ("enjoy", 2), ("enraged", -4),
        ("excited", 3), ("exhausted", -2), ("failure", -2), ("faithful", 3), ("fantastic", 4), ("fear", -2),
        ("fearless", 2), ("festive", 2), ("fine", 1), ("flawless", 4), ("foolish", -2), ("friendly", 2),
        ("frustrated", -2), ("fun", 4), ("furious", -4), ("gentle", 2), ("glad", 3), ("gloomy", -2), ("good", 3),
        ("gorgeous", 4), ("graceful", 2), ("grateful", 3), ("great", 3), ("grief", -3), ("guilty", -3), ("happy", 3),
        ("harsh", -2), ("hate", -3), ("heartbroken", -4), ("helpless", -2), ("hilarious", 3), ("hopeful", 2),
        ("hopeless", -3), ("horrible", -3), ("hurt", -2), ("inspiring", 3), ("irritated", -3), ("jealous", -2),
        ("joy", 3), ("kind", 2), ("laughing", 1), ("lively", 2), ("lonely", -2), ("lost", -3), ("love", 3),
        ("loyal", 3), ("lucky", 3), ("magnificent", 4), ("marvelous", 4), ("masterpiece", 4), ("merry", 3),
        ("mess", -2), ("miserable", -3), ("mistake", -2), ("nasty", -3), ("nervous", -2), ("nice", 3),
        ("nightmare", -4), ("outraged", -4), ("outstanding", 5), ("overjoyed", 4), ("painful", -2),
        ("peaceful", 2), ("perfect", 3), ("playful", 2), ("pleasant", 3), ("proud", 2), ("puzzled", -1),
        ("regret", -2), ("relaxed", 2), ("relieved", 2), ("ruined", -2), ("sad", -2), ("scared", -2),
        ("serene", 2), ("shameful", -2), ("shocked", -2), ("silly", -1), ("smile", 2), ("sorry", -1),
        ("splendid", 3), ("stunning", 4), ("stressed", -2), ("stuck", -2), ("stupid", -2), ("superb", 5),
        ("sweet", 2), ("tender", 2), ("terrible", -3), ("terrific", 4), ("thankful", 2), ("thrilled", 5),
        ("tired", -2), ("tragic", -2), ("triumph", 4), ("trust", 1), ("ugly", -3), ("unfair", -2), ("unhappy", -2),
        ("upset", -2), ("useless", -2), ("vicious", -2), ("warm", 1), ("weary", -2), ("welcome", 2), ("win", 4),
        ("wonderful", 4), ("worried", -3), ("worst", -3), ("wow", 4), ("yummy", 3),
    ]

    /// The emotional words alone, in the order of `emotions`.
    static let feelings = emotions.map(\.word)

    static let openings = [
        "honestly", "today I feel", "this morning was", "after all these years", "my neighbour says it is",
        "the match was", "what a day", "nobody told me it would be", "just watched the whole season",
        "the train again", "rain since dawn", "first coffee of the day", "my cat looks", "our little garden is",
        "they finally shipped it", "reading on the bus", "dinner with old friends", "new record on repeat",
        "third attempt at bread", "walking home tonight",
    ]

    static let fillers = [
        "and", "but", "still", "somehow", "really", "a bit", "so", "quite", "almost", "the whole town feels", "I am",
        "we are", "everything is", "she sounds", "he seems", "it was", "the view is", "because", "even though",
        "this song is", "the weather looks", "never felt so", "always", "maybe", "that was", "again", "for once",
    ]

    static let hashtags = [
        "mondaymood", "nowplaying", "homemade", "goalofthemonth", "bookclub", "streetphotography", "trainlife",
        "gardening", "openingnight", "catsoftheinternet", "latenight", "weekendplans", "rainyday", "newalbum",
        "slowfood", "mountains", "smalltown", "coffeebreak", "distributed", "functional",
    ]

    static let marks = ["😀", "😢", "🔥", "❤️", "🙏", "✨", "🎉", "☕"]

    static let givenNames = [
        "Adela", "Boris", "Corina", "Dumitru", "Elena", "Farid", "Greta", "Horia", "Ilinca", "Jonas", "Kira", "Leon",
        "Mirela", "Nadim", "Oana", "Pavel", "Rada", "Sorin", "Tudora", "Ulrich", "Vera", "Wanda", "Yara", "Zeno",
    ]

    static let familyNames = [
        "Albu", "Brasov", "Cernat", "Dalca", "Enescu", "Frunza", "Gherman", "Holban", "Iliescu", "Jitaru", "Kostin",
        "Lungu", "Moraru", "Nistor", "Olaru", "Pascal", "Rotaru", "Sandu", "Tiron", "Ursu", "Vizir", "Zaharia",
    ]

    static let places = [
        "Lower Marsh", "Port Alder", "Greyfield", "New Orchard", "Saint Briac", "Westhollow", "Kirchau", "Vale of Tarn",
        "the internet", "between two trains", "Upper Mill", "Casa Verde",
    ]

    static let biographies = [
        "Bakes bread, breaks builds. Opinions are my own and change often.",
        "Music first, then coffee, then everything else. Concert photos and bad puns.",
        "Teacher by day, night owl by choice. I read more than I write.",
        "Cycling through small towns, one postcard at a time. Say hello.",
        "Writes about football, weather and other things nobody can control.",
        "Mother of two, owner of none of three cats. They own the house.",
        "Half engineer, half gardener. Everything grows if you restart it.",
    ]

    static let languages = ["en", "en", "en", "en", "en", "und"]

    static let colors = ["C0DEED", "1DA1F2", "F5F8FA", "000000", "FF691F", "19CF86", "9266CC", "ABB8C2"]

    /// The bytes of `GET /emotion_values`: one `word`, a tab, its value and CRLF a line.
    static var emotionValues: String {
        emotions.map { "\($0.word)\t\($0.value)\r\n" }.joined()
    }
}
