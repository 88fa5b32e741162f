"""zxing-cpp as it comes, asked for QR codes, for `jol bench scan`.

First it writes a line {"version": ...}. Then on standard input again and again: a line {"width": ...,
"height": ...} and width x height bytes of brightness; on standard output for each a line {"texts": [hex,
...], "ms": ..., "unread": [x, y] or null}: the bytes in the codes, how long it took, and, if nothing was
read, where a code was seen that could not be read.
"""

import importlib.metadata
import json
import sys
import time

import zxingcpp

asks, answers = sys.stdin.buffer, sys.stdout
QR = zxingcpp.BarcodeFormat.QRCode


def tell(told):
    print(json.dumps(told), file=answers, flush=True)


def middle(position):
    corners = [position.top_left, position.top_right, position.bottom_right, position.bottom_left]
    return [sum(c.x for c in corners) / 4, sum(c.y for c in corners) / 4]


tell({"version": importlib.metadata.version("zxing-cpp")})
for line in asks:
    asked = json.loads(line)
    width, height = asked["width"], asked["height"]
    picture = memoryview(asks.read(width * height)).cast("B", shape=[height, width])
    begin = time.perf_counter()
    read = zxingcpp.read_barcodes(picture, formats=QR)
    ms = (time.perf_counter() - begin) * 1_000
    unread = None
    if not read:
        seen = zxingcpp.read_barcodes(picture, formats=QR, return_errors=True)
        unread = next((middle(code.position) for code in seen), None)
    tell({"texts": [code.bytes.hex() for code in read], "ms": ms, "unread": unread})
