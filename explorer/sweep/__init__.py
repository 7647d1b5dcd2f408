"""One panel's analysis for many pictures and settings: a row for each, in Parquet files that any tool opens.

A sweep is cut into shards of a few pictures. A shard is computed by one worker and written whole, so a shard that is
there is finished, and what is missing is what is left to do, however the last run ended.
"""
