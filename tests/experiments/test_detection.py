"""What is drawn of a DETR, over a few scenes in shards of one, against a loop over all of them."""

import numpy as np
import pytest
import torch
from torchvision.ops import box_convert, box_iou

from explorer.experiments.detection import Drawn, measure
from explorer.scenes import picture, random_scene
from explorer.zoo import load

MODEL = "detr-scenes"


def test_shards_change_nothing_of_a_loop_over_the_scenes(monkeypatch):
    monkeypatch.setattr(Drawn, "batch", 1)
    values = measure(model=MODEL, scenes=3, threshold=0.5, device="cpu")["values"]
    assert values["kept_alike"]
    assert values["difference"] == values["difference of scores"] == 0
    model, overlaps, hidden = load(MODEL, device="cpu"), [], []
    detr = model.module
    for seed in range(3):
        x = model.see(picture(random_scene(seed, held_out=True), height=320, width=320))
        handle = detr.model.decoder.layers[0].register_forward_hook(lambda *call: hidden.append(call[-1]))
        try:
            with torch.no_grad():
                output = detr(x)
                first = detr.bbox_predictor(detr.model.decoder.layernorm(hidden[-1])).sigmoid()[0]
        finally:
            handle.remove()
        found = output.logits[0].softmax(-1)[:, :-1].amax(-1) > 0.5
        one, last = (box_convert(boxes[found], "cxcywh", "xyxy") for boxes in (first, output.pred_boxes[0]))
        overlaps += box_iou(one, last).diagonal().tolist()
    assert values["agreement"][0] == pytest.approx(np.mean(overlaps), abs=1e-3)
    assert values["agreement"][-1] == 1
