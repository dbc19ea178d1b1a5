"""Draws the site's picture (a tower at dusk, PNG) and its icon (ICO). Needs Python alone.

python3 drawing/picture.py public
"""

import math
import struct
import sys
import zlib

WIDTH, HEIGHT = 720, 300
LAMP = (470, 92)
HORIZON = 214


def mix(a, b, share):
    return tuple(x + (y - x) * share for x, y in zip(a, b))


def sky(x, y):
    down = y / HORIZON
    high, mid, low = (18, 30, 58), (74, 78, 120), (238, 150, 92)
    colour = mix(high, mid, down / 0.6) if down < 0.6 else mix(mid, low, (down - 0.6) / 0.4)
    star = zlib.crc32(b"%d %d" % (x, y)) % 1500
    return mix((225, 228, 240), colour, down / 0.6) if star == 0 and down < 0.6 else colour


def sea(x, y):
    depth = (y - HORIZON) / (HEIGHT - HORIZON)
    colour = mix((150, 104, 96), (14, 26, 48), min(1, depth * 1.5))
    ripple = math.sin(x / (9 + 30 * depth) + y * 1.9) * math.sin(y * (1.6 - depth))
    return mix(colour, (250, 200, 140), max(0, ripple) * 0.18 * (1 - depth))


def beam(x, y):
    """How much of the lamp's light is at a point: two opposite beams that widen and fade."""
    dx, dy = x - LAMP[0], y - LAMP[1]
    away = math.hypot(dx, dy)
    if away < 3:
        return 1.0
    angle = abs(math.atan2(dy + dx * 0.09, abs(dx)))
    ray = max(0, 1 - angle / 0.055) * math.exp(-away / 330)
    return min(1, ray * 0.75 + math.exp(-away / 9) * 0.9)


def tower(x, y):
    """The colour of the tower or its rock at a point, or None beside them."""
    dx, up = x - LAMP[0], 228 - y
    rock = (22 + 4 * math.sin(x / 7)) * math.exp(-((dx / 70) ** 4))
    if rock > 1 and -rock / 2 < up < rock:
        return mix((24, 26, 36), (70, 58, 62), max(0, up / rock) ** 2 * 0.6)
    if 118 <= up < 130 and abs(dx) < 11:
        return (255, 226, 150) if int(dx + 11) % 6 else (40, 40, 52)
    if 146 > up >= 130 and abs(dx) < 12 * (146 - up) / 16:
        return (120, 36, 36)
    if 112 <= up < 118 and abs(dx) < 17:
        return (46, 46, 58)
    if 0 <= up < 112 and abs(dx) < 12 + 10 * (1 - up / 112) ** 2:
        stripe = (176, 52, 44) if int(up / 28) % 2 else (226, 220, 208)
        return mix(stripe, (30, 32, 50), min(1, max(0, 0.42 + dx / 44)))
    return None


def pixel(x, y):
    solid = tower(x, y)
    colour = solid or (sky(x, y) if y < HORIZON else sea(x, y))
    colour = mix(colour, (255, 236, 180), beam(x, y) * (0.25 if solid else 1))
    # Steps of four: nothing the eye sees, and a file of half the size.
    return bytes(min(255, max(0, round(c / 4) * 4)) for c in colour)


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, height, colour_type, rows):
    """Rows are bytes of pixels; each is stored as its difference to the pixel on its left."""
    size = {2: 3, 6: 4}[colour_type]
    lines = []
    for row in rows:
        left = bytes(size) + row[:-size]
        lines.append(b"\x01" + bytes((a - b) & 255 for a, b in zip(row, left)))
    header = struct.pack(">IIBBBBB", width, height, 8, colour_type, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"".join(lines), 9)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def icon_pixel(x, y):
    dx, dy = x - 15.5, y - 15.5
    if 7 <= y < 12 and abs(dx) < 4:
        return bytes((255, 214, 110, 255))
    if 4 <= y < 7 and abs(dx) < (y - 2) * 1.2:
        return bytes((176, 52, 44, 255))
    if 12 <= y < 28 and abs(dx) < 4 + (y - 12) * 0.16:
        return bytes((176, 52, 44, 255) if (y - 12) // 4 % 2 == 0 else (240, 236, 226, 255))
    if dx * dx + dy * dy < 15.5 * 15.5:
        ray = 7 <= y < 12 and abs(dy + 6) < abs(dx) * 0.25
        return bytes((250, 224, 150, 255) if ray else (28, 42, 74, 255))
    return bytes(4)


def main(public):
    rows = [b"".join(pixel(x, y) for x in range(WIDTH)) for y in range(HEIGHT)]
    with open(f"{public}/assets/dusk.png", "wb") as file:
        file.write(png(WIDTH, HEIGHT, 2, rows))
    icon = png(32, 32, 6, [b"".join(icon_pixel(x, y) for x in range(32)) for y in range(32)])
    entry = struct.pack("<BBBBHHII", 32, 32, 0, 0, 1, 32, len(icon), 22)
    with open(f"{public}/favicon.ico", "wb") as file:
        file.write(struct.pack("<HHH", 0, 1, 1) + entry + icon)


main(sys.argv[1])
