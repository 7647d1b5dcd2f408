import numpy as np
import pytest

from explorer import zoo
from explorer.analysis.tokens import patch_filters, positions, tokenise
from explorer.errors import AnalysisError, UnsupportedModel
from explorer.geometry import Cell

PLAIN, DISTILLED, ROTARY = "vit_tiny_patch16_224", "deit_tiny_distilled_patch16_224", "eva02_tiny_patch14_224"
RELATIVE, HYBRID, AVERAGED = "beit_base_patch16_224", "vit_tiny_r_s16_p8_224", "vit_relpos_small_patch16_224"


def model_of(name: str, **options):
    return zoo.load(name, trained=False, device="cpu", **options)


@pytest.fixture(scope="module")
def model():
    return model_of(PLAIN, input_size=(64, 96))


@pytest.fixture(scope="module")
def pixels() -> np.ndarray:
    return np.random.default_rng(3).integers(0, 256, (64, 96, 3), dtype=np.uint8)


def test_patches_are_the_pictures_own_pixels(model, pixels):
    patches = tokenise(model, pixels).patches
    assert patches.shape == (24, 16, 16, 3)
    for row in range(4):
        for column in range(6):
            cut = pixels[16 * row : 16 * row + 16, 16 * column : 16 * column + 16]
            assert (patches[6 * row + column] == cut).all()


def test_an_embedded_patch_is_its_normalised_pixels_times_each_filter(model, pixels):
    result, filters = tokenise(model, pixels), patch_filters(model)
    bias = model.module.patch_embed.proj.bias.numpy()
    for at in (0, 7, 23):
        unit = (result.patches[at] / 255 - np.array(model.mean)) / np.array(model.std)
        for output in (0, 100, 191):
            expected = sum((unit * filters.weights[output]).ravel()) + bias[output]
            assert result.embedded[at, output] == pytest.approx(expected, abs=1e-4)


def test_the_sequence_is_class_token_and_patches_with_their_codes(model, pixels):
    result = tokenise(model, pixels)
    assert result.sequence.shape == (25, 192)
    np.testing.assert_allclose(result.sequence[1:] - result.embedded, positions(model).codes, atol=1e-5)
    expected = model.module.cls_token[0, 0] + model.module.pos_embed[0, 0]
    np.testing.assert_allclose(result.sequence[0], expected.numpy(), atol=1e-6)


def test_steps_say_every_shape_on_the_way(model, pixels):
    shapes = [step.shape for step in tokenise(model, pixels).steps]
    assert shapes == [(64, 96, 3), (24, 768), (24, 192), (25, 192), (25, 192), (25, 192), (1000,)]


def test_looking_leaves_the_shared_model_without_hooks(model, pixels):
    tokenise(model, pixels)
    for part in model.module.modules():
        assert not part._forward_hooks
        assert not part._forward_pre_hooks


@pytest.mark.parametrize(("name", "prefix", "side"), [(DISTILLED, 2, 14), (ROTARY, 1, 16), (AVERAGED, 0, 14)])
def test_every_prefix_count_has_its_sequence(name, prefix, side):
    model = model_of(name)
    result = tokenise(model, np.zeros((*model.input_size, 3), np.uint8))
    assert len(result.sequence) == prefix + side * side
    assert len(result.embedded) == len(result.patches) == side * side


def test_components_are_the_directions_of_most_variance(model):
    result = patch_filters(model, components=5)
    flat = result.weights.reshape(192, -1).astype(float)
    covariance = np.cov(flat, rowvar=False)
    variances = np.sort(np.linalg.eigvalsh(covariance))[::-1]
    np.testing.assert_allclose(result.explained, variances[:5] / variances.sum(), rtol=1e-4)
    components = result.components.reshape(5, -1).astype(float)
    np.testing.assert_allclose(components @ components.T, np.eye(5), atol=1e-5)
    for component, variance in zip(components, variances, strict=False):
        assert component @ covariance @ component == pytest.approx(variance, rel=1e-4)
        assert abs(component).max() == component.max()


def test_similarity_is_the_cosine_of_two_codes(model):
    result = positions(model)
    assert result.kind == "absolute"
    similarity = result.similarity(Cell(2, 5))
    one = result.codes[2 * 6 + 5].astype(float)
    for row in range(4):
        for column in range(6):
            other = result.codes[6 * row + column].astype(float)
            expected = sum(one * other) / (sum(one**2) * sum(other**2)) ** 0.5
            assert similarity[row, column] == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        (DISTILLED, "absolute"),
        (ROTARY, "absolute and rotary"),
        (RELATIVE, "relative"),
        (AVERAGED, "relative"),
    ],
)
def test_each_family_says_how_it_is_told_of_places(name, kind):
    result = positions(model_of(name))
    assert result.kind == kind
    if result.codes is None:
        with pytest.raises(AnalysisError, match="no position codes"):
            result.similarity(Cell(0, 0))
    else:
        assert len(result.codes) == len(result.tokens.grid)


def test_a_hybrid_has_no_filters_over_pixels():
    with pytest.raises(UnsupportedModel, match="another network's features"):
        patch_filters(model_of(HYBRID))


def test_a_cnn_has_no_patches():
    with pytest.raises(UnsupportedModel, match="no patches"):
        positions(model_of("resnet18"))
