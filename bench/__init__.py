"""The benchmark: `make bench`, or `python -m bench`. How to read it: docs/benchmarks.md."""
