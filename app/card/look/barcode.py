"""Code 128 in its set C (two digits a symbol), drawn as a PNG."""

from __future__ import annotations

import struct
import zlib

QUIET_MODULES = 10
MODULE_PIXELS = 4
HEIGHT_PIXELS = 160
START_C = 105
STOP = "2331112"
# Widths of bars and gaps of the symbols 0 to 105, as the standard numbers them.
TABLE = (
    "212222 222122 222221 121223 121322 131222 122213 122312 132212 221213 221312 231212 112232 "
    "122132 122231 113222 123122 123221 223211 221132 221231 213212 223112 312131 311222 321122 "
    "321221 312212 322112 322211 212123 212321 232121 111323 131123 131321 112313 132113 132311 "
    "211313 231113 231311 112133 112331 132131 113123 113321 133121 313121 211331 231131 213113 "
    "213311 213131 311123 311321 331121 312113 312311 332111 314111 221411 431111 111224 111422 "
    "121124 121421 141122 141221 112214 112412 122114 122411 142112 142211 241211 221114 413111 "
    "241112 134111 111242 121142 121241 114212 124112 124211 411212 421112 421211 212141 214121 "
    "412121 111143 111341 131141 114113 114311 411113 411311 113141 114131 311141 411131 211412 "
    "211214 211232"
)
WIDTHS = TABLE.split()


def png(digits: str) -> bytes:
    """A bar code of an even number of digits, black on white, quiet zone included."""
    pixels = [dark for dark in _modules(digits) for _ in range(MODULE_PIXELS)]
    row = b"\0" + _packed(pixels)
    return _png(width=len(pixels), height=HEIGHT_PIXELS, data=row * HEIGHT_PIXELS)


def _modules(digits: str) -> list[bool]:
    quiet = [False] * QUIET_MODULES
    widths = "".join(WIDTHS[symbol] for symbol in _symbols(digits)) + STOP
    bars = [place % 2 == 0 for place, width in enumerate(widths) for _ in range(int(width))]
    return quiet + bars + quiet


def _symbols(digits: str) -> list[int]:
    pairs = [int(digits[place : place + 2]) for place in range(0, len(digits), 2)]
    check = START_C + sum(place * value for place, value in enumerate(pairs, start=1))
    return [START_C, *pairs, check % 103]


def _packed(pixels: list[bool]) -> bytes:
    """Eight pixels a byte; a PNG's set bit is white."""
    padded = pixels + [False] * (-len(pixels) % 8)
    bits = "".join("0" if dark else "1" for dark in padded)
    return int(bits, 2).to_bytes(len(bits) // 8, "big")


def _png(*, width: int, height: int, data: bytes) -> bytes:
    one_bit_grey = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    chunks = (b"IHDR", one_bit_grey), (b"IDAT", zlib.compress(data)), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, body) for kind, body in chunks)


def _chunk(kind: bytes, body: bytes) -> bytes:
    checksum = zlib.crc32(kind + body)
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", checksum)
