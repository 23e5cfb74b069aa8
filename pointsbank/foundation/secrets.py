"""Encryption of what must be read again (ID numbers, card tokens), and keyed digests for finding it."""

import hashlib
import hmac

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from pointsbank.foundation.errors import EnvironmentProblemError


class Vault:
    """Encrypts with the newest key and reads with any of them; finds by a digest under a key of its own."""

    def __init__(self, encryption_keys: tuple[str, ...], digest_key: str) -> None:
        self._fernet = MultiFernet([Fernet(key) for key in encryption_keys])
        self._digest_key = digest_key.encode()

    def seal(self, text: str) -> str:
        """Text as ciphertext."""
        return self._fernet.encrypt(text.encode()).decode()

    def open(self, sealed: str) -> str:
        """Ciphertext as text. Raises EnvironmentProblemError when the keys do not belong to this database."""
        try:
            return self._fernet.decrypt(sealed).decode()
        except InvalidToken as wrong:
            raise EnvironmentProblemError("密钥与数据库不配套，请把原来的 secrets.json 放回数据文件夹。") from wrong

    def digest(self, text: str) -> bytes:
        """A digest for matching equal texts without reading them: HMAC-SHA-256, 32 bytes."""
        return hmac.new(self._digest_key, text.encode(), hashlib.sha256).digest()


_vault: Vault | None = None


def use_vault(vault: Vault) -> None:
    """Hand the program its keys. Called once by create_app."""
    global _vault  # noqa: PLW0603 - keys belong to the process, not to a call
    _vault = vault


def vault() -> Vault:
    """The keys of this process."""
    if _vault is None:
        raise RuntimeError("the vault is opened by create_app")
    return _vault
