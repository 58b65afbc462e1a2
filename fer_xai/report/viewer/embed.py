"""The viewer as a part of the page: its data and its script stand in the page itself."""

import json
from importlib.resources import files
from typing import Any

from markupsafe import Markup

from fer_xai.files import plain


def viewer_parts(data: dict[str, Any]) -> dict[str, Markup]:
    """Data, script and style of the viewer, safe to stand within HTML.

    Args:
        data: as of `viewer_data`.
    """
    text = json.dumps(plain(data), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    # Within a script element nothing is escaped but its own end, which no name from data may write.
    text = text.replace("<", "\\u003c")
    return {"data": Markup(text), "script": _file("viewer.js"), "style": _file("viewer.css")}


def _file(name: str) -> Markup:
    return Markup((files(__package__ or "") / name).read_text(encoding="utf-8"))
