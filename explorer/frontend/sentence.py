"""Self-attention on the words of a sentence for the browser: q and k of every layer, and the words."""

from collections.abc import Sequence

from explorer.frontend.pack import packed_calls
from explorer.frontend.wire import encoded
from explorer.tap import Observation

__all__ = ["pack_sentence"]


def pack_sentence(
    observation: Observation, words: Sequence[str], *, right_to_left: bool = False, name: str = ""
) -> bytes:
    """The file of a word model's pass over a sentence.

    Raises:
        AnalysisError: q and k are too large to be sent.
    """
    described, arrays = packed_calls(("self", call) for call in observation.calls)
    header = {"calls": described, "words": list(words), "right_to_left": right_to_left}
    return encoded(header, arrays, name=name)
