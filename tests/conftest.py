"""What holds for every test: a slow machine is no reason for a property to fail."""

from __future__ import annotations

from hypothesis import settings

from tests.browser.chromium import chromium as chromium

settings.register_profile("fundarb", deadline=None)
settings.load_profile("fundarb")
