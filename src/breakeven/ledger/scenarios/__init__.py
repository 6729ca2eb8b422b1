"""Questions to the ledger: what if an assumption were another one. Every answer is a statement of a supposed book.

- changes     what is supposed: `hourly_rate=180`, `hourly_rate=+10%`, `hourly_rate@support-bot=*1.2`
- supposed    the desk of a supposed workspace: the same facts, other assumptions, the same formulas
- figures     headline figures for many vectors of assumptions at once
- what_if, tornado, break_even, saved     the answers
"""

from __future__ import annotations
