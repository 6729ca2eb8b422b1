"""Reports that go out by themselves: when they are due, what is said, which way they take, and that nobody gets two.

    Courier(…).look()        make what is due, send what is ready; the server and `breakeven report due` call it
    Courier(…).send(name)    one schedule now, by hand
    Timetable(courier)       APScheduler wakes the courier when something is due, until it is closed
    standing(…)              every schedule with its next time, its runs and deliveries: for page, API, command line

What is due is a pure function of the cadence and the times that were taken care of (cadence.py). The state
(`store/state_deliveries.py`) is the only memory: several servers and a command line may share it.
"""
