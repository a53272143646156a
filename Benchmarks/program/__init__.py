# SPDX-License-Identifier: Apache-2.0
"""The parts of Benchmarks/run; Python's standard library only."""
