"""Figures taken apart: formulas, sums by project and month, and the facts and assumptions at the end of them."""
