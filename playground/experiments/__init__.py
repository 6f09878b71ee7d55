"""Experiments: predict, run, measure, and a verdict.

A way through the rooms:
    experiment.py   what an experiment is: data and small functions
    rebalance.py .. one experiment per file; `catalog.py` lists them
    runner.py       prepare -> observe -> act -> settle -> check -> clean up (always)
    lab.py          what a step may do: act on the stack, send orders, wait for what it wants to see
    observer.py     writes what the API tells into the timeline
    timeline.py     what was seen: append-only, the only thing that checks may read
    ownership.py    who owned which partition when, out of the timeline
    flow.py         orders in and orders out of a group over time, and their rates
    checks.py       claims that several experiments share
    runs.py         the folders of runs, and the lock that lets one run at a time
    run_state.py    where a run is, read while it grows
    described.py    an experiment as a document
    report/         the story of a run for people
"""
