"""The what-if page: a scenario beside the present.

- asked       what is supposed, out of the address or a form
- levers      the assumptions as sliders
- answer      everything that a move of a lever changes, as texts and pictures
- saved       saved scenarios, and some of them side by side
- drawing/    the pictures: made here, because a renderer would take longer than the whole answer
"""

from __future__ import annotations
