"""A mosquitto that knows everybody by certificate, lets each say what is his, and refuses the revoked."""

from __future__ import annotations

from pathlib import Path

import trustme

from layouts.model import House
from layouts.settings import Peer
from tests.atn.broker import Broker
from tests.brokers.bad import revocation_list, write_client

HOST = "localhost"
ADMIN = "admin"


def access(house: House) -> str:
    """The access list of a house: each name and the topics of the protocol that it needs, no more."""
    us, atn = (alias.replace(".", "-") for alias in (house.scada.alias, house.ltn.alias))
    rights: dict[str, dict[str, tuple[str, ...]]] = {
        house.scada.alias: {
            "write": (f"gw/{us}/to/ltn/#", f"gw/{us}/to/admin/#"),
            "read": (f"gw/{atn}/to/s/#", f"gw/admin/to/{us}/#"),
        },
        house.ltn.alias: {"write": (f"gw/{atn}/to/s/#",), "read": (f"gw/{us}/to/ltn/#",)},
        ADMIN: {"write": (f"gw/admin/to/{us}/#",), "read": (f"gw/{us}/to/admin/#",)},
    }
    lines = []
    for name, kinds in rights.items():
        lines.append(f"user {name}")
        lines += [f"topic {kind} {where}" for kind, topics in kinds.items() for where in topics]
    return "\n".join(lines) + "\n"


class Guarded:
    """The broker, its authority, and everybody's files in `folder`."""

    def __init__(self, folder: Path, house: House) -> None:
        self._folder = folder
        self._ca = trustme.CA()
        self._ca.cert_pem.write_to_path(folder / "ca.pem")
        self._leaves: dict[str, trustme.LeafCert] = {}
        write_client(folder, "broker", self._ca.issue_cert(HOST))
        (folder / "access").write_text(access(house), encoding="ascii")
        self.broker = Broker(kind="mosquitto")
        self.broker.rules = "".join(
            f"{line}\n"
            for line in (
                "allow_anonymous false",
                "require_certificate true",
                "use_identity_as_username true",
                f"cafile {folder / 'ca.pem'}",
                f"certfile {folder / 'broker.pem'}",
                f"keyfile {folder / 'broker.key'}",
                f"crlfile {folder / 'revoked.pem'}",
                f"acl_file {folder / 'access'}",
            )
        )
        self.revoke()

    def files(self, name: str, *, ca: trustme.CA | None = None) -> Peer:
        """A certificate for `name`, issued when first asked for, as the settings name it."""
        if name not in self._leaves:
            self._leaves[name] = (ca or self._ca).issue_cert("someone@example.org", common_name=name)
            write_client(self._folder, name, self._leaves[name])
        return Peer(
            host=HOST,
            port=self.broker.port,
            ca_file=str(self._folder / "ca.pem"),
            cert_file=str(self._folder / f"{name}.pem"),
            key_file=str(self._folder / f"{name}.key"),
        )

    def revoke(self, *names: str) -> None:
        """These and no others are revoked, from the broker's next start on."""
        gone = [self._leaves[name] for name in names]
        (self._folder / "revoked.pem").write_bytes(revocation_list(self._ca, *gone))

    def start(self) -> None:
        """Start, or start again."""
        self.broker.start()

    def close(self) -> None:
        """End it."""
        self.broker.__exit__()
