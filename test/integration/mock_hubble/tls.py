"""TLS for the mock server: a certificate, and optionally the CA that clients must come from."""

from __future__ import annotations

import pathlib
from dataclasses import dataclass

import grpc


@dataclass(frozen=True)
class ServerTls:
    """PEM files. With `client_ca_file` every client must show a certificate of that CA (mutual TLS)."""

    certificate_file: pathlib.Path
    key_file: pathlib.Path
    client_ca_file: pathlib.Path | None = None

    def credentials(self) -> grpc.ServerCredentials:
        """Read anew for each start, so that a restart takes up renewed files. OSError on an unreadable one."""
        pair = (self.key_file.read_bytes(), self.certificate_file.read_bytes())
        client_ca = self.client_ca_file.read_bytes() if self.client_ca_file else None
        return grpc.ssl_server_credentials([pair], client_ca, require_client_auth=client_ca is not None)
