import json
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import ImageGPTConfig, ImageGPTForCausalImageModeling

from explorer.analysis.generation import next_value, step_attention
from explorer.errors import CheckpointError
from explorer.models.image_gpt import read_image_gpt
from explorer.models.sampler import Sampler
from explorer.zoo.pixel_models import load_pixels


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As the hub lays it out, with random weights: 4 x 4 pixels of 6 colours."""
    torch.manual_seed(0)
    config = ImageGPTConfig(vocab_size=7, n_positions=16, n_embd=16, n_layer=2, n_head=2)
    place = tmp_path_factory.mktemp("image-gpt")
    ImageGPTForCausalImageModeling(config).save_pretrained(place)
    clusters = np.linspace(-1, 1, 18).reshape(6, 3).tolist()
    (place / "preprocessor_config.json").write_text(json.dumps({"clusters": clusters}))
    return place


def test_it_writes_as_it_reads(folder: Path):
    model = read_image_gpt(folder)
    writer = Sampler(model, 2, seed=1)
    stepped = []
    while not writer.done:
        stepped.append(writer.probabilities())
        writer.step()
    begin = torch.full((2, 1), 6)
    with torch.no_grad():
        message = model.model(input_ids=torch.cat([begin, writer.values[:, :-1]], 1)).logits[..., :6]
    torch.testing.assert_close(torch.stack(stepped, 1), message.double().softmax(-1), atol=1e-5, rtol=0)


def test_the_same_seed_gives_the_same_picture_after_steps_back(folder: Path):
    model = read_image_gpt(folder)
    writer = Sampler(model, 2, seed=1)
    writer.finish()
    expected = writer.values.clone()
    writer.rewind(5)
    writer.finish()
    assert (writer.values == expected).all()
    alone = Sampler(model, 1, seed=1, first=1, cached=False)
    alone.finish()
    assert (alone.values[0] == expected[1]).all()


def test_what_follows_changed_values_sees_all_of_them(folder: Path):
    model = read_image_gpt(folder)
    writer = Sampler(model, 1, seed=1)
    writer.finish()
    writer.rewind(5)
    for step in (5, 6):
        writer.set_value(step, 5 - int(writer.values[0, step]))
    expected = model(writer.values).double().softmax(-1)[:, 7]
    torch.testing.assert_close(writer.probabilities(), expected, atol=1e-6, rtol=0)


def test_its_attention_and_its_colours_are_shown(folder: Path):
    shown = load_pixels(str(folder), device="cpu")
    writer = Sampler(shown.module, 1)
    writer.step(6)
    attention = step_attention(writer)
    assert attention.maps.shape == (2, 2, 4, 4, 1)
    np.testing.assert_allclose(attention.maps.sum((2, 3, 4)) + attention.on_start, 1, atol=1e-5)
    colours = next_value(writer).colours  # the clusters: 0, 1, 2 and 15, 16, 17 seventeenths of 255
    assert (colours[0], colours[-1]) == ("#000f1e", "#e1f0ff")
    assert writer.pixels().shape == (4, 4, 3)


def test_a_folder_without_colours_is_refused(folder: Path, tmp_path: Path):
    for file in folder.iterdir():
        if file.name != "preprocessor_config.json":
            (tmp_path / file.name).write_bytes(file.read_bytes())
    with pytest.raises(CheckpointError):
        read_image_gpt(tmp_path)
