"""The cut through a stack shows what one unit of each layer sees."""

from explorer.analysis.designer import designed_field, parse, stack_layers
from explorer.figures.designer import stack_figure
from explorer.geometry import InputPoint


def test_bars_are_the_fields_in_columns_of_the_picture():
    stack = parse("conv3x5 maxpool2s2 conv3")
    layers = stack_layers(designed_field(stack, input_size=(32, 40)), stack)
    figure = stack_figure(layers, at=InputPoint(16, 20), chosen=layers[1].name)
    bars = [trace for trace in figure.data if trace.type == "bar"]
    assert [bar.x[0] for bar in bars] == [5, 6, 10]
    assert [bar.y[0] for bar in bars] == [1, 2, 3]
    for bar in bars:
        assert bar.base[0] < 20 < bar.base[0] + bar.x[0]
    units = [trace for trace in figure.data if trace.type == "scatter" and trace.mode == "markers"]
    assert [len(trace.x) for trace in units] == [40, 20, 20]
    # Units of the pooled layers stand between two pixels, two pixels apart.
    assert list(units[1].x[:3]) == [1, 3, 5]
    assert figure.layout.yaxis.ticktext[0] == "picture"
