"""What every page of ours is: one file whose content policy allows its own style and scripts, and nothing else."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from string import Template

from tracker.page.assets import asset
from tracker.reports.html.markup import Markup, markup_of


@dataclass(frozen=True, slots=True)
class Script:
    """A script of ours as it stands in the page."""

    text: str
    is_module: bool = False


def html_page(
    title: str,
    body: Markup,
    *,
    styles: Sequence[str],
    scripts: Sequence[Script] = (),
    data: object = None,
    paper: str = "",
) -> str:
    """The page. styles: texts of style sheets; data: for the scripts, as JSON in the element `drawn`."""
    style = "\n".join(styles)
    parts = [f'<script type="application/json" id="drawn">{_json(data)}</script>\n'] if data is not None else []
    for script in scripts:
        kind = ' type="module"' if script.is_module else ""
        parts.append(f"<script{kind}>{script.text}</script>\n")
    return Template(asset("page.html")).substitute(
        title=markup_of(title),
        paper=markup_of(paper),
        style_digest=_digest(style),
        script_digests=" ".join(_digest(script.text) for script in scripts) or "'none'",
        style=style,
        body=body,
        scripts="".join(parts),
    )


def _json(values: object) -> str:
    """JSON that can stand inside of a script element: no `<` in it can end the element."""
    text = json.dumps(values, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _digest(text: str) -> str:
    """As the browser takes it over what stands between the tags."""
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"
