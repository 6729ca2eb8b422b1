"""The what-if page's pictures as SVG, drawn at once: they follow a slider."""

from __future__ import annotations
