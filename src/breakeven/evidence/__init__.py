"""Statistics of experiments and comparisons. Pure: numbers in, a finding or a refusal out.

    questions     what the methods are asked, without any heavy import
    results       what they answer, without any heavy import
    randomised    two or more arms of a randomised experiment
    series        before and after in one series: seasons, interrupted time series
    differences   difference-in-differences with comparison units

SciPy and statsmodels take a second to load and much memory: whoever only needs the shapes imports these two, and the
ledger loads the other modules when an experiment is asked for.
"""
