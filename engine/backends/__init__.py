"""Backends turn a planned job into a `MotionField`.

To add one: a file here, a line in `BACKENDS`, the contract test.
"""
