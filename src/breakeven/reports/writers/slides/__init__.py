"""Slides: one message each, charts and tables that can be edited, sources in the speaker's notes.

- deck     the presentation: its layouts, text, footer, notes
- charts   charts of the presentation program
- tables   tables, over several slides where one is not enough
- pages    which slide shows what
"""
