"""Draws the site's heading font: capitals, digits and a few signs, one pen of even width.

Each glyph is a list of strokes on a grid of 4 columns and 6 rows, row 0 at the baseline. A stroke
becomes one bar per segment and a disc per corner; where they overlap, the fill rule joins them.

    python3 -m venv venv && venv/bin/pip install fonttools brotli
    venv/bin/python drawing/font.py public/assets/signal.woff2
"""

import math
import sys

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

UNIT = 120
PEN = 92
MARGIN = 90
DRAWN = 3786912000  # 1 January 2024 in seconds since 1904: a fixed time, so that the bytes stay the same

STROKES = {
    "A": ["00 04 26 44 40", "02 42"],
    "B": ["00 06 36 45 44 33 03", "33 42 41 30 00"],
    "C": ["45 36 16 05 01 10 30 41"],
    "D": ["00 06 26 44 42 20 00"],
    "E": ["46 06 00 40", "03 33"],
    "F": ["46 06 00", "03 33"],
    "G": ["45 36 16 05 01 10 30 41 43 23"],
    "H": ["00 06", "40 46", "03 43"],
    "I": ["00 06"],
    "J": ["36 31 20 10 01"],
    "K": ["00 06", "46 13", "13 40"],
    "L": ["06 00 40"],
    "M": ["00 06 23 46 40"],
    "N": ["00 06 40 46"],
    "O": ["10 01 05 16 36 45 41 30 10"],
    "P": ["00 06 36 45 43 32 02"],
    "Q": ["10 01 05 16 36 45 41 30 10", "22 40"],
    "R": ["00 06 36 45 43 32 02", "22 40"],
    "S": ["45 36 16 05 04 13 33 42 41 30 10 01"],
    "T": ["06 46", "20 26"],
    "U": ["06 01 10 30 41 46"],
    "V": ["06 20 46"],
    "W": ["06 10 23 30 46"],
    "X": ["00 46", "06 40"],
    "Y": ["06 23 46", "23 20"],
    "Z": ["06 46 00 40"],
    "0": ["10 01 05 16 36 45 41 30 10", "12 34"],
    "1": ["04 26 20", "00 40"],
    "2": ["05 16 36 45 44 00 40"],
    "3": ["06 46 23 33 42 41 30 10 01"],
    "4": ["30 36 02 42"],
    "5": ["46 06 03 33 42 41 30 10 01"],
    "6": ["46 26 04 01 10 30 41 42 33 03"],
    "7": ["06 46 10"],
    "8": ["13 04 05 16 36 45 44 33 13 02 01 10 30 41 42 33"],
    "9": ["00 20 42 45 36 16 05 04 13 43"],
    ".": ["00"],
    ",": ["11 00"],
    ":": ["01", "04"],
    "-": ["03 33"],
    "+": ["03 43", "21 25"],
    "/": ["00 46"],
    "(": ["26 04 02 20"],
    ")": ["06 24 22 00"],
    "'": ["06 05"],
    "&": ["40 05 16 25 02 01 10 20 42"],
    "?": ["05 16 36 45 44 23 22", "20"],
    "!": ["06 02", "00"],
}
NAMES = {
    ".": "period", ",": "comma", ":": "colon", "-": "hyphen", "+": "plus", "/": "slash",
    "(": "parenleft", ")": "parenright", "'": "quotesingle", "&": "ampersand", "?": "question", "!": "exclam",
    "0": "zero", "1": "one", "2": "two", "3": "three", "4": "four", "5": "five", "6": "six", "7": "seven",
    "8": "eight", "9": "nine",
}  # fmt: skip


def contour(pen, points):
    """Adds a closed outline, always clockwise, so that overlapping parts add up."""
    area = sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(points, points[1:] + points[:1]))
    points = points[::-1] if area > 0 else points
    pen.moveTo(tuple(map(round, points[0])))
    for point in points[1:]:
        pen.lineTo(tuple(map(round, point)))
    pen.closePath()


def disc(pen, x, y):
    turns = [math.tau * (i + 0.5) / 12 for i in range(12)]
    contour(pen, [(x + PEN / 2 * math.cos(t), y + PEN / 2 * math.sin(t)) for t in turns])


def bar(pen, start, end):
    (x0, y0), (x1, y1) = start, end
    length = math.hypot(x1 - x0, y1 - y0)
    dx, dy = (y1 - y0) / length * PEN / 2, (x0 - x1) / length * PEN / 2
    contour(pen, [(x0 + dx, y0 + dy), (x1 + dx, y1 + dy), (x1 - dx, y1 - dy), (x0 - dx, y0 - dy)])


def glyph(strokes):
    pen, width = TTGlyphPen(None), 0
    for stroke in strokes:
        grid = [(int(p[0]), int(p[1])) for p in stroke.split()]
        points = [(MARGIN + x * UNIT, PEN / 2 + y * UNIT) for x, y in grid]
        width = max([width] + [x for x, _ in grid])
        for point in dict.fromkeys(points):
            disc(pen, *point)
        for start, end in zip(points, points[1:]):
            bar(pen, start, end)
    return pen.glyph(), round(2 * MARGIN + width * UNIT)


def main(path):
    glyphs, widths, cmap = {}, {}, {}
    for name, strokes in [(".notdef", ["00 06 46 40 00"]), ("space", [])]:
        glyphs[name], widths[name] = glyph(strokes)
    widths["space"], cmap[ord(" ")] = 340, "space"
    for sign, strokes in STROKES.items():
        name = NAMES.get(sign, sign)
        glyphs[name], widths[name] = glyph(strokes)
        cmap[ord(sign)] = name
        if sign.isalpha():
            cmap[ord(sign.lower())] = name
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder(list(glyphs))
    builder.setupCharacterMap(cmap)
    builder.setupGlyf(glyphs)
    builder.setupHorizontalMetrics({n: (widths[n], getattr(glyphs[n], "xMin", 0)) for n in glyphs})
    builder.setupHorizontalHeader(ascent=880, descent=-120)
    builder.setupNameTable({"familyName": "Signal", "styleName": "Regular"})
    builder.setupOS2(sTypoAscender=880, sTypoDescender=-120, usWinAscent=880, usWinDescent=120, sCapHeight=812)
    builder.setupPost()
    builder.font["head"].created = builder.font["head"].modified = DRAWN
    builder.font.recalcTimestamp = False
    builder.font.flavor = "woff2"
    builder.save(path)


main(sys.argv[1])
