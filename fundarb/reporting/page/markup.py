"""HTML made of tags: whatever is not markup already is escaped, so that no name can become a part of the page."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

VOID = frozenset({"meta", "link", "br", "input"})
Attribute = str | int | bool | None


class Html(str):
    """Text that is markup already."""

    __slots__ = ()


Content = str | Iterable["Content"] | None


def tag(name: str, *content: Content, **attributes: Attribute) -> Html:
    """An element. `class_` and `for_` are attributes too, `aria_label` is written `aria-label`; False and None are none."""
    told = "".join(
        _attribute(key, value) for key, value in attributes.items() if value is not None and value is not False
    )
    if name in VOID:
        return Html(f"<{name}{told}>")
    return Html(f"<{name}{told}>{together(*content)}</{name}>")


def together(*content: Content) -> Html:
    """Everything one after another, text escaped."""
    return Html("".join(map(_text, content)))


def _text(content: Content) -> str:
    if content is None:
        return ""
    if isinstance(content, Html):
        return content
    return escape(content, quote=False) if isinstance(content, str) else together(*content)


def _attribute(key: str, value: Attribute) -> str:
    name = key.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{escape(str(value))}"'
