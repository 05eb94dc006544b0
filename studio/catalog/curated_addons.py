"""What goes with models and is worth downloading; as approximate as catalog/curated.py says."""

from __future__ import annotations

from typing import Final

from studio.catalog.downloads.destinations import Destination
from studio.catalog.downloads.offer import Offer

_MB: Final = 1_000_000
_IP: Final = "h94/IP-Adapter"
_FLUX_LICENCE: Final = "flux-1-dev-non-commercial-license"


def _sd_control(name: str, what: str, summary: str, repository: str) -> Offer:
    """One of the ControlNets 1.1 for Stable Diffusion 1, in half precision."""
    return Offer(
        f"controlnet-sd15-{name}",
        f"ControlNet {what} (SD 1)",
        summary,
        Destination.CONTROLNET,
        "sd",
        f"lllyasviel/{repository}",
        723 * _MB,
        "openrail",
        variant="fp16",
    )


def _sdxl_control(name: str, what: str, summary: str, repository: str, licence: str) -> Offer:
    return Offer(
        f"controlnet-sdxl-{name}",
        f"ControlNet {what} (SDXL)",
        summary,
        Destination.CONTROLNET,
        "sdxl",
        repository,
        2_500 * _MB,
        licence,
        variant="fp16",
    )


def _adapter(name: str, what: str, summary: str) -> Offer:
    """One of TencentARC's T2I adapters for SDXL; a sixteenth of a ControlNet's size."""
    return Offer(
        f"t2i-adapter-sdxl-{name}",
        f"T2I adapter {what} (SDXL)",
        summary,
        Destination.T2I_ADAPTER,
        "sdxl",
        f"TencentARC/t2i-adapter-{name}-sdxl-1.0",
        158 * _MB,
        "apache-2.0",
        variant="fp16",
    )


def _ip_adapter(name: str, title: str, summary: str, family: str, file: str, size: int) -> Offer:
    return Offer(
        name,
        title,
        summary,
        Destination.IP_ADAPTER,
        family,
        f"{_IP}:{file}",
        size * _MB,
        "apache-2.0",
    )


def _few_steps(name: str, title: str, summary: str, family: str, source: str, size: int) -> Offer:
    """A LoRA that lets a model draw in a few steps. Its repository calls it like all others."""
    return Offer(
        name,
        title,
        summary,
        Destination.LORA,
        family,
        source,
        size * _MB,
        "openrail++",
        saved_as=f"{name}.safetensors",
    )


ADDONS: Final[tuple[Offer, ...]] = (
    _few_steps(
        "lcm-lora-sd15",
        "LCM LoRA (SD 1)",
        "Lets any Stable Diffusion 1 model draw in four to eight steps.",
        "sd",
        "latent-consistency/lcm-lora-sdv1-5:pytorch_lora_weights.safetensors",
        135,
    ),
    _few_steps(
        "lcm-lora-sdxl",
        "LCM LoRA (SDXL)",
        "Lets any SDXL model draw in four to eight steps.",
        "sdxl",
        "latent-consistency/lcm-lora-sdxl:pytorch_lora_weights.safetensors",
        394,
    ),
    _few_steps(
        "sdxl-lightning-lora",
        "SDXL Lightning LoRA, 4 steps",
        "Lets any SDXL model draw in four steps, without guidance.",
        "sdxl",
        "ByteDance/SDXL-Lightning:sdxl_lightning_4step_lora.safetensors",
        394,
    ),
    _sd_control("canny", "edges", "Keeps sharp edges.", "control_v11p_sd15_canny"),
    _sd_control("depth", "depth", "Keeps what is near and far.", "control_v11f1p_sd15_depth"),
    _sd_control("openpose", "pose", "Keeps people's poses.", "control_v11p_sd15_openpose"),
    _sd_control("scribble", "scribble", "Follows a rough sketch.", "control_v11p_sd15_scribble"),
    Offer(
        "controlnet-sd15-tile",
        "ControlNet tile (SD 1)",
        "Adds detail while a picture is enlarged.",
        Destination.CONTROLNET,
        "sd",
        # Its maker's repository has it only as a pickle.
        "comfyanonymous/ControlNet-v1-1_fp16_safetensors:control_v11f1e_sd15_tile_fp16.safetensors",
        723 * _MB,
        "openrail",
    ),
    _sdxl_control(
        "canny",
        "edges",
        "Keeps sharp edges.",
        "diffusers/controlnet-canny-sdxl-1.0",
        "openrail++",
    ),
    _sdxl_control(
        "depth",
        "depth",
        "Keeps what is near and far.",
        "diffusers/controlnet-depth-sdxl-1.0",
        "openrail++",
    ),
    _sdxl_control(
        "openpose",
        "pose",
        "Keeps people's poses.",
        "xinsir/controlnet-openpose-sdxl-1.0",
        "apache-2.0",
    ),
    _sdxl_control(
        "scribble",
        "scribble",
        "Follows a rough sketch.",
        "xinsir/controlnet-scribble-sdxl-1.0",
        "apache-2.0",
    ),
    _sdxl_control(
        "tile",
        "tile",
        "Adds detail while a picture is enlarged.",
        "xinsir/controlnet-tile-sdxl-1.0",
        "apache-2.0",
    ),
    Offer(
        "controlnet-sdxl-union",
        "ControlNet union (SDXL)",
        "Keeps edges, lines, depth, poses or tones, several at once.",
        Destination.CONTROLNET,
        "sdxl",
        "xinsir/controlnet-union-sdxl-1.0:diffusion_pytorch_model_promax.safetensors",
        2_510 * _MB,
        "apache-2.0",
        saved_as="controlnet-sdxl-union.safetensors",
    ),
    Offer(
        "controlnet-flux1-union",
        "ControlNet union (FLUX.1 dev)",
        "Keeps edges, depth, poses or tones; not for commercial use.",
        Destination.CONTROLNET,
        "flux",
        "Shakker-Labs/FLUX.1-dev-ControlNet-Union-Pro-2.0",
        4_280 * _MB,
        _FLUX_LICENCE,
    ),
    Offer(
        "controlnet-qwen-image-union",
        "ControlNet union (Qwen-Image)",
        "Keeps edges, depth, poses or soft outlines.",
        Destination.CONTROLNET,
        "qwen-image",
        "InstantX/Qwen-Image-ControlNet-Union",
        3_540 * _MB,
        "apache-2.0",
    ),
    Offer(
        "controlnet-z-image-union",
        "ControlNet union (Z-Image Turbo)",
        "Keeps edges, depth, poses or straight lines; best between 0.65 and 0.8.",
        Destination.CONTROLNET,
        "z-image",
        "alibaba-pai/Z-Image-Turbo-Fun-Controlnet-Union"
        ":Z-Image-Turbo-Fun-Controlnet-Union.safetensors",
        3_110 * _MB,
        "apache-2.0",
    ),
    _adapter("canny", "edges", "Keeps sharp edges, lightly."),
    _adapter("sketch", "sketch", "Follows a sketch, lightly."),
    _adapter("lineart", "line art", "Follows drawn lines, lightly."),
    _adapter("depth-midas", "depth", "Keeps what is near and far, lightly."),
    _adapter("openpose", "pose", "Keeps people's poses, lightly."),
    _ip_adapter(
        "ip-adapter-sd15",
        "IP-Adapter (SD 1)",
        "Takes content and style from a picture; needs the image encoder.",
        "sd",
        "models/ip-adapter_sd15.safetensors",
        45,
    ),
    _ip_adapter(
        "ip-adapter-plus-sd15",
        "IP-Adapter plus (SD 1)",
        "Stays closer to the picture; needs the image encoder.",
        "sd",
        "models/ip-adapter-plus_sd15.safetensors",
        98,
    ),
    _ip_adapter(
        "ip-adapter-face-sd15",
        "IP-Adapter for faces (SD 1)",
        "Keeps a face from picture to picture; needs the image encoder.",
        "sd",
        "models/ip-adapter-plus-face_sd15.safetensors",
        98,
    ),
    _ip_adapter(
        "ip-adapter-sdxl",
        "IP-Adapter (SDXL)",
        "Takes content and style from a picture; needs the image encoder.",
        "sdxl",
        "sdxl_models/ip-adapter_sdxl_vit-h.safetensors",
        698,
    ),
    _ip_adapter(
        "ip-adapter-plus-sdxl",
        "IP-Adapter plus (SDXL)",
        "Stays closer to the picture; needs the image encoder.",
        "sdxl",
        "sdxl_models/ip-adapter-plus_sdxl_vit-h.safetensors",
        848,
    ),
    Offer(
        "ip-adapter-image-encoder",
        "Image encoder for IP-Adapters (CLIP ViT-H)",
        "Lets the IP-Adapters of SD 1 and SDXL see.",
        Destination.IMAGE_ENCODER,
        "",
        f"{_IP}:models/image_encoder/*",
        2_528 * _MB,
        "apache-2.0",
        saved_as="clip-vit-h-14",
    ),
    Offer(
        "ip-adapter-flux1",
        "IP-Adapter (FLUX.1 dev)",
        "Takes content and style from a picture; needs its image encoder; not for commercial use.",
        Destination.IP_ADAPTER,
        "flux",
        "XLabs-AI/flux-ip-adapter:ip_adapter.safetensors",
        982 * _MB,
        _FLUX_LICENCE,
        saved_as="flux-ip-adapter.safetensors",
    ),
    Offer(
        "ip-adapter-flux1-image-encoder",
        "Image encoder for FLUX.1's IP-Adapter (CLIP ViT-L)",
        "Lets FLUX.1's IP-Adapter see.",
        Destination.IMAGE_ENCODER,
        "",
        "openai/clip-vit-large-patch14:model.safetensors",
        1_711 * _MB,
        "mit",
        saved_as="clip-vit-large-patch14.safetensors",
    ),
    Offer(
        "vgg19",
        "VGG-19",
        "Compares styles more finely than the small network that comes along.",
        Destination.STYLE_NETWORK,
        "",
        "timm/vgg19.tv_in1k:model.safetensors",
        575 * _MB,
        "bsd-3-clause",
        saved_as="vgg19.safetensors",
    ),
    Offer(
        "depth-anything",
        "Depth Anything V2 (small)",
        "Finds how far away everything in a picture is: Guides can follow that.",
        Destination.ANNOTATOR,
        "",
        "depth-anything/Depth-Anything-V2-Small-hf",
        99 * _MB,
        "apache-2.0",
    ),
    Offer(
        "vitpose",
        "ViTPose (base)",
        "Finds how people in a picture stand: Guides can follow that.",
        Destination.ANNOTATOR,
        "",
        "usyd-community/vitpose-base-simple",
        344 * _MB,
        "apache-2.0",
    ),
    Offer(
        "rt-detr",
        "RT-DETR (finds people)",
        "Finds the people whose poses ViTPose finds; without it a picture has one person.",
        Destination.ANNOTATOR,
        "",
        "PekingU/rtdetr_r50vd_coco_o365",
        172 * _MB,
        "apache-2.0",
    ),
    Offer(
        "sam",
        "Segment Anything (base)",
        "Knows things when it sees them: the object tool (A) then masks what you click.",
        Destination.SEGMENTER,
        "",
        "facebook/sam-vit-base",
        375 * _MB,
        "apache-2.0",
    ),
    Offer(
        "real-esrgan",
        "Real-ESRGAN x4plus",
        "Enlarges photos and paintings four times.",
        Destination.UPSCALER,
        "",
        "Comfy-Org/Real-ESRGAN:RealESRGAN_x4plus.safetensors",
        67 * _MB,
        "bsd-3-clause",
    ),
)
