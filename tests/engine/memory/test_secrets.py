"""Secrets are seen; what only speaks of them, or is a plain number, is not."""

from __future__ import annotations

import pytest

from engine.memory.secrets import find_secret


@pytest.mark.parametrize(
    "text",
    [
        "My card is 4111 1111 1111 1111", "5500-0000-0000-0004 expires in May", "378282246310005",
        "IBAN DE89 3704 0044 0532 0130 00", "pay to GB82WEST12345698765432", "NL91ABNA0417164300 is my account",
        "My password is hunter22", "the wifi password: correcthorse", "Passwort lautet geheim99", "my PIN is 4711",
        "mon mot de passe est soleil", "la contraseña es girasol1", "passphrase = blue-owl-nine", "CVV: 123",
        "The api key is abc123def", "my bank password for the joint account is Tulip77",
        "sk-proj-abcdefghijklmnop1234", "ghp_16C7e42F292c6912E7710c838347Ae178B4a", "AKIAIOSFODNN7EXAMPLE",
        "-----BEGIN RSA PRIVATE KEY-----", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abc", "hf_abcdefghijklmnopqrstuv",
        "postgres://eva:s3cret@db.local/x", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5", "My SSN is 078-05-1120",
        "token q8Zr4Lx0vT2mWc9Yh7Kd", "xoxb-1234567890-abcdef", "glpat-abcdefghijklmnop1234",
    ],
)  # fmt: skip
def test_a_secret_is_seen(text: str) -> None:
    assert find_secret(text)


@pytest.mark.parametrize(
    "text",
    [
        "My sister's birthday is 3 May 1984", "The rent is 840 euros", "Call me on +32 470 12 34 56",
        "I lost my password again", "My password is too long for me", "I keep my PIN in my head",
        "Order 20240301 arrived",
        "I bought 12 apples, 14 pears and 1200 nuts", "My flight is SN2093 on 12 March",
        "The token ring network was slow", "The password is stored in a safe", "ISBN 978-3-16-148410-0 is on my shelf",
        "I was born in 1984 and moved in 2003, 2009, 2014 and 2020", "The key to the shed hangs behind the door",
        "donaudampfschifffahrtsgesellschaft is my favourite word", "We met at https://example.org/some/long/path/page",
        "My dog's chip card is in the drawer", "Room 4711 is cold",
    ],
)  # fmt: skip
def test_what_is_harmless_passes(text: str) -> None:
    assert not find_secret(text)
