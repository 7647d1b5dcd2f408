"""What each of PyTorch's primitive operations does to the places of the picture."""

from explorer.analysis.receptive_field import mixing, rearranging, windows
from explorer.analysis.receptive_field.call import Call, Rule
from explorer.analysis.receptive_field.places import Lost, Places

__all__ = ["follow"]


def follow(call: Call) -> list[Places | None]:
    """The places of each tensor the operation returns.

    Raises:
        Lost: the operation does what no feed-forward CNN of convolution, pooling and sums does.
        OutOfLine: branches that meet do not step alike.
    """
    rule = _RULES.get(call.name) or (mixing.pointwise if call.pointwise else None)
    if rule is None:
        if any(places.axes.count("") < len(places.axes) for places, _ in call.tracked):
            raise Lost(f"the operation {call.name} is not known")
        rule = mixing.summed_up_already
    result = rule(call)
    return result if isinstance(result, list) else [result]


_RULES: dict[str, Rule] = {
    name: rule
    for rule, names in {
        windows.convolution: "convolution _convolution",
        windows.pooling: "max_pool2d_with_indices max_pool2d avg_pool2d mkldnn_max_pool2d",
        windows.adaptive: "_adaptive_avg_pool2d adaptive_avg_pool2d adaptive_max_pool2d",
        windows.resize(1): "upsample_nearest2d _upsample_nearest_exact2d",
        windows.resize(2): "upsample_bilinear2d",
        windows.resize(4): "upsample_bicubic2d",
        mixing.batch_norm: "native_batch_norm _native_batch_norm_legit _native_batch_norm_legit_no_training "
        "_batch_norm_with_update _batch_norm_no_update cudnn_batch_norm miopen_batch_norm",
        mixing.group_norm: "native_group_norm",
        mixing.layer_norm: "native_layer_norm rms_norm _fused_rms_norm",
        mixing.reduction: "mean sum amax amin var std var_mean std_mean max min linalg_vector_norm norm prod "
        "any all logsumexp argmax argmin median",
        mixing.softmax: "_softmax _log_softmax softmax _safe_softmax",
        mixing.product: "mm addmm bmm baddbmm mv addmv",
        mixing.attention: "_scaled_dot_product_flash_attention_for_cpu _scaled_dot_product_attention_math "
        "_scaled_dot_product_flash_attention _scaled_dot_product_efficient_attention "
        "_scaled_dot_product_fused_attention_overrideable scaled_dot_product_attention",
        mixing.pointwise: "hardswish mish _prelu_kernel prelu rrelu_with_noise log_sigmoid_forward",
        mixing.same: "clone detach alias _to_copy contiguous native_dropout lift_fresh bernoulli positive",
        mixing.copy: "copy_",
        rearranging.reshape: "view _unsafe_view reshape _reshape_alias unflatten flatten",
        rearranging.permute: "permute transpose t",
        rearranging.unsqueeze: "unsqueeze",
        rearranging.squeeze: "squeeze",
        rearranging.expand: "expand repeat",
        rearranging.slice: "slice",
        rearranging.select: "select",
        rearranging.split: "split split_with_sizes unbind chunk unsafe_split",
        rearranging.concatenation: "cat stack",
        rearranging.padding: "constant_pad_nd reflection_pad2d replication_pad2d",
    }.items()
    for name in names.split()
}
"""By the schema's name. Of most pointwise operations PyTorch itself says that they are."""
