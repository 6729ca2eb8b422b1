"""The live spreadsheet: assumptions and inputs on sheets of their own, every figure a formula over them.

- book          the workbook, its formats, where each name stands
- assumptions   one row for each value of an assumption, each with a name of its own
- rows          inputs and calculation: a row for each month and project
- statement     the totals of the period, beside what the ledger has
- overview      by month and by project, with charts
- tables        what the report says: its figures, tables and charts
- computed      how this was computed
"""
