"""TLS as clients see it: which versions, whose certificate, and a new one without a lost connection."""

import signal
from pathlib import Path

import pytest

from tests.e2e.conftest import StartDaemon
from tests.e2e.daemon import SECRET, Daemon
from tests.e2e.programs import Programs


def make_certificate(programs: Programs, directory: Path, name: str) -> tuple[str, str]:
    """A certificate for localhost whose subject has this name, and its key, in place of those before."""
    certificate, key = directory / "certificate.pem", directory / "key.pem"
    programs.run(
        *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
        *("-subj", f"/CN={name}", "-addext", "subjectAltName=DNS:localhost", "-days", "2"),
        *("-keyout", str(key), "-out", str(certificate)),
    )
    return str(certificate), str(key)


def subject_at(programs: Programs, port: int) -> str:
    """Whose certificate a new connection is shown."""
    shown = programs.run("openssl", "s_client", "-connect", f"127.0.0.1:{port}", stdin="")
    return next(line for line in shown.splitlines() if line.startswith("subject="))


@pytest.mark.parametrize("frontend", ["web over tls", "line over tls"])
def test_tls_1_1_is_refused(shared: Daemon, programs: Programs, frontend: str) -> None:
    where = f"127.0.0.1:{shared.ports[frontend]}"
    old = programs.start("openssl", "s_client", "-tls1_1", "-cipher", "ALL:@SECLEVEL=0", "-connect", where)
    old.expect("alert protocol version")
    assert old.status() != 0


def test_a_new_certificate_serves_new_connections(
    start_daemon: StartDaemon, programs: Programs, tmp_path: Path
) -> None:
    """Open connections go on; a file that is no certificate changes nothing."""
    certificate, key = make_certificate(programs, tmp_path, "first")
    daemon = start_daemon(tls=("--certificate", certificate, "--private-key", key))
    line = daemon.ports["line over tls"]
    old = programs.start("openssl", "s_client", "-quiet", "-connect", f"127.0.0.1:{line}")
    old.type("/nick alice\n")
    old.expect(r"\* You are alice")
    make_certificate(programs, tmp_path, "second")
    daemon.send(signal.SIGHUP)
    daemon.await_log("New connections get the certificate")
    assert "second" in subject_at(programs, line)
    assert "second" in subject_at(programs, daemon.ports["web over tls"])
    Path(certificate).write_text("This is no certificate.\n")
    daemon.send(signal.SIGHUP)
    daemon.await_log("The old certificate stays")
    assert "second" in subject_at(programs, line)
    old.type(f"/receipts on\nstill here, {SECRET}\n")
    old.expect(r"\* stored #lobby 1")


def test_a_password_needs_encryption_except_on_loopback(shared: Daemon, programs: Programs) -> None:
    """Loopback is where these tests are; what happens elsewhere is a matter for tests/protocol."""
    password = f"correct {SECRET}"
    tls = f"localhost:{shared.ports['line over tls']}"
    over_tls = programs.start("openssl", "s_client", "-quiet", "-connect", tls)
    over_tls.type(f"/register tess\n{password}\n")
    over_tls.expect(r"\* You are tess\.")
    nc = ["nc.openbsd", "-N", "127.0.0.1", str(shared.ports["line"])]
    assert "* You are tess." in programs.run(*nc, stdin=f"/login tess\n{password}\n")
