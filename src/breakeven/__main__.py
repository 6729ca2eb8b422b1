"""`python -m breakeven`: the command line, where no console script was installed."""

from breakeven.cli import main

if __name__ == "__main__":
    main()
