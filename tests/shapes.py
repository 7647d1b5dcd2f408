"""How shapes and types in signatures are checked while tests run."""

from beartype import BeartypeConf, beartype

checked = beartype(conf=BeartypeConf(is_pep484_tower=True))
"""As Python's own rule has it, a whole number will do where a float is asked for."""
