"""Addresses: https, or plain http on this machine only."""

from __future__ import annotations

import pytest

from perturber.nets.published.address import redirect_problem, url_problem
from perturber.nets.published.catalog import catalog

HERE = ("http://127.0.0.1:8000/a", "http://localhost/a", "http://[::1]:80/a")
REFUSED = (
    "http://example.com/a",
    "http://127.0.0.1.example.com/a",
    "http://localhost.example.com/a",
    "HTTP://example.com/a",
    "file:///etc/passwd",
    "ftp://127.0.0.1/x",
    "//example.com/a",
    "example.com/a",
    "https:///a",
    "https://",
    "https://user:word@example.com/a",
    "https://example.com:99999/a",
    "https://[::1/a",
    "https://example.com/a b",
    "https://exam\nple.com/a",
    "https://example.com/\x1b[2J",
    "https://example.com\\@evil.com/a",
    "https://example.com/" + "a" * 3000,
    "",
)


@pytest.mark.parametrize("url", ["https://example.com/a", "https://example.com:8443/a?b=c#d", *HERE])
def test_safe_addresses_are_accepted(url: str):
    assert url_problem(url) == ""


@pytest.mark.parametrize("url", REFUSED)
def test_others_are_refused_with_the_reason(url: str):
    assert "address" in url_problem(url)


@pytest.mark.parametrize("target", HERE)
def test_a_server_elsewhere_cannot_send_the_program_to_this_machine(target: str):
    assert redirect_problem("https://example.com/a", target) == "it leads to this machine"
    assert redirect_problem("http://127.0.0.1/a", target) == ""


def test_every_shipped_address_is_https():
    urls = [url for entry in catalog().values() for source in entry.sources for url in source.urls]
    assert len(urls) > 20
    assert all(url.startswith("https://") for url in urls)
