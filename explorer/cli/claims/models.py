"""What is claimed of models and analyses, each measured by `explorer measure`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from explorer.cli.claims.claim import Claim, Result
from explorer.formatting import percent, percent_range

__all__ = ["MODELS"]

OVER = ("over random order", "over the blob")


def _accuracy(result: Result) -> str:
    values = result["values"]
    return percent_range(values["accuracy"], values["low"], values["high"], confidence=True)


def _agreement(result: Result) -> str:
    values = result["values"]
    return percent_range(values["agreement"], values["low"], values["high"], confidence=True)


def _precision(result: Result) -> str:
    values = result["values"]
    return f"AP50 {values['AP50']:.3f}, AP {values['AP']:.3f}"


def _bits(result: Result) -> str:
    values = result["values"]
    simple = ", ".join(f"{name} {bits:.2f}" for name, bits in values["baselines"].items())
    return f"{values['bits per dimension']:.3f} ({simple})"


def _enlarged(result: Result) -> str:
    ratios, own = result["values"]["peak signal-to-noise ratio, dB"], result["values"]["consistency"]
    return f"{_bits(result)}; {own:.1f}; " + ", ".join(
        f"{name} {ratio:.1f}" for name, ratio in ratios.items()
    )


def _exponents(result: Result) -> str:
    exponents = result["values"]["exponents"]
    return ", ".join(
        f"{name}: {fit['exponent']:.2f} (95 %: {fit['interval'][0]:.2f} to {fit['interval'][1]:.2f})"
        for name, fit in exponents.items()
    )


def _reference(result: Result) -> str:
    values = result["values"]
    return (
        f"{percent(values['both right, both masked'])}; {percent(values['largest weight on the referent'])} "
        f"({values['head']}; chance {percent(values['chance among all words'])}, among the nouns "
        f"{percent(values['chance among the nouns'])})"
    )


def _recalled(result: Result) -> str:
    return ", ".join(
        f"{name} {percent(measured['recalled']['256'][0])}" for name, measured in result["values"].items()
    )


def _right(result: Result) -> str:
    """Of each network the mean of its trainings, and their range."""
    return ", ".join(
        f"{name} {percent_range(*measured['right'][:3])}" for name, measured in result["values"].items()
    )


def _cost(result: Result) -> str:
    names = (("Stand-alone (local)", "local"), ("Axial", "axial"), ("Global self-attention", "global"))
    exponents = [(short, result["values"][name]["exponents"]) for name, short in names]
    return ", ".join(
        f"{short} {exponent['milliseconds']:.2f} ({exponent['flops']:.2f})" for short, exponent in exponents
    )


def _moved(result: Result) -> str:
    values = result["values"]
    bare = [*values["ViT without positions"].values(), *values["ViT without positions, shuffled"].values()]
    return f"{max(values['CNN, circular, stride 1'].values()):.1g}; {max(bare):.1g}"


def _scrambled(result: Result) -> str:
    return ", ".join(
        f"{name} {percent(measured['scrambled 4'][0])} ({percent(measured['scrambled 1'][0])})"
        for name, measured in result["values"].items()
    )


def _hybrid(result: Result) -> str:
    return ", ".join(
        f"{name} {percent(measured['accuracy'][0])} ({measured['steps']:,})"
        for name, measured in result["values"].items()
    )


def _faithful(name: str) -> Callable[[Result], str]:
    """Areas of the maps that ignorance gives, of rollout, of the best map, and how many beat ignorance both ways."""

    def said(result: Result) -> str:
        methods: Mapping[str, Any] = result["values"][name]["methods"]
        compared = {title: method for title, method in methods.items() if "over the blob" in method}
        clear = [
            title
            for title, areas in compared.items()
            if all(areas[over][way][1] > 0 for over in OVER for way in ("deletion", "insertion"))
        ]
        best = max(
            compared, key=lambda title: compared[title]["insertion"][0] - compared[title]["deletion"][0]
        )
        rollouts = [title for title in compared if title.startswith("Rollout")]
        shown = [*(title for title in methods if title not in compared), *rollouts, best]
        areas = ", ".join(
            f"{title} {methods[title]['deletion'][0]:.2f} / {methods[title]['insertion'][0]:.2f}"
            for title in dict.fromkeys(shown)
        )
        return f"{areas}; clearly better than random order and the blob: {', '.join(clear) or 'none'}"

    return said


def _field(result: Result) -> str:
    return f"{result['values']['last feature layer']} px"


MODELS: tuple[Claim, ...] = (
    *(
        Claim(
            f"Theoretical receptive field of {model}'s last feature layer",
            f"{size} px, as published",
            f"measure receptive-field --model {model}",
            _field,
        )
        for model, size in (("vgg16", 212), ("resnet18", 435), ("resnet50", 427))
    ),
    *(
        Claim(
            f"`{model}`: top-1 accuracy on Imagenette's 3,925 test photographs",
            f"≥ {target} %",
            f"measure accuracy --model {model} --data DATA",
            _accuracy,
        )
        for model, target in (("cnn-128", 88), ("vit-128", 75), ("hybrid-128", 84))
    ),
    *(
        Claim(
            f"`{model}`, 1,000 classes: top-1 accuracy among Imagenette's ten, 3,925 test photographs",
            target,
            f"measure accuracy --model {model} --data DATA",
            _accuracy,
        )
        for model, target in (
            ("efficientnet-lite0", "reported, no target"),
            ("vit", "≥ 92 %"),
            ("hybrid", "≥ 97 %"),
        )
    ),
    *(
        Claim(
            f"`{model}`: top-1 agreement with its teacher EfficientNet-Lite2 on 2,000 held-out photographs",
            target,
            f"measure agreement --model {model} --data DATA",
            _agreement,
        )
        for model, target in (("vit", "≥ 45 % (CPU), ≥ 60 % (GPU)"), ("hybrid", "≥ 65 %"))
    ),
    Claim(
        "Effective receptive field of random 3 x 3 stacks: exponent of its growth with depth (0.5: square root)",
        "0.5 ± 0.1",
        "measure effective-field",
        _exponents,
    ),
    Claim(
        "Rollout against a reference implementation: largest difference",
        "≤ 1e-6",
        "measure rollout",
        lambda result: f"{result['values']['difference']:.1e}",
    ),
    Claim(
        "DETR's boxes against transformers' own post-processing: largest difference",
        "0",
        "measure detection",
        lambda result: f"{result['values']['difference']:g} px",
    ),
    Claim(
        "`detr-scenes`: average precision on held-out scenes",
        "AP50 ≥ 0.90",
        "measure assignment --model detr-scenes",
        _precision,
    ),
    Claim(
        "`detr-cells`: average precision on BCCD's test list",
        "AP50 ≥ 0.75",
        "measure assignment --model detr-cells --data DATA",
        _precision,
    ),
    Claim(
        "`detr-photos`: average precision on 1,252 test photographs of VOC and COCO",
        "AP50 ≥ 0.45 (CPU), ≥ 0.60 (GPU)",
        "measure assignment --model detr-photos --data DATA",
        _precision,
    ),
    Claim(
        "Recall at 32 objects with 16 queries",
        "≤ 0.5",
        "measure object-limit",
        lambda result: f"{result['values']['by count']['32']['recall']:.2f}",
    ),
    *(
        Claim(
            f"`{model}`: bits per dimension on held-out pictures",
            f"below every baseline{target}",
            f"measure generation --model {model}{data}",
            _bits,
        )
        for model, target, data in (
            ("pixels-digits", "", ""),
            ("pixels-fashion", "; ≤ 0.894 (0.62 nats)", " --data DATA"),
            ("pixels-natural", "", " --data DATA"),
        )
    ),
    Claim(
        "`pixels-super`: bits per dimension given the small picture; root mean square difference, in levels, of a sample "
        "made small again; peak signal-to-noise ratio in dB",
        "below every baseline; reported",
        "measure super-resolution --data DATA",
        _enlarged,
    ),
    Claim(
        "Steps of self-attention against the model's own tensors: largest difference",
        "≤ 1e-5",
        "measure self-attention",
        lambda result: f"{result['values']['largest difference']:.1e}",
    ),
    Claim(
        "`words`: masked pronoun and verb both predicted correctly; largest weight of a head from the pronoun on its referent",
        "≥ 95 %; ≥ 80 %",
        "measure reference",
        _reference,
    ),
    Claim(
        "Recall of a letter 256 steps ago, mean over 3 seeds (chance 6 %)",
        "reported, no target",
        "measure long-range",
        _recalled,
    ),
    Claim(
        "Small ViTs on digits by positional encoding: top-1 accuracy, mean and range over 3 seeds",
        "reported, no target",
        "measure positions",
        _right,
    ),
    Claim(
        "The same on CIFAR-10, in 8 x 8 patches of photographs",
        "reported, no target",
        "measure positions --data DATA",
        _right,
    ),
    Claim(
        "Time of attention layers against the number of cells: exponent (in FLOPs)",
        "local 1, axial 1.5, global 2",
        "measure attention-cost",
        _cost,
    ),
    Claim(
        "Largest equivariance error of any layer: CNN with circular padding and stride 1, shifted; ViT without positions, shifted or shuffled",
        "≤ 1e-5",
        "measure equivariance",
        _moved,
    ),
    Claim(
        "Top-1 accuracy on test photographs in 4 x 4 shuffled tiles (and on unchanged ones)",
        "reported, no target",
        "measure scramble --data DATA",
        _scrambled,
    ),
    Claim(
        "The same of the models of 1,000 classes, among Imagenette's ten",
        "reported, no target",
        "measure scramble --models efficientnet-lite0 vit hybrid --data DATA",
        _scrambled,
    ),
    Claim(
        "Residual networks with attention in no, one or all of three stages, CIFAR-10: top-1 accuracy, mean and range over trainings",
        "reported, no target",
        "measure attention-stage --data DATA",
        _right,
    ),
    Claim(
        "CNN, ViT and hybrid: top-1 accuracy on the same test photographs (best step)",
        "reported, no target",
        "measure hybrid --data DATA",
        _hybrid,
    ),
    *(
        Claim(
            f"Deletion (low is good) and insertion (high is good) areas of `{model}`'s maps, 200 test photographs",
            "reported, no target",
            f"measure faithfulness --models {model} --data DATA",
            _faithful(model),
        )
        for model in ("vit-128", "cnn-128")
    ),
    Claim(
        "The same of `vit`, 1,000 classes",
        "rollout and the best clearly better than random order and the blob",
        "measure faithfulness --models vit --data DATA",
        _faithful("vit"),
    ),
    Claim(
        "The same of `efficientnet-lite0`, 1,000 classes",
        "reported, no target",
        "measure faithfulness --models efficientnet-lite0 --data DATA",
        _faithful("efficientnet-lite0"),
    ),
)
