import numpy as np
import pytest
import torch

from explorer.analysis.reference import agreement, numbers_of, reference
from explorer.analysis.self_attention import self_attention
from explorer.errors import ControlError
from explorer.tap import Change
from explorer.words import sentences
from explorer.words.lexicon import VOCABULARY
from explorer.words.tokens import MASK
from explorer.zoo.readers import load_reader


@pytest.fixture(scope="module")
def module():
    return load_reader(trained=False).module


def test_padding_changes_no_word(module):
    batch = sorted(sentences(6, seed=1), key=lambda sentence: len(sentence.words))
    together = module(numbers_of(batch))
    for row, sentence in zip(together, batch, strict=True):
        alone = module(numbers_of([sentence]))[0]
        torch.testing.assert_close(row[: len(sentence.words)], alone, atol=1e-5, rtol=1e-4)


def test_the_first_layer_sees_three_words_on_either_side_and_the_second_all(module):
    numbers = torch.randint(3, 200, (1, 12))
    changed = numbers.clone()
    changed[0, 5] += 1
    seen = [[], []]
    handles = [layer.register_forward_hook(lambda m, i, o, at=at: seen[at].append(o[0])) for at, layer in
               enumerate(module.layers[:2])]  # fmt: skip
    module(numbers), module(changed)
    for handle in handles:
        handle.remove()
    differ = [(one != other).any(-1).nonzero().flatten().tolist() for one, other in seen]
    assert differ == [list(range(2, 9)), list(range(12))]


def test_its_steps_are_its_own_tensors(module):
    numbers, caught = numbers_of(list(sentences(1, seed=4))), {}
    layer = module.layers[1]
    handles = [
        layer.qkv.register_forward_hook(lambda m, i, o: caught.update(x=i[0][0], qkv=o[0])),
        layer.out.register_forward_hook(lambda m, i, o: caught.update(joined=i[0][0], output=o[0])),
    ]
    logits = module(numbers)[0]
    for handle in handles:
        handle.remove()
    result = self_attention(module, numbers, 1)
    q, k, v = caught["qkv"].unflatten(-1, (3, 4, 24)).permute(1, 2, 0, 3)
    ours = (result.embeddings, result.queries, result.keys, result.values, result.joined, result.output)
    for one, other in zip(ours, (caught["x"], q, k, v, caught["joined"], caught["output"]), strict=True):
        np.testing.assert_allclose(one, other.numpy(), atol=1e-5)
    np.testing.assert_allclose(result.prediction, logits.numpy(), atol=1e-5)


def test_a_hidden_word_in_every_layer_alone_changes_the_prediction(module):
    numbers = numbers_of(list(sentences(1, seed=4)))
    for layer in range(3):
        result = self_attention(module, numbers, layer, change=Change(tokens=(1,)))
        assert not result.weights[..., 1].any()
        assert np.abs(result.prediction_changed - result.prediction).max() > 1e-6


def test_too_many_words_are_refused(module):
    with pytest.raises(ControlError, match="49 words"):
        module(torch.ones(1, 49, dtype=torch.long))


class Knowing(torch.nn.Module):
    """Says at each place the word that stood there, but never knows a plural verb; looks from everywhere at word 1."""

    def __init__(self, batch):
        super().__init__()
        self.batch = numbers_of(batch)

    def forward(self, numbers):
        batch, places = numbers.shape
        q = torch.ones(batch, 2, places, 1)
        k = torch.zeros(batch, 2, places, 1)
        k[:, 1, 1] = 5.0
        torch.nn.functional.scaled_dot_product_attention(q, k, k)
        message = torch.nn.functional.one_hot(self.batch[:batch, :places], len(VOCABULARY)).float()
        hidden = numbers == MASK
        plural = torch.isin(self.batch, torch.tensor([VOCABULARY.index("are"), VOCABULARY.index("were")]))
        message[hidden & plural] = 0
        return message


def test_what_is_right_and_where_a_head_looks_is_counted():
    batch = list(sentences(40, seed=9))
    module = Knowing(batch).eval()
    right = agreement(module, batch)
    assert right["pronoun"].all()
    np.testing.assert_array_equal(right["verb"], [not sentence.plural for sentence in batch])
    np.testing.assert_array_equal(right["both"], right["verb"])
    result = reference(module, batch)
    np.testing.assert_array_equal(result.hits[:, 0, 1], [sentence.referent == 1 for sentence in batch])
    np.testing.assert_array_equal(result.hits[:, 0, 0], [sentence.referent == 0 for sentence in batch])
    assert result.best == (0, 1)
    assert result.chance == pytest.approx(sum(1 / len(sentence.words) for sentence in batch) / 40)
