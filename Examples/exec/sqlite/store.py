"""Stores tweets in SQLite, a transaction for each batch. usage: store.py DATABASE"""

import json
import sqlite3
import sys

# Another worker's transaction is waited for.
database = sqlite3.connect(sys.argv[1], timeout=10, isolation_level=None)
database.execute("PRAGMA journal_mode = WAL")
# "id" is the same whenever and however often an event comes, so a repetition changes nothing.
database.execute(
    "CREATE TABLE IF NOT EXISTS tweets (event TEXT PRIMARY KEY, author TEXT, language TEXT, text TEXT) WITHOUT ROWID"
)


def row(event):
    tweet = event["data"]["message"]["tweet"]
    return event["id"], tweet["user"]["screen_name"], tweet["lang"], tweet["text"]


for line in sys.stdin:
    frame = json.loads(line)
    rows, rejected = [], []
    # A frame of one message is the message itself.
    for event in frame.get("batch", [frame]):
        try:
            rows.append(row(event))
        except (KeyError, TypeError) as error:
            rejected.append({"seq": event["seq"], "reason": repr(error)})
    try:
        database.execute("BEGIN IMMEDIATE")
        database.executemany("INSERT INTO tweets VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING", rows)
        database.execute("COMMIT")
        if "frame" in frame:
            answer = {"frame": frame["frame"], "status": "partial", "rejected": rejected}
        else:
            answer = {"status": "rejected", "reason": rejected[0]["reason"]} if rejected else {"status": "done"}
    except sqlite3.OperationalError as error:
        # Locked for long, or no room: no message's fault.
        if database.in_transaction:
            database.execute("ROLLBACK")
        answer = {"status": "unavailable", "reason": str(error)}
    print(json.dumps(answer), flush=True)
