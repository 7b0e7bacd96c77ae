"""Says how each tweet feels, by a list of words and the strength of their feeling.

usage: sentiment.py URL    of the list: on each line a word, a tab and a number
"""

import json
import re
import sys
import urllib.request

# Once for each process, before it says that it is ready. If the list is not to be had, the process ends, and ptrd tries another
# one later; meanwhile the messages are held.
with urllib.request.urlopen(sys.argv[1], timeout=20) as answer:
    rows = (line.split("\t") for line in answer.read().decode().splitlines() if line)
    feelings = {word: int(value) for word, value in rows}
print('{"ready":1}', flush=True)

for line in sys.stdin:
    event = json.loads(line)
    answer = {"seq": event["seq"], "status": "done"}
    try:
        tweet = event["data"]["message"]["tweet"]
        words = re.findall(r"[a-z]+", tweet["text"].lower())
        score = sum(feelings.get(word, 0) for word in words)
        # Standard error is the log.
        print(f"{tweet['id_str']} {score:+d} {tweet['text']}", file=sys.stderr)
    except (KeyError, TypeError) as error:
        # No tweet, and none at the next try.
        answer = {"seq": event["seq"], "status": "rejected", "reason": repr(error)}
    print(json.dumps(answer), flush=True)
