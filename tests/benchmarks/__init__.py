"""How accurate and how fast: `python -m tests.benchmarks [--quick] [--only NAME] [--json FILE]`."""
