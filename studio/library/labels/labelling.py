"""What a picture's file tells beside its pixels, each part for readers of its own.

Our record, whole, for the studio; A1111's text for other programs; XMP in IPTC's words for whoever
asks whether a picture was made by a model. In a PNG these are text chunks; in JPEG, WebP and AVIF
the record stands in XMP and the text in EXIF's UserComment.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from PIL import Image, PngImagePlugin

import studio
from studio.domain.operation import Operation
from studio.library.labels.embedded import PNG_XMP_KEYWORD
from studio.library.labels.infotext import infotext, settings_infotext
from studio.library.labels.metadata import PNG_KEYWORD, record_to_json
from studio.library.labels.xmp import XmpFields, packet
from studio.library.picture import PictureRecord
from studio.library.settings import OURS, PictureSettings

_USER_COMMENT: Final = 0x9286
_EXIF_IFD: Final = 0x8769


@dataclass(frozen=True, slots=True)
class MetadataChoice:
    """What of it goes into a file.

    `settings` is our own record, `parameters` A1111's text, `origin` IPTC's label of what made the
    picture, `prompt` the prompt in IPTC's words, with `writer` as the one who wrote it, if named.
    `camera` keeps what the camera wrote into an imported photo, the place where it was taken
    included. What a file doesn't have can't go into it: most pictures come from no camera.
    """

    settings: bool = True
    parameters: bool = True
    origin: bool = True
    prompt: bool = True
    camera: bool = False
    writer: str = ""


ALL_METADATA: Final = MetadataChoice()
NO_METADATA: Final = MetadataChoice(settings=False, parameters=False, origin=False, prompt=False)


@dataclass(frozen=True, slots=True)
class Labels:
    """The parts as texts; what is left out is "" or None."""

    record: str = ""
    parameters: str = ""
    xmp: XmpFields | None = None

    @classmethod
    def of(
        cls,
        record: PictureRecord,
        choice: MetadataChoice = ALL_METADATA,
        imported: PictureSettings | None = None,
    ) -> Labels:
        """Those of a picture; `imported` is what is known of one that another program made."""
        parameters = ""
        if choice.parameters:
            told = settings_infotext(imported) if imported is not None else ""
            parameters = infotext(record, studio.__version__) or told
        fields = _xmp(record, choice)
        return cls(
            record_to_json(record) if choice.settings else "",
            parameters,
            None if fields == XmpFields() else fields,
        )

    def png_info(self) -> PngImagePlugin.PngInfo:
        """The text chunks of a PNG."""
        info = PngImagePlugin.PngInfo()
        if self.record:
            info.add_itxt(PNG_KEYWORD, self.record)
        if self.parameters:
            info.add_text("parameters", self.parameters)
        if self.xmp is not None:
            info.add_itxt(PNG_XMP_KEYWORD, packet(self.xmp).decode())
        return info

    def exif(self, photo: Image.Exif | None = None) -> bytes:
        """The EXIF block of another format, `photo` the camera's to be kept; b"" for none."""
        block = photo or Image.Exif()
        if self.parameters:
            comment = b"UNICODE\0" + self.parameters.encode("utf-16-be")
            block.get_ifd(_EXIF_IFD)[_USER_COMMENT] = comment
        return block.tobytes() if self.parameters or photo is not None else b""

    def packet(self) -> bytes:
        """The XMP of another format, with our record in it; b"" for none."""
        fields = self.xmp or XmpFields()
        if self.record:
            fields = replace(fields, record=self.record)
        return b"" if fields == XmpFields() else packet(fields)


def _xmp(record: PictureRecord, choice: MetadataChoice) -> XmpFields:
    """In IPTC's words. An import is somebody else's picture: nothing is said of it."""
    request = record.request
    if request is None:
        return XmpFields()
    prompt = request.prompt.strip()
    if request.negative_prompt.strip():
        prompt += f"\nNegative prompt: {request.negative_prompt.strip()}"
    by_model = f"{OURS} ({request.model})" if request.model else OURS
    told = choice.prompt and bool(prompt)
    return XmpFields(
        source_type=_source_type(record) if choice.origin else "",
        ai_system=by_model if choice.origin else "",
        ai_system_version=studio.__version__ if choice.origin else "",
        ai_prompt=prompt if told else "",
        ai_prompt_writer=choice.writer.strip() if told else "",
    )


def _source_type(record: PictureRecord) -> str:
    """The word of cv.iptc.org/newscodes/digitalsourcetype that says how the picture came to be."""
    request = record.request
    if record.operation is Operation.UPSCALE:
        # Of a picture that a model drew, that is the more important thing to say.
        is_drawn = request is not None and bool(request.model)
        return "trainedAlgorithmicMedia" if is_drawn else "algorithmicallyEnhanced"
    if request is not None and request.init_image is not None:
        return "compositeWithTrainedAlgorithmicMedia"
    return "trainedAlgorithmicMedia"
