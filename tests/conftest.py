"""What holds for every test: a slow machine is no reason for a property to fail, and neither is another draw of examples.

`make test` draws the same examples every time; `make soak` draws anew, and more of them (`tests/drawing.py`)."""

from __future__ import annotations

from hypothesis import settings

from tests.browser.chromium import chromium as chromium  # a fixture of every test that looks at a page

settings.register_profile("fundarb", deadline=None, derandomize=True)
settings.register_profile("campaign", deadline=None, max_examples=1000)
settings.load_profile("fundarb")
