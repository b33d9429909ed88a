"""TLS contexts that cannot be weakened, and what a failed handshake means in words.

Certificates, names and versions are always checked; there is no parameter that turns any of it off.
"""

from __future__ import annotations

import ssl

EXPIRED = "certificate expired"
NOT_YET_VALID = "certificate not yet valid"
WRONG_NAME = "certificate for another name"
UNKNOWN_CA = "certificate of an unknown authority"
SELF_SIGNED = "self-signed certificate"
BAD_CERTIFICATE = "certificate not accepted"
OURS_REJECTED = "our certificate rejected"
NOT_TLS = "not TLS"
TOO_OLD = "no common TLS version or cipher"
TURNED_AWAY = "TLS handshake turned away (a certificate of ours may be wanted)"
CLOSED = "closed during TLS"

LASTING_CAUSES = frozenset(
    {EXPIRED, NOT_YET_VALID, WRONG_NAME, UNKNOWN_CA, SELF_SIGNED, BAD_CERTIFICATE, OURS_REJECTED, TURNED_AWAY}
)
"""Somebody must act."""
CLOCK_CAUSES = frozenset({EXPIRED, NOT_YET_VALID})
"""Unless it is our own clock, which has not been set since boot."""
_VERIFY_CAUSES = {
    9: NOT_YET_VALID,
    10: EXPIRED,
    18: SELF_SIGNED,
    19: SELF_SIGNED,
    20: UNKNOWN_CA,
    21: UNKNOWN_CA,
    62: WRONG_NAME,
    64: WRONG_NAME,
}
"""X509_V_ERR_* of OpenSSL's x509_vfy.h."""
_NOT_TLS = (
    "WRONG_VERSION_NUMBER",
    "HTTP_REQUEST",
    "HTTPS_PROXY_REQUEST",
    "UNKNOWN_PROTOCOL",
    "BAD_RECORD_TYPE",
)
_OURS = ("CERTIFICATE_REQUIRED", "ALERT_UNKNOWN_CA", "BAD_CERTIFICATE", "CERTIFICATE_UNKNOWN")
_OURS_MORE = ("ALERT_CERTIFICATE", "CERTIFICATE_EXPIRED", "CERTIFICATE_REVOKED", "ACCESS_DENIED")
_OLD = ("PROTOCOL_VERSION", "UNSUPPORTED_PROTOCOL", "NO_SHARED_CIPHER", "INSUFFICIENT_SECURITY")


def tls_context(
    ca_file: str = "", cert_file: str = "", key_file: str = "", authorities: str = ""
) -> ssl.SSLContext:
    """A client context: TLS 1.2 or newer, the server's certificate and name always checked.

    Without `ca_file` and `authorities` (PEM) the system's authorities count. `cert_file` and `key_file` are
    ours, both or none. Raises `OSError` with a sentence when a file cannot be used. It may wait for files.
    """
    try:
        context = ssl.create_default_context(
            ssl.Purpose.SERVER_AUTH, cafile=ca_file or None, cadata=authorities or None
        )
    except (OSError, ValueError) as error:
        raise OSError(f"The authority file {ca_file!r} cannot be used: {error}.") from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    # set since Python 3.13, and then no authority that gwcert made is accepted: it says nothing of key usage
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    if bool(cert_file) != bool(key_file):
        raise OSError("A certificate needs its key and a key its certificate: name both files or none.")
    if cert_file:
        try:
            context.load_cert_chain(cert_file, key_file, password=lambda: "")
        except (OSError, ValueError) as error:
            raise OSError(
                f"Certificate {cert_file!r} with key {key_file!r} cannot be used: {error}."
            ) from error
    return context


def tls_cause(error: OSError) -> str:
    """One of the causes above for what a TLS socket raised, during the handshake or after it."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return _VERIFY_CAUSES.get(error.verify_code, BAD_CERTIFICATE)
    if isinstance(error, ssl.SSLError):
        reason = error.reason or ""
        if any(word in reason for word in _NOT_TLS):
            return NOT_TLS
        if any(word in reason for word in (*_OURS, *_OURS_MORE)):
            return OURS_REJECTED
        if any(word in reason for word in _OLD):
            return TOO_OLD
        if "HANDSHAKE_FAILURE" in reason:
            return TURNED_AWAY
        if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
            return CLOSED
        return f"TLS error {reason or 'without a reason'}"
    return CLOSED


def tls_words(error: OSError, peer: str) -> str:
    """A sentence for the person who must fix it; `peer` is host:port."""
    cause = tls_cause(error)
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"{peer}: {cause} ({error.verify_message})."
    return f"{peer}: {cause} ({error.strerror or error})."
