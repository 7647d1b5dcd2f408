from explorer.timing.sequence_speed import sequence_speed
from explorer.zoo.sequence_models import build_recall


def test_every_length_is_measured_and_progress_told_by_places():
    told: list[float] = []
    module = build_recall("cnn")
    result = sequence_speed(module, lengths=(16, 32, 16), title="CNN", on_progress=told.append)
    assert result.lengths.tolist() == [16, 32, 16]
    assert (result.forward > 0).all()
    assert (result.both > 0).all()
    assert told == [0.25, 0.75, 1.0]
    assert result.growth == result.forward[2] / result.forward[1]
    assert all(parameter.grad is None for parameter in module.parameters())
