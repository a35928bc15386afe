"""Measures matching, booking, import, answering and start as ratios of one run.

``python -m benchmarks [--quick] [--json FILE]``

A millisecond says as much about the machine and its neighbours as about the code; a ratio of two things measured in
turn, in one run, says something about the code.
"""
