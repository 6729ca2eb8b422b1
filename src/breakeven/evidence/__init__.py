"""Statistics of experiments and comparisons. Pure: numbers in, a finding or a refusal out.

    questions     what the methods are asked, without any heavy import
    results       what they answer, without any heavy import
    randomised    two or more arms of a randomised experiment
    series        before and after in one series: seasons, interrupted time series
    differences   difference-in-differences with comparison units

Whoever only needs the shapes imports the first two; the ledger loads the others, and SciPy and NumPy with them, when an
experiment is asked for. The tests check the results against statsmodels, which is no dependency of the product: it
brings pandas, which Arrow then loads into every process.
"""
