"""TLS graded by sslyze, which is no code of ours: no weak version, no weak cipher, no known hole.

`make audit` installs it beside our packages, because it wants older ones, and runs this; without it what
`tests/protocol/test_tls.py` shows with OpenSSL has to do.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.daemon import Daemon
from tests.e2e.programs import PATIENCE_SECONDS

SSLYZE = Path(sys.prefix) / "sslyze" / "bin" / "sslyze"

SCANS = (
    *("sslv2", "sslv3", "tlsv1", "tlsv1_1", "tlsv1_2", "tlsv1_3", "compression", "early_data", "fallback"),
    *("heartbleed", "openssl_ccs", "reneg", "robot"),
)
GOOD = {
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    "TLS_CHACHA20_POLY1305_SHA256",
    "TLS_AES_256_GCM_SHA384",
    "TLS_AES_128_GCM_SHA256",
}
"""Those of Mozilla's intermediate profile that a certificate with an elliptic curve can be used with."""

pytestmark = pytest.mark.skipif(not SSLYZE.exists(), reason="sslyze is not installed: make audit installs it")


def scanned(port: int, directory: Path) -> dict[str, Any]:
    """What sslyze found, by scan."""
    flags = [f"--{scan}" for scan in SCANS]
    file = directory / "found.json"
    where = f"localhost:{port}{{127.0.0.1}}"
    subprocess.run(
        [str(SSLYZE), where, "--mozilla_config=disable", *flags, f"--json_out={file}"],
        stdout=subprocess.DEVNULL,
        timeout=4 * PATIENCE_SECONDS,
        check=True,
    )
    [server] = json.loads(file.read_text())["server_scan_results"]
    return {name: scan["result"] for name, scan in server["scan_result"].items() if scan["result"]}


@pytest.mark.parametrize("frontend", ["web over tls", "line over tls"])
def test_no_version_cipher_or_hole_is_found_that_is_known_to_be_weak(
    shared: Daemon, tmp_path: Path, frontend: str
) -> None:
    found = scanned(shared.ports[frontend], tmp_path)
    taken = {
        name.removesuffix("_cipher_suites"): {
            suite["cipher_suite"]["name"] for suite in result["accepted_cipher_suites"]
        }
        for name, result in found.items()
        if name.endswith("_cipher_suites")
    }
    assert {"tls_1_2", "tls_1_3"} == {version for version, suites in taken.items() if suites}
    assert GOOD == taken["tls_1_2"] | taken["tls_1_3"]
    assert {"ssl_2_0", "ssl_3_0", "tls_1_0", "tls_1_1"} < set(taken)
    assert not found["tls_compression"]["supports_compression"]
    assert not found["tls_1_3_early_data"]["supports_early_data"]
    assert not found["heartbleed"]["is_vulnerable_to_heartbleed"]
    assert not found["openssl_ccs_injection"]["is_vulnerable_to_ccs_injection"]
    assert not found["session_renegotiation"]["is_vulnerable_to_client_renegotiation_dos"]
    assert found["tls_fallback_scsv"]["supports_fallback_scsv"]
    assert "NOT_VULNERABLE_RSA_NOT_SUPPORTED" == found["robot"]["robot_result"]
