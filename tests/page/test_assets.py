"""The drawing code as files and as one module."""

from __future__ import annotations

import pytest

from tracker.page import assets


def test_vendored_uplot_keeps_its_licence() -> None:
    """Script, style and the author's terms lie together."""
    assert "uPlot" in assets.asset(assets.UPLOT_SCRIPT)[:200]
    assert ".uplot" in assets.asset(assets.UPLOT_STYLE)
    assert "Leon Sorokin" in assets.asset("uplot/LICENSE")


def test_own_files_ask_for_nothing_from_elsewhere() -> None:
    """No address but the name of SVG, no fetch, no markup from text."""
    for name in ("blocks.js", "curves.js", "theme.css"):
        text = assets.asset(name).replace("http://www.w3.org/2000/svg", "")
        for word in ("http", "//cdn", "fetch(", "innerHTML", "@import", "url("):
            assert word not in text, f"{name}: {word}"


def test_modules_join_in_the_order_of_their_imports(monkeypatch: pytest.MonkeyPatch) -> None:
    """Import lines go where what they import stands before them; anything else is a mistake of ours."""
    texts = {"a.js": "export const one = 1;\n", "b.js": 'import { one } from "./a.js";\nconst two = one + one;\n'}
    monkeypatch.setattr(assets, "asset", texts.__getitem__)
    assert assets.inlined_module(["a.js", "b.js"]) == "export const one = 1;\n\nconst two = one + one;\n"
    with pytest.raises(ValueError, match=r"b\.js imports a\.js"):
        assets.inlined_module(["b.js", "a.js"])
