"""What every witness gets."""

import ipaddress
import socket
import uuid

import pytest
import sandbox


@pytest.fixture(scope="session")
def apps():
    """Where the apps of the shared sandbox are."""
    return sandbox.shared()


@pytest.fixture
def word():
    """A word that no contact of the sandbox has, so that witnesses do not find each other's contacts."""
    return "w" + uuid.uuid4().hex[:12]


@pytest.fixture(autouse=True)
def no_way_out(monkeypatch):
    """Nobody talks to the vendors: a library that forgets where it was pointed fails here and sends nothing."""
    connect = socket.socket.connect

    def only_here(self, address):
        host = address[0] if isinstance(address, tuple) else None
        assert host is None or ipaddress.ip_address(host).is_loopback, f"a witness wants to talk to {host}"
        return connect(self, address)

    resolve = socket.getaddrinfo

    def only_addresses(host, *others, **more):
        assert host in ("127.0.0.1", "localhost"), f"a witness wants to talk to {host}"
        return resolve(host, *others, **more)

    monkeypatch.setattr(socket.socket, "connect", only_here)
    monkeypatch.setattr(socket, "getaddrinfo", only_addresses)
