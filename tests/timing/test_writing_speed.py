from explorer.timing.writing_speed import writing_speed
from tests.models.writing import small


def test_every_way_is_measured_over_the_values_it_wrote():
    model = small(3, low=(3, 3), encoder_depth=1)
    passes = []
    hook = model.register_forward_pre_hook(lambda module, given: passes.append(1))
    try:
        result = writing_speed(model, samples=2, repeats=2, stepped=10, uncached=4)
    finally:
        hook.remove()
    assert min(result.parallel, result.cached, result.uncached) > 0
    assert (result.values, result.samples) == (126, 2)
    # A way's first run is not counted: 3 parallel passes, and 3 times 4 steps that compute everything again.
    assert len(passes) == 3 + 3 * 4
    bar = result.figure().data[0]
    assert list(bar.x) == [1000 * item for item in (result.parallel, result.cached, result.uncached)]
