"""From bytes to text: which encoding it is, and whether it is text at all."""

from __future__ import annotations

import codecs
import re

from charset_normalizer import from_bytes

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Bytes that no text has: control characters but tab, line feed, form feed, carriage return, escape.
_CONTROL = bytes(set(range(32)) - {9, 10, 11, 12, 13, 27}) + b"\x7f"
# Bytes given to the detector: its time grows with them, its certainty hardly.
_SAMPLE_BYTES = 65_536
# Share of characters that may be unreadable for text to count as UTF-8 with a few bad bytes.
_BAD_SHARE = 0.002
# Encodings that files of this century have; among all that there are, a short text has always an odd one
# that fits.
_ENCODING_NAMES = """
    cp1252 cp1250 cp1251 cp1253 cp1254 cp1255 cp1256 cp1257 cp874 koi8_r iso8859_2 gb18030 big5 shift_jis euc_jp euc_kr
"""
_ENCODINGS = _ENCODING_NAMES.split()
_META_CHARSET = re.compile(rb"""<meta[^>]{0,200}charset\s*=\s*["']?\s*([\w-]{2,40})""", re.I)
_XML_ENCODING = re.compile(rb"""<\?xml[^>]{0,200}encoding\s*=\s*["']([\w-]{2,40})""", re.I)


def looks_binary(head: bytes, *, whole: bool) -> bool:
    """True if the first bytes of a file are no text in any encoding.

    Args:
        whole: the file ends with these bytes; otherwise they may stop inside a character.
    """
    if any(head.startswith(bom) for bom, _ in _BOMS):
        return False
    if _wide_encoding(head) is not None:
        return False
    control = len(head) - len(head.translate(None, _CONTROL))
    if b"\x00" in head:
        # A few NULs in what is otherwise text (a log, a cut copy) are dropped, not refused.
        return head.count(0) > len(head) // 200 + 1 or control > len(head) // 50 + 1
    return control > len(head) // 20 + (1 if whole else 0)


def decode(data: bytes, *, markup: bool = False) -> str:
    """The text of a file; bytes that mean nothing become U+FFFD.

    Args:
        markup: an encoding that HTML or XML names for itself counts.
    """
    for bom, name in _BOMS:
        if data.startswith(bom):
            return data.decode(name, "replace")
    wide = _wide_encoding(data[:8192])
    if wide is not None:
        return data.decode(wide, "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    declared = _declared(data) if markup else None
    return data.decode(declared or _guess(data), "replace")


def _wide_encoding(head: bytes) -> str | None:
    """UTF-16 without a mark: every other byte of Western text is zero."""
    if len(head) < 4:
        return None
    even, odd = head[0::2].count(0), head[1::2].count(0)
    half = len(head) // 2
    if odd > 0.6 * half and even < 0.05 * half:
        return "utf-16-le"
    return "utf-16-be" if even > 0.6 * half and odd < 0.05 * half else None


def _declared(data: bytes) -> str | None:
    found = _XML_ENCODING.search(data[:1024]) or _META_CHARSET.search(data[:4096])
    if found is None:
        return None
    try:
        name = codecs.lookup(found.group(1).decode("ascii")).name
    except LookupError:
        return None
    # Pages that say Latin-1 mean the superset that Windows writes; UTF-8 has been tried already.
    return {"iso8859-1": "cp1252", "ascii": "cp1252", "utf-8": None, "utf-16": None}.get(name, name)


def _guess(data: bytes) -> str:
    # The bytes around the first one that is no UTF-8: a long plain start would tell the detector nothing.
    text = data.decode("utf-8", "replace")
    if text.count("�") - data.count("�".encode()) <= _BAD_SHARE * len(text):
        return "utf-8"
    first = len(re.match(rb"[\x00-\x7f]*", data).group())  # type: ignore[union-attr]
    start = max(0, first - _SAMPLE_BYTES // 4)
    best = from_bytes(data[start : start + _SAMPLE_BYTES], cp_isolation=_ENCODINGS).best()
    return best.encoding if best is not None else "cp1252"
