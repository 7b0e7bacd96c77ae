"""A worker that does nothing but read each message and answer it."""

import json
import sys

print('{"ready":1}', flush=True)
for line in sys.stdin:
    frame = json.loads(line)
    answer = {"status": "done"}
    answer |= {"frame": frame["frame"]} if "frame" in frame else {"seq": frame["seq"]}
    print(json.dumps(answer), flush=True)
