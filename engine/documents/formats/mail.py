"""A mail saved as a file: who wrote to whom, when, and the text; attachments are left alone."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterator
from email.message import EmailMessage, MIMEPart

from engine.documents.formats.html import parse_html
from engine.documents.formats.source import Source, clean_text, collapse
from engine.documents.formats.text import parse_text
from engine.documents.types import Block
from engine.errors import DocumentError

_SHOWN = ("Subject", "From", "To", "Cc", "Date")


def parse(source: Source) -> Iterator[Block]:
    """Headers that a reader sees, then the body.

    Raises:
        DocumentError: the mail has neither.
    """
    message = email.message_from_bytes(source.read_bytes(), policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    headers = [f"{name}: {collapse(str(message[name]))}" for name in _SHOWN if message[name]]
    source.title = collapse(str(message["Subject"] or ""))
    path = (source.title,) if source.title else ()
    if headers:
        yield Block("\n".join(headers), None, path, "list")
    body = message.get_body(preferencelist=("plain", "html"))
    text = _content(body)
    if not headers and not text.strip():
        raise DocumentError("The file has no text in it.", "empty")
    is_html = body is not None and body.get_content_type() == "text/html"
    for block in parse_html(text, source) if is_html else parse_text(clean_text(text)):
        yield Block(block.text, None, path + block.headings, block.kind, block.joint)


def _content(body: MIMEPart | None) -> str:
    if body is None:
        return ""
    try:
        return str(body.get_content())
    except (LookupError, ValueError, KeyError):  # a charset that nobody knows, or a broken encoding
        payload = body.get_payload(decode=True)
        return payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""
