"""The request that upscales what is there."""

from __future__ import annotations

from datetime import UTC, datetime

from studio.domain.request import PictureRef
from studio.domain.task import Task
from studio.library import upscale_request
from studio.library.picture import PictureRecord
from tests.support.samples import a_request

REF = PictureRef("0a" * 32, 5, 3)


def test_any_picture_can_be_upscaled() -> None:
    request = upscale_request(REF, 4, "net", None)
    assert request.task is Task.UPSCALE
    assert (request.init_image, request.upscale, request.upscaler) == (REF, 4, "net")
    assert (request.prompt, request.model, request.seed) == ("", "", 0)


def test_an_own_picture_keeps_its_words_and_its_seed() -> None:
    made_by = a_request("a cat", 7, negative_prompt="rain", num_images_per_prompt=3)
    record = PictureRecord(made_by, 2, datetime.now(UTC), 1.0, REF.digest)
    request = upscale_request(REF, 2, "net", record)
    assert (request.prompt, request.negative_prompt) == ("a cat", "rain")
    assert (request.model, request.seed, request.num_images_per_prompt) == ("tiny", 9, 1)
