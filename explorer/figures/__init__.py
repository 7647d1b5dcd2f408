"""Results drawn: each function takes a result of `explorer.analysis` and returns a Plotly figure."""
