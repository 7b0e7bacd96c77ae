# Logs the tweets in one language, and answers for all of them.
(.data.message?.tweet? // empty | select(.lang == $language)
    | {log: {level: "info", message: "\(.id_str) \(.user.screen_name): \(.text)"}}),
{seq, status: "done"}
