"""Taking tokens apart, and checking their signatures against a JWKS."""

import base64
import json
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from recording import remember_secrets


def _decode(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


@dataclass(frozen=True)
class Token:
    """A token, taken apart."""

    header_text: str
    payload_text: str
    signed: bytes
    signature: bytes

    @property
    def header(self) -> dict[str, Any]:
        return json.loads(self.header_text)

    @property
    def claims(self) -> dict[str, Any]:
        return json.loads(self.payload_text)

    def signed_by(self, jwks: dict[str, Any]) -> bool:
        """True if the key that the header names signed it."""
        key = next(key for key in jwks["keys"] if key["kid"] == self.header["kid"])
        try:
            Ed25519PublicKey.from_public_bytes(_decode(key["x"])).verify(self.signature, self.signed)
        except InvalidSignature:
            return False
        return True


def decode(token: str) -> Token:
    header, payload, signature = token.split(".")
    return Token(
        header_text=_decode(header).decode(),
        payload_text=_decode(payload).decode(),
        signed=f"{header}.{payload}".encode(),
        signature=_decode(signature),
    )


def forge(token: str) -> str:
    """The same header and claims under a signature by a key of one's own."""
    signed = decode(token).signed
    forged = f"{signed.decode()}.{_encode(Ed25519PrivateKey.generate().sign(signed))}"
    remember_secrets(forged)
    return forged
