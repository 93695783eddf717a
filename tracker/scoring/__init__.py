"""What a person says happened, beside what was counted."""

from __future__ import annotations
