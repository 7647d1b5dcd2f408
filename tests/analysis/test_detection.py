"""A watched DETR against the same DETR unwatched, and maps that must land on a known place."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from transformers import DetrConfig, DetrForObjectDetection, DetrImageProcessor

from explorer.analysis.detection import DetrOutput, watch_pass
from explorer.analysis.query_attention import cross_attention, encoder_attention, query_attention
from explorer.errors import ControlError, UnsupportedModel
from explorer.figures.overlay import cell_box
from explorer.geometry import Cell, Frame, PhotoPoint
from explorer.models.small_detr import small_detr

CLASSES = ("circle", "house", "fish")
SIDE = 64


def model(seed: int = 0, queries: int = 6, layers: int = 2) -> DetrForObjectDetection:
    torch.manual_seed(seed)
    detr = small_detr(classes=CLASSES, queries=queries, width=32, layers=layers)
    with torch.no_grad():
        for name, parameter in detr.named_parameters():
            if "norm" in name:
                parameter.add_(0.3 * torch.randn_like(parameter))
    return detr.eval().requires_grad_(False)


def picture(seed: int = 1, height: int = SIDE, width: int = SIDE) -> torch.Tensor:
    return torch.randn(1, 3, height, width, generator=torch.Generator().manual_seed(seed))


def squash(height: int = 90, width: int = 120, rows: int = SIDE, columns: int = SIDE) -> Frame:
    return Frame.fit((height, width), (rows, columns), how="squash")


def letterboxed(height: int, width: int) -> tuple[Frame, torch.Tensor]:
    frame = Frame.fit((height, width), (SIDE, SIDE), how="letterbox")
    mask, inside = torch.zeros(1, SIDE, SIDE), frame.inside
    mask[:, round(inside.top) : round(inside.bottom), round(inside.left) : round(inside.right)] = 1
    return frame, mask


@pytest.fixture(scope="module")
def detr() -> DetrForObjectDetection:
    return model()


@pytest.fixture(scope="module")
def sight(detr: DetrForObjectDetection) -> DetrOutput:
    return watch_pass(detr, picture(), frame=squash(), classes=CLASSES)


def test_watching_changes_no_bit_of_the_answer(detr: DetrForObjectDetection, sight: DetrOutput) -> None:
    plain = detr(picture())
    assert torch.equal(sight.logits[-1], plain.logits[0])
    assert torch.equal(sight.boxes[-1], plain.pred_boxes[0])


@pytest.mark.parametrize("threshold", [0.0, 0.3, 0.4, 0.5, 1.0])
def test_predictions_equal_the_models_own_post_processing(
    detr: DetrForObjectDetection, sight: DetrOutput, threshold: float
) -> None:
    theirs = DetrImageProcessor().post_process_object_detection(
        detr(picture()), threshold=threshold, target_sizes=[(90, 120)]
    )[0]
    ours = sight.predictions(threshold=threshold)
    assert np.array_equal(ours.boxes[ours.selected], theirs["boxes"].numpy())
    assert np.array_equal(ours.scores[ours.selected], theirs["scores"].numpy())
    assert np.array_equal(ours.labels[ours.selected], theirs["labels"].numpy())


def test_every_layer_goes_through_the_decoders_norm_and_the_heads(
    detr: DetrForObjectDetection, sight: DetrOutput
) -> None:
    """Against a decoder cut short: without its later layers, the model's own answer is that of the layer."""
    cut = model()
    cut.model.decoder.layers = cut.model.decoder.layers[:1]
    short = cut(picture())
    torch.testing.assert_close(sight.logits[0], short.logits[0], atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(sight.boxes[0], short.pred_boxes[0], atol=1e-5, rtol=1e-5)


def test_attention_equals_what_the_model_gives_out(detr: DetrForObjectDetection, sight: DetrOutput) -> None:
    eager = model()
    eager.set_attn_implementation("eager")
    given = eager(picture(), output_attentions=True)
    rows, columns = sight.inside.shape
    for layer in range(2):
        ours = cross_attention(sight, 3, layer=layer).weights[0]
        theirs = given.cross_attentions[layer][0, :, 3].view(-1, rows, columns).numpy()
        np.testing.assert_allclose(ours, theirs, atol=1e-5)
        ours = encoder_attention(sight, Cell(2, 5), layer=layer).weights[0]
        theirs = given.encoder_attentions[layer][0, :, 2 * columns + 5].view(-1, rows, columns).numpy()
        np.testing.assert_allclose(ours, theirs, atol=1e-5)
        for head in range(sight.heads):
            ours = query_attention(sight, layer, head=head).weights
            np.testing.assert_allclose(ours, given.decoder_attentions[layer][0, head].numpy(), atol=1e-5)


def test_features_are_what_the_projection_is_given(detr: DetrForObjectDetection, sight: DetrOutput) -> None:
    features = detr.model.backbone(picture(), torch.ones(1, SIDE, SIDE))[-1][0][0]
    assert torch.equal(sight.features, features)
    assert sight.feature_map().strength.shape == tuple(features.shape[1:])


def test_first_layers_self_attention_is_labelled_vacuous(sight: DetrOutput) -> None:
    assert query_attention(sight, 0).note
    assert not query_attention(sight, 1).note
    values = sight.calls[sight.encoder_layers].values[0]
    assert torch.equal(values, values[:, :1].expand_as(values))


def test_trajectory_ends_at_the_prediction(sight: DetrOutput) -> None:
    way, last = sight.trajectory(4), sight.predictions()
    assert np.array_equal(way.boxes[-1], last.boxes[4])
    assert way.agreement[-1] == pytest.approx(1.0)
    assert len(way.scores) == sight.decoder_layers


def focused(cell: Cell, frame: Frame, mask: torch.Tensor) -> DetrForObjectDetection:
    """A model whose first query can only look at one cell: with all content erased from queries and keys,
    scores are products of position codes, and the query's is the cell's, made so sharp that nothing else is
    left."""
    detr = model(layers=1)
    net = detr.model
    shape = torch.Size([1, 32, SIDE // 8, SIDE // 8])
    small = torch.nn.functional.interpolate(mask[None], size=shape[-2:])[0].bool()
    codes = net.position_embedding(shape=shape, device=mask.device, dtype=torch.float32, mask=small)
    decoder = net.decoder.layers[0]
    with torch.no_grad():
        for norm in (net.encoder.layers[-1].final_layer_norm, decoder.self_attn_layer_norm):
            norm.weight.zero_()
            norm.bias.zero_()
        # Every one of the four heads has the quickest two waves of both axes: rows are coded before columns.
        waves = 60 * torch.eye(32)[[0, 1, 2, 3, 16, 17, 18, 19]].repeat(4, 1)
        for projection in (decoder.encoder_attn.q_proj, decoder.encoder_attn.k_proj):
            projection.weight.copy_(waves)
            projection.bias.zero_()
        net.query_position_embeddings.weight[0] = codes[0, :, cell.row, cell.column]
    return detr


@pytest.mark.parametrize(
    ("height", "width", "point"),
    [
        (200, 100, PhotoPoint(150.0, 20.0)),
        (100, 200, PhotoPoint(30.0, 170.0)),
        (128, 128, PhotoPoint(5.0, 100.0)),
    ],
)
def test_map_lands_on_the_one_cell_that_can_be_seen(height: int, width: int, point: PhotoPoint) -> None:
    frame, mask = letterboxed(height, width)
    # By hand: the input pixel of the point, and the cell of eight pixels it lies in.
    scale = SIDE / max(height, width)
    row = int((point.row * scale + (SIDE - height * scale) / 2) // 8)
    column = int((point.column * scale + (SIDE - width * scale) / 2) // 8)
    detr = focused(Cell(row, column), frame, mask)
    sight = watch_pass(detr, picture(), frame=frame, classes=CLASSES, mask=mask)
    assert sight.cell_at(point) == Cell(row, column)
    seen = cross_attention(sight, 0).map()
    assert np.unravel_index(np.nanargmax(seen), seen.shape) == (row, column)
    assert np.nanmax(seen) > 0.9
    box = cell_box(Cell(row, column), sight.grid, frame)
    assert box.top <= point.row <= box.bottom
    assert box.left <= point.column <= box.right


def test_margins_of_a_letterbox_get_nothing_and_are_not_drawn(detr: DetrForObjectDetection) -> None:
    frame, mask = letterboxed(200, 100)
    sight = watch_pass(detr, picture(), frame=frame, classes=CLASSES, mask=mask)
    assert sight.inside.sum() == 8 * 4
    maps = cross_attention(sight, 1).weights
    assert np.isnan(maps[..., ~sight.inside]).all()
    np.testing.assert_allclose(np.nansum(maps, (-2, -1)), 1.0, atol=1e-5)
    with pytest.raises(ControlError, match="margin"):
        encoder_attention(sight, Cell(0, 0))


def test_boxes_of_a_letterboxed_picture_are_of_the_photograph(detr: DetrForObjectDetection) -> None:
    frame, mask = letterboxed(200, 100)
    sight = watch_pass(detr, picture(), frame=frame, classes=CLASSES, mask=mask)
    output = detr(picture(), pixel_mask=mask)
    theirs = DetrImageProcessor().post_process_object_detection(
        output, threshold=0.0, target_sizes=[(200, 100)]
    )[0]
    assert np.array_equal(sight.predictions(threshold=0.0).boxes, theirs["boxes"].numpy())


def test_grid_covers_an_input_that_the_stride_does_not_divide() -> None:
    config = DetrConfig(num_labels=3, encoder_layers=1, decoder_layers=1, num_queries=4, d_model=32)
    config.backbone_config.backbone = "resnet18"
    config.encoder_attention_heads = config.decoder_attention_heads = 4
    torch.manual_seed(0)
    detr = DetrForObjectDetection(config).eval().requires_grad_(False)
    frame = squash(100, 133, 100, 133)
    sight = watch_pass(detr, picture(height=100, width=133), frame=frame, classes=CLASSES)
    assert sight.inside.shape == (4, 5)
    assert (sight.grid.cell_height, sight.grid.cell_width) == (32, 32)


def test_threads_share_one_model(detr: DetrForObjectDetection) -> None:
    alone = [watch_pass(detr, picture(seed), frame=squash(), classes=CLASSES) for seed in range(4)]

    def again(seed: int) -> DetrOutput:
        return watch_pass(detr, picture(seed), frame=squash(), classes=CLASSES)

    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(again, range(4)))
    for one, other in zip(alone, together, strict=True):
        assert torch.equal(one.logits, other.logits)
        assert torch.equal(one.features, other.features)


def test_nothing_found_is_a_sentence(sight: DetrOutput) -> None:
    message = sight.predictions(threshold=1.0)
    assert not message.selected.any()
    assert "threshold" in message.sentence
    assert message.name(int(message.scores.argmax())) in message.sentence


def test_what_is_not_there_is_refused(sight: DetrOutput) -> None:
    with pytest.raises(ControlError, match="query"):
        cross_attention(sight, 99)
    with pytest.raises(ControlError, match="layer"):
        query_attention(sight, 7)
    with pytest.raises(ControlError, match="head"):
        query_attention(sight, 0, head=9)
    with pytest.raises(ControlError, match="threshold"):
        sight.predictions(threshold=1.5)
    with pytest.raises(UnsupportedModel, match="object queries"):
        watch_pass(torch.nn.Linear(3, 3).eval(), picture(), frame=squash(), classes=CLASSES)
    eager = model()
    eager.set_attn_implementation("eager")
    with pytest.raises(UnsupportedModel, match="cannot be seen"):
        watch_pass(eager, picture(), frame=squash(), classes=CLASSES)
