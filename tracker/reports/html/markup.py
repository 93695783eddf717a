"""Markup that can not be forgotten to escape: text becomes markup only here, and only escaped."""

from __future__ import annotations

from html import escape

_VOID = {"meta", "br", "col"}


class Markup(str):
    """Text that is markup already."""

    __slots__ = ()


def element(name: str, *children: str, **attributes: str | None) -> Markup:
    """`<name ...>children</name>`; children that are not markup are escaped, attributes of None are left out.

    `class_` is the attribute class, and any other underscore is a hyphen.
    """
    parts = [f"<{name}"]
    for key, value in attributes.items():
        if value is not None:
            attribute = "class" if key == "class_" else key.replace("_", "-")
            parts.append(f' {attribute}="{escape(value)}"')
    parts.append(">")
    parts += [markup_of(child) for child in children]
    if name not in _VOID:
        parts.append(f"</{name}>")
    return Markup("".join(parts))


def joined(*parts: str) -> Markup:
    """One after the other."""
    return Markup("".join(markup_of(part) for part in parts))


def markup_of(text: str) -> str:
    """As it is if it is markup, else escaped."""
    return text if isinstance(text, Markup) else escape(text)
