"""Settings that follow from others."""

import pytest

from bot.settings import SECRETS, Settings


@pytest.mark.parametrize(
    ("bind_host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000"),
        ("0.0.0.0", "http://127.0.0.1:8000"),
        ("192.168.1.5", "http://192.168.1.5:8000"),
        ("::1", "http://[::1]:8000"),
    ],
)
def test_the_public_door_is_found_from_this_machine(bind_host, url):
    assert Settings(bind_host=bind_host, port=8000, _env_file=None).public_url == url


@pytest.mark.parametrize(
    ("environment", "demo", "shown"),
    [("development", True, True), ("development", False, False), ("production", True, False)],
)
def test_the_demo_is_for_development_only(environment, demo, shown):
    keys = dict.fromkeys(SECRETS, "of our own")
    assert Settings(environment=environment, demo=demo, **keys, _env_file=None).shows_demo is shown
