"""Masked language models of BERT's kind (Devlin et al. 2019), in the layout of the Hugging Face hub.

They are found in the hub's cache, in the folders that the variable EXPLORER_WORD_MODELS names, and among those that
visitors bring. Only safetensors are read, and no program that lies beside them is run.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from explorer.errors import CheckpointError, ControlError
from explorer.formatting import quoted, shortened
from explorer.fresh import forget, stamp, while_unchanged
from explorer.memory import LRUCache
from explorer.settings import settings, variable
from explorer.words.lexicon import VOCABULARY
from explorer.words.tokens import MASK, Tokens, is_gap, right_to_left
from explorer.zoo.cards import sha256
from explorer.zoo.catalogue import Entry
from explorer.zoo.devices import choose
from explorer.zoo.headers import check_numbers, check_size, elements_of, header_of
from explorer.zoo.hub import listed
from explorer.zoo.readers import MaskedLM
from explorer.zoo.seeded import seeded

__all__ = ["FOLDERS", "LONGEST", "MAX_BYTES", "adopt_words", "hub_words", "load_hub_words"]

FAMILIES = ("bert", "roberta", "distilbert", "camembert", "xlm-roberta")
"""Kinds of transformers whose layers are those of the paper."""
WEIGHTS = "model.safetensors"
CONFIG = "config.json"
TOKENIZER = ("tokenizer.json", "vocab.txt")
"""One of them must lie beside the weights."""
TAKEN = (CONFIG, WEIGHTS, *TOKENIZER, "tokenizer_config.json", "special_tokens_map.json")
FOLDERS = variable("word_models")
LONGEST = 64
"""Pieces of words that are shown at once."""
SIZES = {
    ("hidden_size", "dim"): 4096,
    ("num_hidden_layers", "n_layers"): 64,
    ("num_attention_heads", "n_heads"): 128,
    ("intermediate_size", "hidden_dim"): 32_768,
    ("max_position_embeddings", "type_vocab_size"): 16_384,
    ("vocab_size",): 300_000,
}
"""What in a config.json is a size, by each family's names, and beyond which it is not believed."""
LONGEST_VOCABULARY = 32 << 20
"""Bytes of a tokenizer's file."""
MAX_BYTES = 600 << 20
MAX_KEPT = 2

_LOADED = LRUCache()
_OWN = tempfile.TemporaryDirectory(prefix="explorer-words-")


class HubWords(nn.Module):
    """A model of transformers as ours: numbers in, logits out."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, numbers: Tensor) -> Tensor:
        return self.model(input_ids=numbers).logits


def hub_words() -> dict[str, Path]:
    """The folders of those available, by name; no network is touched and nothing loaded."""
    from huggingface_hub import constants

    folders: dict[str, Path] = {}
    cached = Path(constants.HF_HUB_CACHE)
    for repository in sorted(name for name in listed(cached) if name.startswith("models--")):
        place = cached / repository / "snapshots"
        newest = max(
            (place / path for path in listed(place)), key=lambda path: stamp(path) or (0, 0), default=None
        )
        if newest is not None and _is_readable(newest):
            folders[repository.removeprefix("models--").replace("--", "/")] = newest
    for folder in settings().word_models:
        if _is_readable(folder):
            folders[folder.name] = folder
    own = (Path(_OWN.name) / name for name in sorted(listed(Path(_OWN.name))))
    folders |= {path.name: path for path in own if _is_readable(path)}
    return folders


def adopt_words(files: Mapping[str, bytes]) -> str:
    """The name under which a folder that a visitor brings is kept for a while; loading it has been tried.

    `files` are the folder's, by name; those that are not needed are not kept.

    Raises:
        CheckpointError: something is missing, too large, damaged, or of another kind.
    """
    selected = {name: data for name, data in files.items() if name in TAKEN}
    missing = [name for name in (CONFIG, WEIGHTS) if name not in selected]
    missing += [] if set(TOKENIZER) & set(selected) else [" or ".join(TOKENIZER)]
    if missing:
        raise CheckpointError(
            f"The folder has no {' and no '.join(missing)}", do="give one as the Hugging Face hub lays it out"
        )
    if sum(map(len, selected.values())) > MAX_BYTES:
        raise CheckpointError(f"The folder is not taken: more than {MAX_BYTES >> 20} MB are not kept")
    digest = hashlib.sha256()
    for name in sorted(selected):
        digest.update(name.encode() + b"\0" + selected[name])
    folder = Path(_OWN.name) / f"own-{digest.hexdigest()[:12]}"
    folder.mkdir(exist_ok=True)
    for name, data in selected.items():
        (folder / name).write_bytes(data)
    try:
        _load(folder, folder.name, trained=True, seed=0, where=choose("cpu"))
    except BaseException:
        shutil.rmtree(folder)
        raise
    for old in sorted(Path(_OWN.name).iterdir(), key=lambda path: path.stat().st_mtime)[:-MAX_KEPT]:
        shutil.rmtree(old)
    forget()
    return folder.name


def load_hub_words(name: str, *, trained: bool = True, seed: int = 0, device: str = "cpu") -> MaskedLM:
    """The model of a name of `hub_words`, loaded once.

    Raises:
        CheckpointError: its files are damaged or of another kind.
    """
    folder, where = hub_words()[name], choose(device)
    key = (str(folder), stamp(folder / WEIGHTS), trained, seed, where)
    return _LOADED.get(key, lambda: _load(folder, name, trained=trained, seed=seed, where=where))


def _load(folder: Path, name: str, *, trained: bool, seed: int, where: str) -> MaskedLM:
    from transformers import AutoConfig, AutoModelForMaskedLM, AutoTokenizer

    _check(folder)
    local = {"local_files_only": True, "trust_remote_code": False}
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, use_fast=True, **local)
        config = AutoConfig.from_pretrained(folder, **local)
        _check_fits(config, tokenizer, folder)
        if trained:
            model, report = AutoModelForMaskedLM.from_pretrained(
                folder, use_safetensors=True, attn_implementation="sdpa", output_loading_info=True, **local
            )
        else:
            with seeded(seed):
                model, report = AutoModelForMaskedLM.from_config(config, attn_implementation="sdpa"), {}
    except CheckpointError:
        raise
    except Exception as error:  # damaged files fail in as many ways as they have parts
        raise CheckpointError(f"The model {name} cannot be read", why=shortened(str(error))) from error
    lacking = sorted(report.get("missing_keys", ())) + sorted(map(str, report.get("mismatched_keys", ())))
    if lacking:
        raise CheckpointError(
            f"The model {name} cannot guess words",
            why=f"its file has no {shortened(lacking[0])} of the config's shape",
            do="choose a masked one",
        )
    if tokenizer.mask_token_id is None or not tokenizer.is_fast:
        raise CheckpointError(f"The words of {name} cannot be read", why="its tokenizer is of another kind")
    reader = MaskedLM(
        entry=Entry(
            name=name,
            title=name,
            family="words",
            source="hub",
            architecture=str(config.model_type),
            parameters=sum(weight.numel() for weight in model.parameters()),
            licence="",
            input_size=(1, LONGEST),
        ),
        module=HubWords(model).eval().requires_grad_(False).to(where),
        checkpoint=f"sha256:{sha256(folder / WEIGHTS)}" if trained else f"random:{seed}",
        trained=trained,
        device=where,
        layers=int(config.num_hidden_layers),
        heads=int(config.num_attention_heads),
        vocabulary=tuple(map(str, tokenizer.convert_ids_to_tokens(list(range(config.vocab_size))))),
        mask=int(tokenizer.mask_token_id),
        tokenise=lambda text: _tokens(tokenizer, text),
    )
    _try_out(reader)
    return reader


def _try_out(reader: MaskedLM) -> None:
    """A sentence cut into words, and one pass over a gap as long as a sentence may be: what only shows in use must not show on a page."""
    import torch

    numbers = torch.full((1, LONGEST), reader.mask, device=reader.device)
    try:
        reader.tokenise("the robots are [mask]")
        finite = reader.module(numbers).isfinite().all()
    except Exception as error:  # each part fails in its own way
        raise CheckpointError(
            f"The model {reader.entry.name} cannot be used", why=shortened(str(error))
        ) from error
    if not finite:
        raise CheckpointError(
            f"The model {reader.entry.name} cannot be used", why="it answers with what is no number"
        )


def _tokens(tokenizer: Any, text: str) -> Tokens:
    typed = [VOCABULARY[MASK] if is_gap(chunk) else chunk for chunk in text.split()]
    sentence = " ".join(tokenizer.mask_token if chunk == VOCABULARY[MASK] else chunk for chunk in typed)
    if not sentence:
        raise ControlError("There are no words", do="type a sentence, such as: the robots are cool")
    made = tokenizer(sentence, return_offsets_mapping=True)
    numbers = [int(number) for number in made["input_ids"]]
    if len(numbers) > LONGEST:
        raise ControlError(
            f"The sentence has {len(numbers)} pieces of words", why=f"{LONGEST} are shown at most"
        )
    own = tokenizer.convert_ids_to_tokens(numbers)
    words = [
        own[at] if start == stop or numbers[at] == tokenizer.mask_token_id else sentence[start:stop]
        for at, (start, stop) in enumerate(made["offset_mapping"])
    ]
    inside = [number for number in numbers if number not in tokenizer.all_special_ids]
    unknown = numbers.count(tokenizer.unk_token_id) if tokenizer.unk_token_id is not None else 0
    notes: tuple[str, ...] = ()
    if unknown and not inside:
        notes = ("The model knows none of these words: it sees only where they stand.",)
    elif unknown:
        notes = (f"{unknown} of the {len(numbers)} pieces are unknown to the model and all alike to it.",)
    return Tokens(tuple(words), tuple(numbers), right_to_left(text), notes)


@while_unchanged
def _is_readable(folder: Path) -> bool:
    """Whether it lies there as it should; what is in the files shows when they are loaded."""
    beside = any((folder / name).is_file() for name in TOKENIZER)
    return beside and (folder / WEIGHTS).is_file() and _config(folder).get("model_type") in FAMILIES


def _config(folder: Path) -> dict[str, Any]:
    try:
        config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return config if isinstance(config, dict) else {}


def _check(folder: Path) -> None:
    config = _config(folder)
    if config.get("model_type") not in FAMILIES:
        raise CheckpointError(
            f"{CONFIG} names no model that is read here",
            why=f"its model_type is none of {', '.join(FAMILIES)}",
        )
    check_numbers(config, CONFIG)
    for names, most in SIZES.items():
        for name in names:
            if not (type(size := config.get(name, 1)) is int and 0 < size <= most):
                raise CheckpointError(f"{CONFIG} is not believed", why=f"its {name} is {quoted(size)}")
    heads, width = (
        config.get(name, config.get(other, 1))
        for name, other in (("num_attention_heads", "n_heads"), ("hidden_size", "dim"))
    )
    if width % heads:
        raise CheckpointError(
            f"{CONFIG} is not believed", why=f"a width of {width} does not divide into {heads} heads"
        )
    for name in TOKENIZER:
        if (folder / name).is_file() and not 0 < (folder / name).stat().st_size <= LONGEST_VOCABULARY:
            raise CheckpointError(f"{name} is not read", why="it is empty or has more than 32 MB")


def _check_fits(config: Any, tokenizer: Any, folder: Path) -> None:
    """Count the numbers of what the config describes, without building it, against those in the file; and the words."""
    import torch
    from transformers import AutoModelForMaskedLM

    with torch.device("meta"):
        module = AutoModelForMaskedLM.from_config(config)
    check_size(
        "the model of its config.json",
        elements=elements_of(header_of(folder / WEIGHTS)),
        parameters=sum(parameter.numel() for parameter in module.parameters()),
    )
    highest = max(tokenizer.get_vocab().values(), default=-1)
    if not 0 <= highest < config.vocab_size:
        raise CheckpointError(
            f"The words of {folder.name} cannot be read",
            why=f"their numbers go to {highest} and the model knows {config.vocab_size}",
        )
