"""Stores tweets in Postgres, a transaction for each batch. usage: store.py CONNECTION"""

import json
import sys

import psycopg

# Without the server the process ends here, and ptrd tries another one later; meanwhile the messages are held.
database = psycopg.connect(sys.argv[1], autocommit=True)
# Of two workers that make it at once one would fail.
with database.transaction():
    database.execute("SELECT pg_advisory_xact_lock(4000)")
    # "id" is the same whenever and however often an event comes, so a repetition changes nothing.
    database.execute("CREATE TABLE IF NOT EXISTS tweets (event text PRIMARY KEY, author text, language text, text text)")
print('{"ready":1}', flush=True)


def row(event):
    tweet = event["data"]["message"]["tweet"]
    return event["id"], tweet["user"]["screen_name"], tweet["lang"], tweet["text"]


def store(frame):
    """Stores what is a tweet of a frame, and answers for all of it."""
    rows, rejected = [], []
    # A frame of one message is the message itself.
    for event in frame.get("batch", [frame]):
        try:
            rows.append(row(event))
        except (KeyError, TypeError) as error:
            rejected.append({"seq": event["seq"], "reason": repr(error)})
    with database.transaction(), database.cursor() as cursor:
        cursor.executemany("INSERT INTO tweets VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING", rows)
    if "frame" in frame:
        return {"frame": frame["frame"], "status": "partial", "rejected": rejected}
    return {"status": "rejected", "reason": rejected[0]["reason"]} if rejected else {"status": "done"}


for line in sys.stdin:
    try:
        answer = store(json.loads(line))
    except psycopg.DataError as error:
        # What Postgres takes for no text, such as a NUL: if it was a batch, each comes alone next.
        answer = {"status": "rejected", "reason": str(error)}
    except psycopg.OperationalError as error:
        answer = {"status": "unavailable", "reason": str(error)}
    print(json.dumps(answer), flush=True)
    if database.closed:
        # Another process makes another connection.
        sys.exit()
