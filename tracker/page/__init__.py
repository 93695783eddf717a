"""What the live page and the report share: the curves of a set, the data both draw from, and the drawing code.

`static/` holds ES modules (`blocks.js`, `curves.js`), `theme.css`, and uPlot as its author built it, with its licence.
Python: `Engine(..., curve_rate_hz=CURVE_RATE_HZ)`, a `Curves` among the sinks, and `set_data(set, reps, curves)` gives
the JSON of one set. JavaScript: uPlot as a classic script first, then `drawCurves(element, set)` and
`drawBlocks(element, set.reps, {onPick})`. A page that is served links the files as they are; a page that is one file
gets them from `assets`, joined to one inline module.
"""

from __future__ import annotations

from tracker.page.curves import CURVE_RATE_HZ, MARGIN_S, Curves
from tracker.page.set_data import CURVE_COLUMNS, set_data

__all__ = ["CURVE_COLUMNS", "CURVE_RATE_HZ", "MARGIN_S", "Curves", "set_data"]
