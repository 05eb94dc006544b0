"""Files in the formats that models are published in: real names and shapes, and no weights.

A file's header is honest and its size right, but everything after the header is a hole, which takes
no room on the disk. Names and shapes are those of the published checkpoints.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Iterable, Mapping
from pathlib import Path

Shapes = dict[str, tuple[int, ...]]
_BITS = {"F64": 64, "F32": 32, "F16": 16, "BF16": 16, "F8_E4M3": 8, "U8": 8, "I8": 8, "I64": 64}
_GGUF_TYPES = {"F32": (0, 1, 4), "F16": (1, 1, 2), "Q8_0": (8, 32, 34), "Q4_K": (12, 256, 144)}


def write_safetensors(
    path: Path,
    shapes: Mapping[str, tuple[int, ...]],
    dtype: str = "F16",
    metadata: Mapping[str, str] | None = None,
) -> Path:
    """A file of these tensors, all zero."""
    header: dict[str, object] = {"__metadata__": dict(metadata)} if metadata else {}
    at = 0
    for name, shape in shapes.items():
        size = math.prod(shape) * _BITS[dtype] // 8
        header[name] = {"dtype": dtype, "shape": list(shape), "data_offsets": [at, at + size]}
        at += size
    text = json.dumps(header).encode()
    return _write(path, struct.pack("<Q", len(text)) + text, at)


def write_gguf(
    path: Path,
    shapes: Mapping[str, tuple[int, ...]],
    dtype: str = "Q8_0",
    architecture: str = "flux",
) -> Path:
    """A GGUF file of these tensors, matrices in `dtype` and vectors in F32."""

    def text(value: str) -> bytes:
        return struct.pack("<Q", len(value.encode())) + value.encode()

    infos, at = b"", 0
    for name, shape in shapes.items():
        kind, block, block_bytes = _GGUF_TYPES[dtype if len(shape) > 1 else "F32"]
        infos += text(name) + struct.pack("<I", len(shape))
        infos += b"".join(struct.pack("<Q", side) for side in reversed(shape))
        infos += struct.pack("<IQ", kind, at)
        at += -(-math.prod(shape) // block) * block_bytes
        at = -(-at // 32) * 32
    entries = text("general.architecture") + struct.pack("<I", 8) + text(architecture)
    entries += text("tokens") + struct.pack("<IIQ", 9, 8, 2) + text("a") + text("b")
    entries += text("numbers") + struct.pack("<IIQ", 9, 4, 3) + bytes(12)
    head = b"GGUF" + struct.pack("<IQQ", 3, len(shapes), 3) + entries + infos
    return _write(path, head + bytes(-len(head) % 32), at)


def _write(path: Path, head: bytes, body_bytes: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(head)
        file.truncate(len(head) + body_bytes)
    return path


def under(prefix: str, shapes: Mapping[str, tuple[int, ...]]) -> Shapes:
    """The same tensors below a prefix."""
    return {prefix + name: shape for name, shape in shapes.items()}


def _linear(name: str, wide: int, width: int) -> Shapes:
    return {f"{name}.weight": (wide, width), f"{name}.bias": (wide,)}


def _conv(name: str, wide: int, width: int, side: int = 3) -> Shapes:
    return {f"{name}.weight": (wide, width, side, side), f"{name}.bias": (wide,)}


def _norm(name: str, width: int) -> Shapes:
    return {f"{name}.weight": (width,), f"{name}.bias": (width,)}


# UNets as CompVis latent-diffusion names them


def ldm_unet(
    in_channels: int = 4,
    channels: int = 320,
    mults: tuple[int, ...] = (1, 2, 4, 4),
    depths: tuple[int, ...] = (1, 1, 1, 0),
    middle_depth: int = 1,
    context: int = 768,
    labels: int = 0,
    linear: bool = False,
) -> Shapes:
    """Stable Diffusion 1's UNet, unless told otherwise: 859,520,964 weights."""
    wide = 4 * channels
    shapes = {**_linear("time_embed.0", wide, channels), **_linear("time_embed.2", wide, wide)}
    if labels:
        shapes |= {**_linear("label_emb.0.0", wide, labels), **_linear("label_emb.0.2", wide, wide)}
    shapes |= _conv("input_blocks.0.0", channels, in_channels)
    widths, block, width = [channels], 0, channels
    for level, mult in enumerate(mults):
        for _ in range(2):
            block += 1
            shapes |= _res(f"input_blocks.{block}.0", channels * mult, width, wide)
            width = channels * mult
            shapes |= _attention(f"input_blocks.{block}.1", width, context, depths[level], linear)
            widths.append(width)
        if level < len(mults) - 1:
            block += 1
            shapes |= _conv(f"input_blocks.{block}.0.op", width, width)
            widths.append(width)
    shapes |= _res("middle_block.0", width, width, wide)
    shapes |= _attention("middle_block.1", width, context, middle_depth, linear)
    shapes |= _res("middle_block.2", width, width, wide)
    block = 0
    for level in reversed(range(len(mults))):
        for number in range(3):
            out = channels * mults[level]
            shapes |= _res(f"output_blocks.{block}.0", out, width + widths.pop(), wide)
            width = out
            shapes |= _attention(f"output_blocks.{block}.1", width, context, depths[level], linear)
            if level and number == 2:
                part = 2 if depths[level] else 1
                shapes |= _conv(f"output_blocks.{block}.{part}.conv", width, width)
            block += 1
    return shapes | _norm("out.0", width) | _conv("out.2", 4, channels)


def _res(name: str, wide: int, width: int, time: int) -> Shapes:
    shapes = {
        **_norm(f"{name}.in_layers.0", width),
        **_conv(f"{name}.in_layers.2", wide, width),
        **_linear(f"{name}.emb_layers.1", wide, time),
        **_norm(f"{name}.out_layers.0", wide),
        **_conv(f"{name}.out_layers.3", wide, wide),
    }
    return shapes if wide == width else shapes | _conv(f"{name}.skip_connection", wide, width, 1)


def _attention(name: str, width: int, context: int, depth: int, linear: bool) -> Shapes:
    if not depth:
        return {}
    shapes = _norm(f"{name}.norm", width)
    for part in ("proj_in", "proj_out"):
        at = f"{name}.{part}"
        shapes |= _linear(at, width, width) if linear else _conv(at, width, width, 1)
    for number in range(depth):
        block = f"{name}.transformer_blocks.{number}"
        for attention, seen in (("attn1", width), ("attn2", context)):
            shapes[f"{block}.{attention}.to_q.weight"] = (width, width)
            shapes[f"{block}.{attention}.to_k.weight"] = (width, seen)
            shapes[f"{block}.{attention}.to_v.weight"] = (width, seen)
            shapes |= _linear(f"{block}.{attention}.to_out.0", width, width)
        shapes |= _linear(f"{block}.ff.net.0.proj", 8 * width, width)
        shapes |= _linear(f"{block}.ff.net.2", width, 4 * width)
        for norm in ("norm1", "norm2", "norm3"):
            shapes |= _norm(f"{block}.{norm}", width)
    return shapes


def sd2_unet(in_channels: int = 4) -> Shapes:
    return ldm_unet(in_channels, context=1024, linear=True)


def sdxl_unet(in_channels: int = 4) -> Shapes:
    """2,567,463,684 weights."""
    return ldm_unet(
        in_channels,
        mults=(1, 2, 4),
        depths=(0, 2, 10),
        middle_depth=10,
        context=2048,
        labels=2816,
        linear=True,
    )


def refiner_unet() -> Shapes:
    return ldm_unet(
        channels=384,
        depths=(0, 4, 4, 0),
        middle_depth=4,
        context=1280,
        labels=2560,
        linear=True,
    )


# VAEs as CompVis latent-diffusion names them


def ldm_vae(latents: int = 4, quantised: bool = True) -> Shapes:
    """Stable Diffusion's VAE: 83,653,863 weights. Those of 16 channels have no quant_conv."""
    mults = (128, 256, 512, 512)
    shapes = _conv("encoder.conv_in", 128, 3)
    width = 128
    for level, wide in enumerate(mults):
        for block in range(2):
            shapes |= _vae_res(f"encoder.down.{level}.block.{block}", wide, width)
            width = wide
        if level < 3:
            shapes |= _conv(f"encoder.down.{level}.downsample.conv", wide, wide)
    shapes |= _vae_middle("encoder") | _norm("encoder.norm_out", 512)
    shapes |= _conv("encoder.conv_out", 2 * latents, 512) | _conv("decoder.conv_in", 512, latents)
    shapes |= _vae_middle("decoder")
    width = 512
    for level in reversed(range(4)):
        for block in range(3):
            shapes |= _vae_res(f"decoder.up.{level}.block.{block}", mults[level], width)
            width = mults[level]
        if level:
            shapes |= _conv(f"decoder.up.{level}.upsample.conv", width, width)
    shapes |= _norm("decoder.norm_out", 128) | _conv("decoder.conv_out", 3, 128)
    if quantised:
        shapes |= _conv("quant_conv", 2 * latents, 2 * latents, 1)
        shapes |= _conv("post_quant_conv", latents, latents, 1)
    return shapes


def _vae_res(name: str, wide: int, width: int) -> Shapes:
    shapes = {
        **_norm(f"{name}.norm1", width),
        **_conv(f"{name}.conv1", wide, width),
        **_norm(f"{name}.norm2", wide),
        **_conv(f"{name}.conv2", wide, wide),
    }
    return shapes if wide == width else shapes | _conv(f"{name}.nin_shortcut", wide, width, 1)


def _vae_middle(side: str) -> Shapes:
    shapes = _norm(f"{side}.mid.attn_1.norm", 512)
    for part in ("q", "k", "v", "proj_out"):
        shapes |= _conv(f"{side}.mid.attn_1.{part}", 512, 512, 1)
    for block in (1, 2):
        shapes |= _vae_res(f"{side}.mid.block_{block}", 512, 512)
    return shapes


# Text encoders


def clip_text(width: int = 768, layers: int = 12) -> Shapes:
    """CLIP's text encoder as transformers names it: 123,060,480 weights."""
    shapes: Shapes = {
        "text_model.embeddings.token_embedding.weight": (49408, width),
        "text_model.embeddings.position_embedding.weight": (77, width),
        **_norm("text_model.final_layer_norm", width),
    }
    for number in range(layers):
        layer = f"text_model.encoder.layers.{number}"
        for part in ("q_proj", "k_proj", "v_proj", "out_proj"):
            shapes |= _linear(f"{layer}.self_attn.{part}", width, width)
        shapes |= _linear(f"{layer}.mlp.fc1", 4 * width, width)
        shapes |= _linear(f"{layer}.mlp.fc2", width, 4 * width)
        shapes |= _norm(f"{layer}.layer_norm1", width) | _norm(f"{layer}.layer_norm2", width)
    return shapes


def open_clip_text(width: int = 1280, layers: int = 32) -> Shapes:
    """The same as OpenCLIP names it."""
    shapes: Shapes = {
        "positional_embedding": (77, width),
        "text_projection": (width, width),
        "token_embedding.weight": (49408, width),
        "logit_scale": (),
        **_norm("ln_final", width),
    }
    for number in range(layers):
        block = f"transformer.resblocks.{number}"
        shapes |= _norm(f"{block}.ln_1", width) | _norm(f"{block}.ln_2", width)
        shapes[f"{block}.attn.in_proj_weight"] = (3 * width, width)
        shapes[f"{block}.attn.in_proj_bias"] = (3 * width,)
        shapes |= _linear(f"{block}.attn.out_proj", width, width)
        shapes |= _linear(f"{block}.mlp.c_fc", 4 * width, width)
        shapes |= _linear(f"{block}.mlp.c_proj", width, 4 * width)
    return shapes


def t5_encoder(width: int = 4096, layers: int = 24, words: int = 32128) -> Shapes:
    shapes: Shapes = {"shared.weight": (words, width), "encoder.final_layer_norm.weight": (width,)}
    for number in range(layers):
        block = f"encoder.block.{number}.layer"
        for part in "qkvo":
            shapes[f"{block}.0.SelfAttention.{part}.weight"] = (width, width)
        for part in ("wi_0", "wi_1"):
            shapes[f"{block}.1.DenseReluDense.{part}.weight"] = (10240, width)
        shapes[f"{block}.1.DenseReluDense.wo.weight"] = (width, 10240)
    return shapes


def language_model(words: int, width: int, layers: int = 2, normalised: bool = False) -> Shapes:
    shapes: Shapes = {"model.embed_tokens.weight": (words, width), "model.norm.weight": (width,)}
    for number in range(layers):
        layer = f"model.layers.{number}.self_attn"
        for part in ("q_proj", "k_proj", "v_proj", "o_proj"):
            shapes[f"{layer}.{part}.weight"] = (width, width)
        if normalised:
            shapes[f"{layer}.q_norm.weight"] = (128,)
    return shapes


def clip_image(width: int = 1280, layers: int = 2) -> Shapes:
    shapes: Shapes = {
        "vision_model.embeddings.patch_embedding.weight": (width, 3, 14, 14),
        "vision_model.embeddings.class_embedding": (width,),
        "visual_projection.weight": (1024, width),
    }
    for number in range(layers):
        layer = f"vision_model.encoder.layers.{number}.self_attn"
        shapes |= _linear(f"{layer}.q_proj", width, width)
    return shapes


# Transformers as their makers name them


def sd3_transformer(depth: int = 24, second: bool = False) -> Shapes:
    width = 64 * depth
    shapes: Shapes = {
        "pos_embed": (1, 36864, width),
        **_conv("x_embedder.proj", width, 16, 2),
        **_linear("context_embedder", width, 4096),
        **_linear("t_embedder.mlp.0", width, 256),
        **_linear("final_layer.linear", 64, width),
    }
    for number in range(depth):
        block = f"joint_blocks.{number}"
        for side in ("context_block", "x_block"):
            shapes |= _linear(f"{block}.{side}.adaLN_modulation.1", 6 * width, width)
            shapes |= _linear(f"{block}.{side}.attn.qkv", 3 * width, width)
            shapes |= _linear(f"{block}.{side}.mlp.fc1", 4 * width, width)
            shapes |= _linear(f"{block}.{side}.mlp.fc2", width, 4 * width)
        if second and number < 13:
            shapes |= _linear(f"{block}.x_block.attn2.qkv", 3 * width, width)
    return shapes


def flux_transformer(guided: bool = True, in_channels: int = 64) -> Shapes:
    """FLUX.1's: [dev] has 11,901,408,320 weights, [schnell] has no guidance_in."""
    width = 3072
    shapes: Shapes = {
        **_linear("img_in", width, in_channels),
        **_linear("txt_in", width, 4096),
        **_linear("final_layer.linear", 64, width),
        **_linear("final_layer.adaLN_modulation.1", 2 * width, width),
    }
    embedders = {"time_in": 256, "vector_in": 768} | ({"guidance_in": 256} if guided else {})
    for name, seen in embedders.items():
        shapes |= _linear(f"{name}.in_layer", width, seen)
        shapes |= _linear(f"{name}.out_layer", width, width)
    for number in range(19):
        for side in ("img", "txt"):
            block = f"double_blocks.{number}.{side}"
            shapes |= _linear(f"{block}_mod.lin", 6 * width, width)
            shapes |= _linear(f"{block}_attn.qkv", 3 * width, width)
            shapes |= _linear(f"{block}_attn.proj", width, width)
            shapes |= _linear(f"{block}_mlp.0", 4 * width, width)
            shapes |= _linear(f"{block}_mlp.2", width, 4 * width)
            for norm in ("query_norm", "key_norm"):
                shapes[f"{block}_attn.norm.{norm}.scale"] = (128,)
    for number in range(38):
        block = f"single_blocks.{number}"
        shapes |= _linear(f"{block}.linear1", 7 * width, width)
        shapes |= _linear(f"{block}.linear2", width, 5 * width)
        shapes |= _linear(f"{block}.modulation.lin", 3 * width, width)
        for norm in ("query_norm", "key_norm"):
            shapes[f"{block}.norm.{norm}.scale"] = (128,)
    return shapes


def flux2_transformer(guided: bool = True, width: int = 6144, read: int = 15360) -> Shapes:
    shapes: Shapes = {
        "img_in.weight": (width, 128),
        "txt_in.weight": (width, read),
        "time_in.in_layer.weight": (width, 256),
        "double_stream_modulation_img.lin.weight": (6 * width, width),
        "single_stream_modulation.lin.weight": (3 * width, width),
        "final_layer.linear.weight": (128, width),
    }
    if guided:
        shapes["guidance_in.in_layer.weight"] = (width, 256)
    for number in range(8):
        block = f"double_blocks.{number}"
        shapes[f"{block}.img_attn.qkv.weight"] = (3 * width, width)
        shapes[f"{block}.img_attn.norm.key_norm.scale"] = (128,)
        shapes[f"{block}.img_mlp.0.weight"] = (6 * width, width)
    for number in range(48):
        shapes[f"single_blocks.{number}.linear1.weight"] = (9 * width, width)
        shapes[f"single_blocks.{number}.linear2.weight"] = (width, 4 * width)
    return shapes


def z_image_transformer() -> Shapes:
    width = 3840
    shapes: Shapes = {
        **_linear("x_embedder", width, 64),
        "cap_embedder.0.weight": (2560,),
        **_linear("cap_embedder.1", width, 2560),
        **_linear("final_layer.linear", 64, width),
    }
    blocks = [f"layers.{number}" for number in range(30)]
    blocks += [f"{kind}.{n}" for kind in ("noise_refiner", "context_refiner") for n in range(2)]
    for block in blocks:
        shapes[f"{block}.attention.qkv.weight"] = (3 * width, width)
        shapes[f"{block}.attention.out.weight"] = (width, width)
        for part in ("w1", "w3"):
            shapes[f"{block}.feed_forward.{part}.weight"] = (10240, width)
        shapes[f"{block}.feed_forward.w2.weight"] = (width, 10240)
        if not block.startswith("context"):
            shapes |= _linear(f"{block}.adaLN_modulation.0", 4 * width, 256)
    return shapes


def qwen_image_transformer(layers: int = 60) -> Shapes:
    width = 3072
    shapes: Shapes = {
        **_linear("img_in", width, 64),
        **_linear("txt_in", width, 3584),
        "txt_norm.weight": (3584,),
        **_linear("proj_out", 64, width),
    }
    for number in range(layers):
        block = f"transformer_blocks.{number}"
        for part in ("to_q", "to_k", "to_v", "add_q_proj", "add_k_proj", "add_v_proj"):
            shapes |= _linear(f"{block}.attn.{part}", width, width)
        for side in ("img", "txt"):
            shapes |= _linear(f"{block}.{side}_mod.1", 6 * width, width)
            shapes |= _linear(f"{block}.{side}_mlp.net.0.proj", 4 * width, width)
            shapes |= _linear(f"{block}.{side}_mlp.net.2", width, 4 * width)
    return shapes


# Whole models in one file


def whole(unet: Shapes, vae: Shapes, *encoders: Shapes) -> Shapes:
    """A checkpoint as the reference code and ComfyUI save it."""
    shapes = under("model.diffusion_model.", unet) | vae
    for encoder in encoders:
        shapes |= encoder
    return shapes


def sd1(in_channels: int = 4) -> Shapes:
    return whole(
        ldm_unet(in_channels),
        under("first_stage_model.", ldm_vae()),
        under("cond_stage_model.transformer.", clip_text()),
    )


def sd2(in_channels: int = 4) -> Shapes:
    return whole(
        sd2_unet(in_channels),
        under("first_stage_model.", ldm_vae()),
        under("cond_stage_model.model.", open_clip_text(1024, 24)),
    )


def sdxl(in_channels: int = 4) -> Shapes:
    return whole(
        sdxl_unet(in_channels),
        under("first_stage_model.", ldm_vae()),
        under("conditioner.embedders.0.transformer.", clip_text()),
        under("conditioner.embedders.1.model.", open_clip_text()),
    )


def refiner() -> Shapes:
    return whole(
        refiner_unet(),
        under("first_stage_model.", ldm_vae()),
        under("conditioner.embedders.0.model.", open_clip_text()),
    )


def sd3(depth: int = 24, second: bool = False) -> Shapes:
    return whole(
        sd3_transformer(depth, second),
        under("first_stage_model.", ldm_vae(16, quantised=False)),
        under("text_encoders.clip_l.transformer.", clip_text()),
        under("text_encoders.clip_g.transformer.", clip_text(1280, 32)),
    )


def flux(guided: bool = True) -> Shapes:
    return whole(
        flux_transformer(guided),
        under("vae.", ldm_vae(16, quantised=False)),
        under("text_encoders.clip_l.transformer.", clip_text()),
        under("text_encoders.t5xxl.transformer.", t5_encoder()),
    )


# What changes a model


def kohya_lora(
    unet: Shapes, rank: int = 16, prefix: str = "lora_unet_", encoder: str = ""
) -> Shapes:
    """A LoRA of a UNet's attention as kohya's scripts write it, from the UNet's own shapes."""
    shapes: Shapes = {}
    for name, shape in unet.items():
        if len(shape) == 2 and ("attn" in name or "linear" in name or "ff.net" in name):
            layer = prefix + name.removesuffix(".weight").replace(".", "_")
            shapes[f"{layer}.alpha"] = ()
            shapes[f"{layer}.lora_down.weight"] = (rank, shape[1])
            shapes[f"{layer}.lora_up.weight"] = (shape[0], rank)
    if encoder:
        layer = f"{encoder}_text_model_encoder_layers_0_self_attn_q_proj"
        shapes[f"{layer}.lora_down.weight"] = (rank, 768)
        shapes[f"{layer}.lora_up.weight"] = (768, rank)
    return shapes


def peft_lora(layers: Iterable[tuple[str, int, int]], rank: int = 16) -> Shapes:
    """A LoRA of layers (name, in, out) in PEFT's names."""
    shapes: Shapes = {}
    for name, width, wide in layers:
        shapes[f"{name}.lora_A.weight"] = (rank, width)
        shapes[f"{name}.lora_B.weight"] = (wide, rank)
    return shapes


def ldm_controlnet(context: int = 768) -> Shapes:
    """The encoder half of a UNet with a reader of hints, as lllyasviel saves it."""
    unet = ldm_unet(context=context, linear=context != 768)
    half = {n: s for n, s in unet.items() if n.startswith(("time_embed", "input_b", "middle"))}
    hints = _conv("input_hint_block.0", 16, 3) | _conv("input_hint_block.14", 320, 256)
    zeros = _conv("zero_convs.0.0", 320, 320, 1)
    return under("control_model.", half | hints | zeros)


def ip_adapter(context: int = 768, plus: bool = False) -> Shapes:
    shapes: Shapes = {
        f"ip_adapter.{number}.{part}.weight": (320, context)
        for number in (1, 3, 5)
        for part in ("to_k_ip", "to_v_ip")
    }
    if plus:
        return shapes | {"image_proj.latents": (1, 16, 768)}
    return (
        shapes | _linear("image_proj.proj", 4 * context, 1024) | _norm("image_proj.norm", context)
    )


def t2i_adapter(seen: int = 192) -> Shapes:
    shapes = _conv("conv_in", 320, seen)
    for number in range(8):
        shapes |= _conv(f"body.{number}.block1", 320, 320)
        shapes |= _conv(f"body.{number}.block2", 320, 320, 1)
    return shapes


def esrgan() -> Shapes:
    """Enough of RRDBNet to tell it: the first names of Real-ESRGAN's state dict."""
    return {
        **_conv("conv_first", 64, 3),
        **_conv("body.0.rdb1.conv1", 32, 64),
        **_conv("conv_up2", 64, 64),
    }


def vgg19() -> Shapes:
    return {**_conv("features.0", 64, 3), **_conv("features.34", 512, 512)}
