"""The page *Self-attention, step by step* without a browser: every drawn number is the model's own."""

from functools import partial

import numpy as np
import pytest
import torch
from transformers import BertConfig, BertForMaskedLM, BertTokenizerFast

from explorer import zoo
from explorer.analysis.self_attention import STEPS as FORMULAS
from explorer.errors import AnalysisError, ControlError, ExplorerError, WeightsNotFound
from explorer.provenance import Provenance
from explorer.views import VIEWS
from explorer.views.self_attention.controls import STEPS
from explorer.words.tokens import NUMBERS, tokenise
from explorer.zoo.hub_words import FOLDERS
from explorer.zoo.readers import load_reader
from tests.views import without_browser

VIEW = VIEWS["self-attention"]
drawn = partial(without_browser.drawn, VIEW)
opened = partial(without_browser.opened, VIEW)
SENTENCE = "the robots near the trees are cool because they are efficient ."
DRAWN = ("heads", "look", "overview", "step", "product", "answer", "moved")


def hooked(module, layer, x, *, vision):
    """What hooks of the test's own see in a layer: x, q, k, v, the joined heads, what leaves, and the answer."""
    if vision:
        block = module.blocks[layer]
        norm, qkv, out, heads = block.norm1, block.attn.qkv, block.attn.proj, block.attn.num_heads
    else:
        block = module.layers[layer]
        norm, qkv, out, heads = block.attention_norm, block.qkv, block.out, block.heads
    kept, handles = {}, []
    for name, part in (("embeddings", norm), ("qkv", qkv), ("output", out)):
        handles.append(part.register_forward_hook(lambda m, i, o, name=name: kept.update({name: o[0]})))
    handles.append(out.register_forward_pre_hook(lambda m, i: kept.update(joined=i[0][0])))
    try:
        kept["answer"] = module(x)[0]
    finally:
        for handle in handles:
            handle.remove()
    q, k, v = (each.unflatten(-1, (heads, -1)).transpose(0, 1) for each in kept.pop("qkv").chunk(3, -1))
    return kept | {"queries": q, "keys": k, "values": v}


@pytest.mark.parametrize(("layer", "head"), [(2, 2), (3, 1)])
@pytest.mark.parametrize("source", ["words", "picture"])
def test_every_number_drawn_is_the_models_own(source, layer, head):
    drawing = drawn("overview", source=source, layer=layer, head=head, picture="coffee", sentence=SENTENCE)
    if source == "words":
        module, x = load_reader().module, torch.tensor([tokenise(SENTENCE).numbers])
    else:
        model = zoo.load("vit", device="cpu")
        scope = opened(source=source, picture="coffee")[1]
        module, x = model.module, model.prepare(scope.look().shown)
    own = hooked(module, layer - 1, x, vision=source == "picture")
    data = drawing.data
    for name in ("embeddings", "joined", "output"):
        np.testing.assert_allclose(data[name], own[name], atol=1e-5)
    q, k, v = (own[name][head - 1] for name in ("queries", "keys", "values"))
    for name, tensor in (("queries", q), ("keys", k), ("values", v)):
        np.testing.assert_allclose(data[name], tensor, atol=1e-5)
    products = (q.double() @ k.double().T).numpy()
    np.testing.assert_allclose(data["products"], products, rtol=1e-5, atol=1e-4)
    scaled = products / np.sqrt(q.shape[1])
    np.testing.assert_allclose(data["scaled"], scaled, rtol=1e-5, atol=1e-5)
    raised = np.exp(scaled - scaled.max(-1, keepdims=True))
    shares = raised / raised.sum(-1, keepdims=True)
    np.testing.assert_allclose(data["weights"], shares, atol=1e-5)
    np.testing.assert_allclose(data["weighted"], shares @ v.double().numpy(), atol=1e-5)
    width = v.shape[1]
    np.testing.assert_allclose(
        data["weighted"], own["joined"][:, (head - 1) * width : head * width], atol=1e-5
    )
    same = {"source": source, "layer": layer, "head": head, "picture": "coffee", "sentence": SENTENCE}
    for step in STEPS:
        np.testing.assert_array_equal(drawn("step", stage=step, **same).data[step], data[step])
    rows = drawn("heads", query=4, **{name: each for name, each in same.items() if name != "head"})
    np.testing.assert_allclose(rows.data["weights"][head - 1], shares[3], atol=1e-5)


def test_steps_are_those_of_the_analysis():
    assert tuple(FORMULAS) == STEPS


def test_another_head_query_or_layer_runs_no_second_pass():
    module, passes = load_reader().module, []
    vit = zoo.load("vit", device="cpu").module
    calls = [part.register_forward_hook(lambda m, i, o: passes.append(m)) for part in (module.norm, vit.norm)]
    try:
        for source, sentence in (("words", "the lamp is really cool"), ("picture", "")):
            passes.clear()
            given = {"source": source, "picture": "clock"} | ({"sentence": sentence} if sentence else {})
            for more in ({"layer": 1}, {"layer": 2, "head": 3}, {"layer": 3, "query": 2}):
                for name in DRAWN:
                    drawn(name, **given, **more)
            # Activations are recorded on a twin of the module, so that its hooks run with the one pass.
            assert len(passes) == 1
            for name in DRAWN:
                drawn(name, **given, layer=2, zeroed="1")
            assert len(passes) == 2
    finally:
        for call in calls:
            call.remove()


def lines(drawing):
    return [trace for trace in drawing.figure.data if trace.mode == "lines"]


def test_the_opacity_of_each_line_is_the_weight():
    drawing = drawn("heads", sentence=SENTENCE, query=9)
    opacity = [float(each.line.color.rsplit(",", 1)[1].rstrip(")")) for each in lines(drawing)]
    np.testing.assert_allclose(opacity, drawing.data["weights"].ravel(), atol=1e-5)
    assert {tuple(each.x) for each in lines(drawing)} == {(8, key) for key in range(12)}


def test_the_pronoun_looks_at_what_the_adjective_is_said_of():
    for clue, noun in (("efficient", "robots"), ("leafy", "trees")):
        sentence = SENTENCE.replace("efficient", clue)
        drawing = drawn("look", sentence=sentence)
        assert tokenise(sentence).words[int(drawing.data["weights"].argmax())] == noun


def test_a_head_set_to_zero_changes_the_words_for_the_gap():
    sentence = SENTENCE.replace("they", "[mask]")
    plain = drawn("answer", sentence=sentence)
    np.testing.assert_array_equal(plain.data["before"], plain.data["after"])
    assert plain.data["answer"][0] == "they"
    changed = drawn("answer", sentence=sentence, layer=2, zeroed="1,2")
    module = load_reader().module
    numbers = torch.tensor([tokenise(sentence).numbers])
    kept = {}

    def silence(part, given):
        kept["joined"] = given[0].clone()
        kept["joined"][..., :48] = 0
        return (kept["joined"],)

    handle = module.layers[1].out.register_forward_pre_hook(silence)
    try:
        after = module(numbers)[0, 8].softmax(-1)
    finally:
        handle.remove()
    before = module(numbers)[0, 8].softmax(-1)
    places = [NUMBERS[word] for word in changed.data["answer"]]
    np.testing.assert_allclose(changed.data["before"], before[places], atol=1e-5)
    np.testing.assert_allclose(changed.data["after"], after[places], atol=1e-5)
    assert np.abs(changed.data["after"] - changed.data["before"]).max() > 1e-4


def test_hidden_tokens_get_no_weight_and_the_causal_mask_hides_what_comes():
    weights = drawn("overview", sentence=SENTENCE, masked="2,5", layer=2).data["weights"]
    assert not weights[:, [1, 4]].any()
    np.testing.assert_allclose(weights.sum(-1), 1, atol=1e-6)
    assert drawn("moved", sentence=SENTENCE, masked="2,5", layer=2).data["moved"].max() > 0.01
    assert not np.triu(drawn("overview", sentence=SENTENCE, causal="on").data["weights"], 1).any()
    even = drawn("overview", sentence=SENTENCE, scale=0.0, layer=2).data["weights"]
    np.testing.assert_allclose(even, 1 / 12, atol=1e-6)


def test_the_classes_of_a_picture_before_and_after():
    drawing = drawn("answer", source="picture", picture="coffee", layer=1, zeroed="1,2,3")
    model = zoo.load("vit", device="cpu")
    logits = model.module(model.prepare(opened(source="picture", picture="coffee")[1].look().shown))[0]
    top = [model.classes[at] for at in logits.topk(5).indices.tolist()]
    assert list(drawing.data["answer"][:5]) == top
    assert np.abs(drawing.data["after"] - drawing.data["before"]).max() > 1e-3


@pytest.mark.parametrize("step", [each for each in STEPS if each != "embeddings"])
@pytest.mark.parametrize("source", ["words", "picture"])
def test_a_cell_is_the_product_of_the_two_vectors_drawn(step, source):
    given = {"source": source, "stage": step, "query": 3, "column": 5, "layer": 2}
    vectors = drawn("product", **given)
    value = drawn("step", **given).data[step][2, 4]
    whole = float(vectors.data["left"] @ vectors.data["right"])
    said = {name: number for name, (number, _) in vectors.numbers.items()}
    assert said["sum of the products"] == pytest.approx(whole, abs=1e-3)
    wanted = {"scaled": said.get("scaled"), "weights": said.get("after the softmax")}
    assert value == pytest.approx(wanted.get(step, said.get("with the bias", whole)), abs=1e-3)
    with pytest.raises(AnalysisError, match="what the layer is given"):
        drawn("product", source=source, stage="embeddings")


@pytest.mark.parametrize(
    ("sentence", "words"),
    [
        ("", "There are no words"),
        (" ", "There are no words"),
        ("robots " * 500, "500 words"),
    ],
)
def test_what_cannot_be_read_is_one_sentence(sentence, words):
    controls, scope, refused = opened(sentence=sentence)
    assert refused == ()
    for name in DRAWN:
        with pytest.raises(ControlError, match=words):
            VIEW.draw(VIEW.panel(name), controls, scope)


@pytest.mark.parametrize(
    "sentence", ["🙂 🚀", "xyzzy plugh", "הרובוטים מגניבים", "<b>the</b> **robots** $x$ :smile:", "the"]
)
def test_any_other_text_is_drawn(sentence):
    for name in DRAWN:
        drawing = drawn(name, sentence=sentence)
        assert drawing.figure.data
    texts = [note.text for note in drawn("heads", sentence=sentence).figure.layout.annotations]
    assert not any("<b>the</b>" in text.replace("<b>", "", 1) for text in texts if "robots" in text)


def test_a_script_from_right_to_left_is_drawn_from_right_to_left():
    left, right = (
        drawn("heads", sentence=sentence).figure.layout.xaxis.range
        for sentence in ("a b c", "הרובוטים מגניבים מאוד")
    )
    assert left[0] < left[1]
    assert right[0] > right[1]


@pytest.mark.parametrize(
    "raw",
    [
        {"layer": "9"},
        {"head": "0"},
        {"query": "13"},
        {"query": "nan"},
        {"temperature": "0"},
        {"scale": "-1"},
        {"zeroed": "5"},
        {"masked": "0,1"},
        {"stage": "heads"},
        {"column": "0"},
        {"reader": "../../etc"},
        {"source": "sound"},
        {"sentence": "a\nb"},
        {"sentence": "a" * 4001},
    ],
)
def test_hostile_controls_fall_back_with_a_sentence(raw):
    controls, scope, refused = opened(**raw)
    assert len(refused) == 1
    assert VIEW.draw(VIEW.panel("heads"), controls, scope).figure.data


def test_all_tokens_hidden_is_one_sentence():
    with pytest.raises(ExplorerError, match="All tokens are hidden"):
        drawn("overview", sentence="the robots", masked="1,2")


def test_a_bert_of_the_hub_takes_the_place_of_the_word_model(tmp_path, monkeypatch):
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "robot", "are", "cool"]
    torch.manual_seed(2)
    config = BertConfig(
        vocab_size=9, hidden_size=12, num_hidden_layers=2, num_attention_heads=3, intermediate_size=16
    )
    model = BertForMaskedLM(config).eval()
    model.save_pretrained(tmp_path / "tiny")
    BertTokenizerFast(vocab={word: at for at, word in enumerate(words)}).save_pretrained(tmp_path / "tiny")
    monkeypatch.setenv(FOLDERS, str(tmp_path / "tiny"))
    given = {"reader": "tiny", "sentence": "the robot [mask] cool"}
    drawing = drawn("answer", **given, layer=2, zeroed="3")
    with torch.no_grad():
        own = model(torch.tensor([[2, 5, 6, 4, 8, 3]])).logits[0, 3].softmax(-1)
    np.testing.assert_allclose(
        drawing.data["before"], own[[words.index(w) for w in drawing.data["answer"]]], atol=1e-5
    )
    for name in DRAWN:
        assert drawn(name, **given, layer=2).figure.data
    controls, scope, _ = opened(**given)
    assert controls.query == 4
    models = Provenance.of(VIEW, VIEW.panel("heads"), controls, scope).models
    assert models["tiny"].startswith("sha256:")


def test_a_figure_says_which_weights_it_is_drawn_from():
    controls, scope, _ = opened(trained="off")
    assert Provenance.of(VIEW, VIEW.panel("heads"), controls, scope).models["words"] == "random:0"
    assert "untrained" in drawn("heads", trained="off").caption
    controls, scope, _ = opened()
    found = Provenance.of(VIEW, VIEW.panel("found"), controls, scope)
    assert found.models == {"words": load_reader().checkpoint}


def test_heads_that_find_the_referent_are_chosen_on_the_training_part():
    drawing = drawn("found", count=50)
    assert drawing.data["held_out"].shape == (3, 4)
    layer, head = np.unravel_index(drawing.data["of_the_training"].argmax(), (3, 4))
    (outline,) = drawing.figure.layout.shapes
    assert (outline.x0 + 0.5, outline.y0 + 0.5) == (head + 1, layer + 1)
    assert drawing.data["held_out"][layer, head] > 0.8
    chance = drawn("found", count=50, trained="off").data["held_out"]
    assert chance.mean() < 0.4
    agreement = drawn("agreement", count=50)
    assert list(agreement.data["masked"]) == ["the pronoun", "the verb", "both masked"]
    assert agreement.data["correct"].min() > 0.9
    assert drawn("agreement", count=50, trained="off").data["correct"].max() < 0.3


def test_without_the_word_model_there_is_a_sentence(tmp_path, monkeypatch):
    monkeypatch.setenv("EXPLORER_CHECKPOINTS", str(tmp_path))
    controls, scope, _ = opened()
    with pytest.raises(WeightsNotFound, match="explorer train words"):
        VIEW.draw(VIEW.panel("heads"), controls, scope)
