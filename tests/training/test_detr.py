import torch

from explorer import zoo
from explorer.training import recipes


def test_the_backbone_begins_with_the_cnns_first_stage_which_stays_and_its_later_kernels() -> None:
    cnn = zoo.load("cnn-128", device="cpu").module
    trunk = recipes()["detr-scenes"].build().detr.model.backbone.model.trunk.eval()
    x = torch.randn(1, 3, 64, 96)
    first = [net.layer1(net.maxpool(net.act1(net.bn1(net.conv1(x))))) for net in (trunk, cnn)]
    torch.testing.assert_close(*first)
    assert not any(
        weight.requires_grad for part in (trunk.conv1, trunk.layer1) for weight in part.parameters()
    )
    for stage in ("layer2", "layer3", "layer4"):
        for ours, theirs in zip(getattr(trunk, stage), getattr(cnn, stage), strict=False):
            assert torch.equal(ours.conv2.weight, theirs.conv2.weight)
            if ours.downsample is not None:
                assert torch.equal(ours.downsample[0].weight, theirs.downsample[1].weight)
