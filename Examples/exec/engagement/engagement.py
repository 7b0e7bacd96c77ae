"""Writes down how much each tweet engages: (favorites + retweets) / followers, of a retweet also that of what it shares."""

import json
import os
import sys

# Many workers write to it: each batch is one write at its end.
table = os.open("engagement.csv", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)


def rows(tweet):
    """A row of the tweet, and one of the tweet that it shares."""
    followers = tweet["user"]["followers_count"]
    interest = tweet["favorite_count"] + tweet["retweet_count"]
    ratio = f"{interest / followers:.4f}" if followers else ""
    yield f"{tweet['id_str']},{tweet['user']['screen_name']},{ratio}\n"
    if "retweeted_status" in tweet:
        yield from rows(tweet["retweeted_status"])


for line in sys.stdin:
    frame = json.loads(line)
    text = ""
    rejected = []
    # A frame of one message is the message itself.
    for event in frame.get("batch", [frame]):
        try:
            text += "".join(rows(event["data"]["message"]["tweet"]))
        except (KeyError, TypeError) as error:
            rejected.append({"seq": event["seq"], "reason": repr(error)})
    os.write(table, text.encode())
    if "frame" in frame:
        answer = {"frame": frame["frame"], "status": "partial", "rejected": rejected}
    else:
        answer = {"status": "rejected", "reason": rejected[0]["reason"]} if rejected else {"status": "done"}
    print(json.dumps(answer), flush=True)
