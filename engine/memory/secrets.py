"""What must not be kept unasked: card and account numbers, keys, passwords.

A suggestion that holds one of these is refused. The person can still say "remember that …": what they ask
for is kept. No list finds every secret; what is here has a form that can be recognised, and the test beside
holds a hundred that must be refused and a hundred harmless sentences that must pass.
"""

from __future__ import annotations

import math
import re
from collections import Counter

from engine.search.terms import word_set

_DIGIT_RUN = re.compile(r"(?<![\w.])\d(?:[ \-.]?\d){11,18}(?![\w])")
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}\b")
_KEYS = re.compile(
    r"-----BEGIN [A-Z ]*(?:PRIVATE KEY|CERTIFICATE)|\b(?:sk|pk|rk)[-_](?:live|test|proj|ant)?[-_]?[A-Za-z0-9_-]{16,}"
    r"|\bgh[pousr]_[A-Za-z0-9]{20,}|\bgithub_pat_\w{20,}|\bglpat-[\w-]{16,}|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|\bAIza[\w-]{30,}"
    r"|\bxox[abpr]-[\w-]{10,}|\bhf_[A-Za-z0-9]{20,}|\beyJ[\w-]{10,}\.[\w-]{10,}|\bssh-(?:rsa|ed25519) AAAA"
    r"|://[^\s/:@]+:[^\s/@]+@|\b[13][1-9A-HJ-NP-Za-km-z]{25,34}\b|\b0x[0-9a-fA-F]{40,}\b"
)
_NAMED = re.compile(
    r"\b(?:pass ?words?|pass ?phrase|pass ?code|passwort|kennwort|mot de passe|contraseña|senha|wachtwoord"
    r"|parola d.ordine"
    r"|pin(?: ?code| ?number)?|puk|cvv|cvc|tan|secret(?: key)?|private key|api[ _-]?key|access[ _-]?(?:key|token)"
    r"|(?:auth|bearer|login|security)[ _-]?(?:token|code)|seed phrase|recovery (?:code|phrase|key)|geheimzahl)\b"
    r"(?:[\s\w’']{0,40}?)(?:\bis\b|\bare\b|\bwas\b|\bist\b|\blautet\b|\best\b|\bes\b|\bè\b|[:=])\s*[\"“'`]?(\S{3,})",
    re.IGNORECASE,
)
_SOCIAL = re.compile(r"\b\d{3}-\d{2}-\d{4}\b")
_TOKEN = re.compile(r"[A-Za-z0-9+/_\-]{20,}={0,2}")
# Bits per character: words of any language stay below, random letters and digits do not.
_RANDOM_BITS = 3.6
# What follows "my password is …" in sentences that tell nothing: "is too long", "is stored in …".
_HARMLESS = word_set(
    """
    not too very so in on at the a an my your stored saved kept written safe secure secret strong weak long short old
    new required needed wrong forgotten lost hard easy nicht zu im sehr
    """
)


def find_secret(text: str) -> str:
    """What kind of secret a text holds, in words for people; "" if none is seen."""
    if any(_is_card(match.group()) for match in _DIGIT_RUN.finditer(text)):
        return "a card number"
    if any(_is_iban(match.group()) for match in _IBAN.finditer(text)):
        return "an account number"
    if _KEYS.search(text):
        return "a key"
    if _SOCIAL.search(text):
        return "a social security number"
    if any(match.group(1).strip(".,;:!?\"”'`").lower() not in _HARMLESS for match in _NAMED.finditer(text)):
        return "a password"
    if any(_is_random(match.group()) for match in _TOKEN.finditer(text)):
        return "a key"
    return ""


def _is_card(run: str) -> bool:
    """Whether the digits have the check digit of a payment card (Luhn)."""
    digits = [int(c) for c in run if c.isdigit()]
    if not 13 <= len(digits) <= 19:
        return False
    doubled = [sum(divmod(2 * d, 10)) if i % 2 else d for i, d in enumerate(reversed(digits))]
    return sum(doubled) % 10 == 0


def _is_iban(run: str) -> bool:
    """Whether the characters have the check digits of a bank account (ISO 13616, mod 97)."""
    plain = run.replace(" ", "")
    for end in range(len(plain), 14, -1):  # a word may follow in capitals
        turned = plain[4:end] + plain[:4]
        if int("".join(str(int(c, 36)) for c in turned)) % 97 == 1:
            return True
    return False


def _is_random(token: str) -> bool:
    if not (any(c.isdigit() for c in token) and any(c.isalpha() for c in token)):
        return False
    n = len(token)
    bits = -sum(count / n * math.log2(count / n) for count in Counter(token).values())
    return bits >= _RANDOM_BITS
