"""Text is escaped wherever it stands, markup stays what it is."""

from __future__ import annotations

from fundarb.reporting.page.markup import Html, tag, together
from fundarb.reporting.page.tables import shown, table

HOSTILE = "<img src=x onerror=\"alert('1')\">&"


def test_text_and_attributes_are_escaped_and_markup_is_kept() -> None:
    found = tag("p", HOSTILE, tag("b", "x"), None, [HOSTILE], title=HOSTILE, hidden=True, id=None, lang=False)
    assert found.startswith('<p title="&lt;img src=x onerror=&quot;alert(&#x27;1&#x27;)&quot;&gt;&amp;" hidden>&lt;img')
    assert found.count("<") == 4
    assert "<b>x</b>" in found
    assert tag("meta", name_="a", http_equiv="b") == '<meta name="a" http-equiv="b">'
    assert isinstance(together("a", Html("<br>")), Html)


def test_a_table_escapes_names_cells_and_caption() -> None:
    found = table((HOSTILE, "n"), [{HOSTILE: HOSTILE, "n": 1}], HOSTILE)
    assert "<img" not in found
    assert 'data-column="n">1</td>' in found


def test_what_is_undefined_is_a_dash_and_what_is_zero_is_not() -> None:
    assert [shown(value) for value in (None, "", 0, 0.0, True, -1)] == ["–", "–", "0", "0.0", "yes", "-1"]
