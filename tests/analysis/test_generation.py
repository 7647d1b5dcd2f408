import io

import numpy as np
import pytest
import torch
from PIL import Image

from explorer.analysis.code_length import code_lengths
from explorer.analysis.generation import next_value, step_attention, surprise, surprises
from explorer.analysis.writing_reach import compared_reach, reach_of_convolution
from explorer.errors import AnalysisError, ControlError
from explorer.models.palette import levels_palette
from explorer.models.pixel_cnn import PixelCNN
from explorer.models.sampler import Sampler
from explorer.models.sampling import Sampling
from tests.models.writing import KINDS, PIXELS, small


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
@pytest.mark.parametrize("channels", [1, 3])
def test_attention_falls_on_written_values_of_the_memory_block_alone(kind: dict, channels: int):
    writer = Sampler(small(channels, **kind), 2, seed=1)
    for step in (0, 1, 8, 21, 30, writer.model.canvas.values - 1):
        if step < writer.written:
            continue
        writer.step(step - writer.written)
        seen = step_attention(writer, sample=1)
        np.testing.assert_allclose(seen.maps.sum((2, 3, 4)) + seen.on_start, 1, atol=1e-5)
        assert (seen.maps[:, :, ~seen.written] == 0).all()
        blocks = writer.model.blocks
        start = blocks.spans[blocks.block_of(step)][0]
        outside = seen.maps.copy()
        outside[:, :, seen.memory] = 0
        if start:
            outside[(slice(None), slice(None), *blocks.places[start - 1])] = (
                0  # fed to the block's first slot
            )
        assert outside.max() == 0


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_attention_after_a_jump_back_is_what_it_was_on_the_way(kind: dict):
    model = small(**kind)
    writer, fresh = Sampler(model, 1, seed=1), Sampler(model, 1, seed=1)
    writer.finish()
    writer.rewind(9)
    fresh.step(9)
    np.testing.assert_allclose(step_attention(writer).maps, step_attention(fresh).maps, atol=1e-6)


def test_attention_is_the_layers_own():
    """The first layer's weights from its own q and k, over all values."""
    model = small().double()
    writer = Sampler(model, 1, seed=2)
    writer.step(20)
    seen = step_attention(writer)
    x = model.slots(model.look_up(model.fed(writer.values, 42)), None)
    q, k, _ = model.layers[0].split(model.layers[0].qkv(model.layers[0].attention_norm(x)), 3)
    expected = (q[0, :, 20] * 8**-0.5)[:, None] @ k[0, :, :21].transpose(-1, -2)
    expected = expected.softmax(-1)[:, 0].numpy()
    np.testing.assert_allclose(seen.maps[0, ..., 0].reshape(2, 42)[:, :20], expected[:, 1:], atol=1e-9)
    np.testing.assert_allclose(seen.on_start[0], expected[:, 0], atol=1e-9)


def test_attention_of_whole_pixels_is_the_layers_own():
    """While the green of a pixel is predicted: no other weights than while its red was."""
    model = small(3, **PIXELS).double()
    writer = Sampler(model, 2, seed=2)
    writer.step(3 * 20 + 1)
    seen = step_attention(writer, sample=1)
    x = model.slots(model.look_up(model.fed(writer.values, 42)), None)[1:]
    q, k, _ = model.layers[0].split(model.layers[0].qkv(model.layers[0].attention_norm(x)), 3)
    expected = (q[0, :, 20] * 8**-0.5)[:, None] @ k[0, :, :21].transpose(-1, -2)
    expected = expected.softmax(-1)[:, 0].numpy()
    np.testing.assert_allclose(seen.maps[0, ..., 0].reshape(2, 42)[:, :20], expected[:, 1:], atol=1e-9)
    assert seen.maps.shape[-1] == 1
    assert seen.place == (2, 6, 1)
    assert seen.written.sum() == 20


def test_attention_to_the_enlarged_picture_is_apart():
    model = small(3, low=(3, 3), encoder_depth=1)
    writer = Sampler(model, 2, low=torch.zeros(2, 3, 3, 3, dtype=torch.long))
    writer.step(9)  # as many slots as the small picture has pixels
    seen = step_attention(writer)
    assert seen.enlarged.shape == (2, 2, 3, 3)
    np.testing.assert_allclose(seen.enlarged.sum((2, 3)), 1, atol=1e-5)


def test_the_next_value_is_drawn_as_it_is_shown():
    writer = Sampler(small(3), 2, seed=4, sampling=Sampling(temperature=0.7, top_k=3))
    for _ in range(10):
        shown = next_value(writer, sample=1)
        writer.step()
        assert int(writer.values[1, shown.step]) == shown.drawn
        assert shown.truncated[shown.drawn] > 0
        assert (shown.truncated > 0).sum() == 3
        assert shown.channel_name == ("red", "green", "blue")[shown.step % 3]
        assert shown.candidates(3)[0][2] == pytest.approx(shown.truncated.max())


def test_surprise_is_what_the_steps_said():
    model = small(attention="2d", query=(2, 3), memory=(2, 2))
    writer = Sampler(model, 1, seed=1)
    paid = np.zeros((6, 7, 1))
    for row, column, channel in model.blocks.places:
        shown = writer.probabilities()[0]
        writer.step()
        paid[row, column, channel] = -np.log2(float(shown[writer.values[0, writer.written - 1]]))
    whole = surprise(model, writer.picture())
    np.testing.assert_allclose(whole.bits, paid, atol=1e-4)
    assert whole.total == pytest.approx(paid.sum(), abs=1e-2)
    writer.rewind(30)
    part = surprise(model, writer.picture())
    assert np.isfinite(part.bits).sum() == 30
    np.testing.assert_allclose(part.bits[np.isfinite(part.bits)], paid[np.isfinite(part.bits)], atol=1e-4)


def test_a_picture_with_holes_has_no_surprise():
    picture = np.zeros((6, 7, 1), np.int64)
    picture[2, 3] = -1
    with pytest.raises(AnalysisError, match="holes"):
        surprise(small(), picture)
    with pytest.raises(AnalysisError):
        surprise(small(), picture[:3])


def test_probabilities_of_all_pictures_sum_to_one():
    """2 x 2 pixels of two levels: all sixteen pictures."""
    model = small(height=2, width=2, levels=2)
    every = ((np.arange(16)[:, None] >> np.arange(4)) & 1).reshape(16, 2, 2, 1)
    bits = surprises(model, every).reshape(16, -1).sum(1)
    assert (2.0**-bits).sum() == pytest.approx(1, abs=1e-5)


def test_the_blind_spot_of_masked_convolution_is_where_the_paper_says():
    """Six 3 x 3 layers: from each row up one more column to the right is seen, and no more."""
    reach = reach_of_convolution(
        PixelCNN(4, width=8, depth=6, kernel=3).eval(), 10, 8, height=16, width=24, title=""
    )
    for up in range(1, 7):
        assert reach.seen[10 - up, 8 + up]
        assert not reach.seen[10 - up, 8 + up + 1 :].any()
    assert reach.seen[10, 2:8].all()
    assert not reach.seen[10, 8:].any()
    assert reach.blind[9, 10]
    assert not reach.seen[3].any()


def test_reach_grows_from_masked_convolution_to_full_attention():
    full, one, two, convolution = compared_reach(7, 6, height=10, width=12, query=2, memory=2, convolutions=3)
    for item in (full, one, two, convolution):
        assert not (item.seen & ~item.written).any()
    assert full.share == 1
    assert 0 < convolution.share < one.share < 1
    assert 0 < two.share < 1
    # Two layers of blocks of two rows with two before: at most four rows above the block's first.
    assert not one.seen[:1].any()
    assert one.seen[4:7].all()
    with pytest.raises(ControlError):
        compared_reach(10, 0, height=10, width=12)


def test_histogram_and_uniform_codes_are_their_entropies():
    pictures = np.zeros((40, 8, 8, 1), np.uint8)
    pictures[:, :, ::4] = 3
    lengths = code_lengths(pictures, np.repeat(pictures, 50, 0), levels_palette(16, 1))
    assert lengths.uniform == 4
    assert lengths.histogram == pytest.approx(-(0.25 * np.log2(0.25) + 0.75 * np.log2(0.75)), abs=1e-3)
    assert lengths.png < lengths.histogram / 2  # stripes are easy for a file
    assert lengths.best == min(lengths.png, lengths.webp)


def test_files_hold_the_pictures_they_are_counted_for():
    """Noise cannot be made smaller: neither file can be below its entropy."""
    noise = np.random.default_rng(0).integers(0, 256, (20, 16, 16, 3)).astype(np.uint8)
    lengths = code_lengths(noise, noise, levels_palette(256, 3))
    written = io.BytesIO()
    Image.fromarray(noise.reshape(-1, 16, 3)).save(written, "PNG", optimize=True)
    assert lengths.png == pytest.approx(written.tell() * 8 / noise.size, rel=1e-3)
    assert 8 <= lengths.webp < 8.5
