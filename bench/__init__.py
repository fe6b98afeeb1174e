"""Timings as ratios within one run; nothing timed here fails a test."""
