"""Results drawn: each function takes a result of `explorer.analysis` and returns a Plotly figure.

In words and drawings layers, heads, rows and columns count from 1; in code, from 0.
"""
