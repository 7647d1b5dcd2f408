import numpy as np
import torch
from sklearn.datasets import load_digits

from explorer.analysis.class_costs import class_costs
from explorer.data.digits import HELD_OUT, held_out_digit
from explorer.data.pixels import digits
from explorer.zoo.pixel_models import load_pixels


def test_a_class_costs_what_its_steps_say():
    model = load_pixels("pixels-digits", device="cpu").module
    picture, _ = held_out_digit(4)
    costs = class_costs(model, picture, 10, count=24)
    values = torch.from_numpy(picture.ravel())[None]
    for label in (0, 7):
        with torch.inference_mode():
            message = model(values, torch.tensor([label])).log_softmax(-1)[0]
        expected = -sum(float(message[step, values[0, step]]) for step in range(24)) / np.log(2)
        np.testing.assert_allclose(costs[label], expected, rtol=1e-4)


def test_a_model_that_writes_digits_knows_them():
    model = load_pixels("pixels-digits", device="cpu").module
    right = 0
    for number in range(1, 31):
        picture, label = held_out_digit(number)
        right += int(class_costs(model, picture, 10).argmin()) == label
    assert right >= 24


def test_held_out_digits_are_never_learnt_from():
    """In the order that scikit-learn has them: none of the last is among those learnt from."""
    known = digits()
    assert len(known.learn) + HELD_OUT == len(load_digits().images) == 1797
    picture, label = held_out_digit(HELD_OUT)
    np.testing.assert_array_equal(known.test[-1], picture)
    assert known.test_labels[-1] == label
    learnt = {item.tobytes() for item in known.learn}
    assert sum(item.tobytes() in learnt for item in known.test) == 0
