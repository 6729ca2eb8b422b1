"""What each audience sees, as records without HTML: pages, reports and slides are made of the same ones.

format      numbers, units, ages and dates as people read them
query       what a person asks for, as text, into periods
gather      asks the ledger for all that a page needs, at one moment
comparison  which spans are compared, and what the change says
tiles       key figures: value, change, target, status, trend
headline    the finding of the page in two sentences
trend       cumulative net value with plan, break-even and annotations
notes, sources, standing    what people wrote; how fresh the data are; projects and evidence
board       the page of the board, made of these
breakdown   a figure taken apart, as a tree to read
charts      Vega-Lite specifications with one theme, and their rendering to SVG
json_shapes the JSON of figures
"""
