"""Input that goes on being made up: `make fuzz` for ten minutes, a part of it in every test run."""
