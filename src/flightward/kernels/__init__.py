"""Compiled arithmetic: arrays in, arrays out; no objects, strings, I/O, clock or random numbers."""
