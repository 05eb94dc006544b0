"""What `--from PICTURE`, `--step` and `--keep-step` mean: going on from a picture's steps."""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from studio.cli.making import FindSnapshot, known
from studio.domain.branch import Branch
from studio.domain.errors import PictureError, UsageError
from studio.domain.events import Pixels, StepSnapshot
from studio.domain.request import Request

_NO_BRANCHES_OWN: Final = {"width": "--width", "height": "--height", "strength": "--strength"}


@dataclass(frozen=True, slots=True)
class Source:
    """A picture to go on from, `pictures` that requests for that name, and what was kept of its
    steps."""

    request: Request
    pictures: list[Pixels]
    find_snapshot: FindSnapshot


def add_branch_arguments(parser: argparse.ArgumentParser) -> None:
    """Where to branch off, and at which step to end."""
    parser.add_argument(
        "--from",
        metavar="PICTURE",
        dest="source",
        type=Path,
        help="a picture of the studio: go on from one of its steps, with what is given changed",
    )
    parser.add_argument(
        "--step", metavar="K", type=int, help="the step of --from after which it is another picture"
    )
    parser.add_argument(
        "--painted",
        metavar="IMAGE",
        type=Path,
        help="lies over that step where it isn't transparent; as large as that step is drawn",
    )
    parser.add_argument(
        "--keep-step",
        metavar="K",
        type=int,
        help="end after this step with the picture as the model imagines it by then",
    )


def check_branch_arguments(arguments: argparse.Namespace) -> None:
    """Refuse what goes only with `--from`, or not with it.

    Raises:
        UsageError: the sentence names the option.
    """
    if arguments.source is None:
        for option in ("step", "painted"):
            if getattr(arguments, option) is not None:
                raise UsageError(
                    f"--{option} needs a picture to go on from.", "Give it with --from."
                )
        if arguments.prompt is None:
            raise UsageError("There is no prompt.", "Write one, in quotes, after “generate”.")
        return
    for name, option in _NO_BRANCHES_OWN.items():
        if getattr(arguments, name) is not None:
            raise UsageError(
                f"What goes on from a picture keeps its {name}.", f"Leave {option} out."
            )
    if arguments.step is None and arguments.painted is not None:
        raise UsageError("--painted needs the step that was painted on.", "Give it with --step.")
    if arguments.step is None and arguments.keep_step is None:
        raise UsageError(
            "--from needs a step.", "Go on from one with --step, or keep one with --keep-step."
        )


def read_source(path: Path) -> Source:
    """The picture at `path`, as the only one of its request.

    Raises:
        PictureError: it can't be read, or doesn't say how it was made.
    """
    from studio.library.labels.metadata import read_record
    from studio.library.steps.steps import belongs_to, read_snapshot, steps_path

    try:
        record = read_record(path)
    except FileNotFoundError:
        raise PictureError(f"There is no file “{path}”.") from None
    except OSError as error:
        raise PictureError(f"“{path}” can't be read: {error.strerror}.") from error
    if record is None or record.request is None:
        raise PictureError(
            f"“{path.name}” doesn't say how it was made, so it has no steps to go on from.",
            "Choose a picture that the studio made.",
        )
    seed = record.request.seed + record.index
    request = replace(record.request, num_images_per_prompt=1, seed=seed)
    kept = steps_path(path)

    def find_snapshot(digest: str, step: int) -> StepSnapshot | None:
        # Found by the picture beside which they lie: there may be no history here.
        if digest != request.digest or not belongs_to(kept, request):
            return None
        return read_snapshot(kept, step)

    return Source(request, [], find_snapshot)


def gone_on(arguments: argparse.Namespace, source: Source) -> Request:
    """What `arguments` make of a picture.

    Raises:
        RequestError: a value is out of range, or no branch can be like that.
        UsageError: something is to be changed, but not from which step on.
    """
    from studio.library.encoding import picture_ref
    from studio.library.reading import read_picture

    changes: dict[str, Any] = known(
        {
            "prompt": arguments.prompt,
            "negative_prompt": arguments.negative,
            "model": arguments.model,
            "seed": arguments.seed,
            "num_inference_steps": arguments.steps,
            "guidance_scale": arguments.guidance_scale,
            "scheduler": arguments.scheduler,
        }
    )
    finish = known({"upscale": arguments.upscale, "upscaler": arguments.upscaler})
    parent = source.request
    if arguments.init is not None:
        pixels = read_picture(arguments.init)
        if parent.init_image != picture_ref(pixels):
            raise UsageError(
                "What goes on from a picture keeps the picture that it started from.",
                "Leave --init out, or name that one.",
            )
        source.pictures.append(pixels)
    if arguments.step is None:
        if changes or arguments.count > 1:
            raise UsageError(
                "It isn't said from which step on the picture is another one.",
                "Give it with --step.",
            )
        return ended(replace(parent, **finish), arguments.keep_step)
    painted = None
    if arguments.painted is not None:
        pixels = read_picture(arguments.painted, keep_alpha=True)
        source.pictures.append(pixels)
        painted = picture_ref(pixels)
    branch = Branch(parent, arguments.step, painted)
    request = replace(parent, last_step=None, branch=branch, **changes, **finish)
    return ended(request, arguments.keep_step)


def ended(request: Request, keep_step: int | None) -> Request:
    """`request` without the steps after `keep_step`, if one is given.

    Raises:
        RequestError, UsageError: there is no such step.
    """
    if keep_step is None:
        return request
    if keep_step > request.whole_way:
        raise UsageError(f"There are only {request.whole_way} steps.", "Keep an earlier one.")
    return replace(request, last_step=keep_step)
