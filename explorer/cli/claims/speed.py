"""What is claimed of time and memory, each measured by `explorer bench`."""

from __future__ import annotations

from collections.abc import Callable

from explorer.cli.claims.claim import Claim, Result

__all__ = ["SPEED"]


def _waited(result: Result) -> str:
    waits = ", ".join(
        f"{name.replace('_', ' ')} {seconds:.2f} s" for name, seconds in result["seconds"].items()
    )
    quick = f"{result['quick_sliders']} of {result['drawn_sliders']} sliders within 0.4 s"
    return "; ".join([waits, quick, *(f"{ratio:.2f}" for ratio in result.get("ratios", {}).values())])


def _visited(result: Result) -> str:
    lecture, lab = result["largest"]["lecture"], result["largest"]["lab"]
    return (
        f"{lecture['visitors']} visitors: p95 {lecture['p95']:.2f} s; "
        f"{lab['again']['reruns_per_second']:.1f} and {lab['reruns_per_second']:.1f} reruns a second; "
        f"{lecture['different'] + lab['different']} figures differ"
    )


def _files(result: Result) -> str:
    first, later = result["ratios"]["first"], result["ratios"]["next"]
    return f"{max(first.values()):.1f} s; {max(later.values()):.2f} s"


def _ratios(**names: str) -> Callable[[Result], str]:
    return lambda result: ", ".join(
        f"{title.replace('_', ' ')} {result['ratios'][name]:.3g}" for title, name in names.items()
    )


def _lens(result: Result) -> str:
    times = result["milliseconds"]
    return (
        f"{times['hover_p50']:.1f} / {times['hover_p95']:.1f} ms; {times['rollout_p95']:.1f} ms; "
        f"{times['ready'] / 1000:.2f} s; {result['payload_mb']:.2f} MB; {result['bytes_sent_hovering']} bytes"
    )


def _soaked(result: Result) -> str:
    worst = result["worst_minute"]
    return (
        f"{result['different']} of {result['compared']:,} differ, {result['errors']} errors, {result['tracebacks']} tracebacks; "
        f"{result['p95']:.2f} s, {worst['p95']:.1f} s in minute {worst['minute']}, the worst; "
        f"{result['memory_slope_mb_per_hour']:+.0f} MB an hour"
    )


SPEED: tuple[Claim, ...] = (
    Claim(
        "Capturing attention: time relative to the plain forward pass (ViT-S/16 at 224, CPU)",
        "every map ≤ 1.35 and below timm's AttentionExtract, one map ≤ 1.10, q and k ≤ 1.05",
        "bench tap",
        _ratios(
            every_map="all_maps", one_map="one_map", q_and_k="queries_keys", AttentionExtract="timm_extract"
        ),
    ),
    Claim(
        "Rollout of the class token: cost relative to the product of full matrices (ViT-S/16 at 1024 x 1024, CPU)",
        "time ≤ 0.333, memory ≤ 0.067",
        "bench rollout --tokens 4096 --repeats 1",
        _ratios(time="time", memory="memory"),
    ),
    Claim(
        "Capturing everything DETR's page needs (R50 at 800 x 1066, CPU): time relative to the plain pass, memory relative to stored attention",
        "time ≤ 1.15, memory ≤ 0.25",
        "bench detr",
        _ratios(time="time", memory="memory"),
    ),
    Claim(
        "Generating 784 values: time relative to transformers' ImageGPT with its cache (CPU)",
        "one picture ≤ 0.333, 64 pictures ≤ 0.4",
        "bench generation",
        _ratios(one_picture="single", pictures_side_by_side="batch"),
    ),
    Claim(
        "Class-specific maps: time relative to one forward and backward pass, and that of two other libraries (ViT-S/16 at 224, CPU)",
        "gradient rollout, relevance ≤ 1.3",
        "bench attribution",
        _ratios(
            gradient_rollout="gradient_rollout",
            relevance="relevance",
            vit_explain="vit_explain",
            Grad_CAM="grad_cam",
            pytorch_grad_cam="pytorch_grad_cam",
        ),
    ),
    Claim(
        "First paint of Home; first figure of the slowest view, its address typed; its link clicked; slowest slider to its "
        "new figures, p95; how many sliders are quick; server time of a rerun relative to a page of ready-made figures",
        "≤ 2.5 s; ≤ 1.5 s; ≤ 1.5 s; ≤ 0.4 s; all; ≤ 2",
        "bench app --repeats 3",
        _waited,
    ),
    Claim(
        "Many visitors at once: a rerun in a lecture; reruns a second in a lab, with cached figures and without",
        "64 visitors: p95 ≤ 3 s; ≥ 8 and ≥ 3; none differs",
        "bench visitors --visitors 1 8 64 --idle 20 --limit 150",
        _visited,
    ),
    Claim(
        "Export of a figure in the slowest format: the first file; later ones",
        "≤ 5 s; ≤ 1 s",
        "bench export",
        _files,
    ),
    Claim(
        "The lens, every head and layer shown: from a moved pointer until painted, p50 / p95; from a moved slider of the rollout, p95; "
        "opened; payload of ViT-S/16; sent while hovering",
        "≤ 16 / ≤ 33 ms; ≤ 33 ms; ≤ 1 s; ≤ 4 MB; 0",
        "bench lens",
        _lens,
    ),
    Claim(
        "A server for an hour, 64 visitors, eight of them hostile: figures that are not a lone visitor's; light reruns, p95; "
        "slope of its memory",
        "0, 0 errors, 0 tracebacks; ≤ 3 s throughout; flat",
        "bench soak --minutes 60 --pause 30",
        _soaked,
    ),
    Claim(
        "Sweeps: pictures a second of one worker over a plain loop; of two; of Ray over local workers",
        "≥ 0.95; ≥ 1.7; ≥ 0.9",
        "bench sweep",
        _ratios(one_worker="one_worker", two_workers="two_workers", Ray="ray_over_local"),
    ),
    Claim(
        "A question about a sweep of a million rows, the slowest",
        "≤ 500 ms",
        "bench many-pictures",
        lambda result: f"{result['slowest']:.0f} ms",
    ),
)
