"""From what was asked for to what will be fetched: the server is asked, nothing is fetched yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any, Final

from studio.catalog.downloads import answers, choosing
from studio.catalog.downloads.destinations import Destination
from studio.catalog.downloads.http_client import HttpClient
from studio.catalog.downloads.hub import Hub, Listing
from studio.catalog.downloads.names import clean_name, name_from_answer, repository_path
from studio.catalog.downloads.patience import Patience
from studio.catalog.downloads.plan import Plan, RemoteFile
from studio.catalog.downloads.sources import Address, Repository, read_source
from studio.catalog.downloads.staging import Order
from studio.catalog.downloads.stopping import Stop
from studio.catalog.model_files import WEIGHTS
from studio.catalog.part_folders import CONFIG
from studio.catalog.pipelines import INDEX, PIPELINES
from studio.domain.errors import DownloadError

# By diffusers' and transformers' classes; the first that the name contains.
_CLASSES: Final[Mapping[str, Destination]] = {
    "ControlNet": Destination.CONTROLNET,
    "T2IAdapter": Destination.T2I_ADAPTER,
    "AutoencoderKL": Destination.VAE,
    "CLIPVision": Destination.IMAGE_ENCODER,
    "SiglipVision": Destination.IMAGE_ENCODER,
    "CLIPText": Destination.TEXT_ENCODER,
    "T5Encoder": Destination.TEXT_ENCODER,
    "DepthEstimation": Destination.ANNOTATOR,
    "PoseEstimation": Destination.ANNOTATOR,
    "RTDetr": Destination.ANNOTATOR,
    "Sam": Destination.SEGMENTER,
    "UNet2DCondition": Destination.DIFFUSION_MODEL,
    "Transformer2D": Destination.DIFFUSION_MODEL,
}


@dataclass(frozen=True, slots=True)
class Planner:
    """Asks servers what there is. Any thread."""

    client: HttpClient
    hub: Hub
    patience: Patience

    def plan(self, order: Order, stop: Stop) -> Plan:
        """What will be fetched for an order.

        Raises:
            DownloadError: there is nothing usable, it can't be had, or can't be reached.
            Stopped: `stop` was pulled.
        """
        source = read_source(order.source)
        if isinstance(source, Address):
            return self._plan_address(source, order, stop)
        return self._plan_repository(source, order, stop)

    def _plan_address(self, address: Address, order: Order, stop: Stop) -> Plan:
        def attempt() -> tuple[str, int]:
            with self.client.get(address.url, stop) as response:
                answers.check_status(response, str(address), "")
                disposition = response.headers.get("Content-Disposition", "")
                name = name_from_answer(address.url, disposition)
                answers.check_is_file(response, name)
                return name, answers.version_of(response).size_bytes

        name, size_bytes = self.patience.persist(attempt, stop)
        name = order.saved_as or name
        _check_suffix(name)
        file = RemoteFile(address.url, name, size_bytes, address.sha256)
        return Plan((file,), destination=order.destination, page=str(address))

    def _plan_repository(self, repository: Repository, order: Order, stop: Stop) -> Plan:
        listing = self.hub.listing(repository, stop)
        plan = self._chosen(repository, listing, order, stop)
        return replace(plan, page=listing.page, commit=listing.commit, licence=listing.licence)

    def _chosen(self, repository: Repository, listing: Listing, order: Order, stop: Stop) -> Plan:
        files = listing.files
        name = order.saved_as or clean_name(repository.id.partition("/")[2])
        if repository.files:
            named = _safe(choosing.files_matching(files, repository.files))
            return _plan_named(named, name, order)
        if index := _find(files, INDEX):
            record = self.hub.small_json(index, repository, stop)
            _check_runs(record)
            chosen = choosing.files_of_pipeline(files, record, order.variant)
            return Plan(_safe(chosen), name, order.destination or Destination.MODEL)
        if component := choosing.files_of_component(files, order.variant):
            destination = order.destination
            if destination is None and (config := _find(files, CONFIG)):
                destination = _destination_of(self.hub.small_json(config, repository, stop))
            return Plan(_safe(component), name, destination)
        (only,) = _safe([choosing.only_weights(files)])
        # Such a file is often called like all others of its kind; the repository's name tells more.
        suffix = PurePosixPath(only.path).suffix
        return Plan(
            (replace(only, path=f"{name.removesuffix(suffix)}{suffix}"),), "", order.destination
        )


def _check_runs(index: Mapping[str, Any]) -> None:
    """Raises DownloadError for what would be refused after many gigabytes."""
    title = index.get("_class_name")
    if not isinstance(title, str) or title not in PIPELINES:
        raise DownloadError(
            f"The repository is made for {str(title)[:80]}, which the studio can't run yet.",
            "Choose a model of Stable Diffusion, FLUX, Z-Image or Qwen-Image.",
        )


def _safe(files: Sequence[RemoteFile]) -> tuple[RemoteFile, ...]:
    """The files, none of whose names leads anywhere else.

    Raises:
        DownloadError: one does.
    """
    return tuple(replace(file, path=repository_path(file.path)) for file in files)


def _plan_named(files: Sequence[RemoteFile], repository_name: str, order: Order) -> Plan:
    """The files that were named stand alone, unless they are one network with its config.json."""
    folders = {file.path.rpartition("/")[0] for file in files}
    if len(folders) == 1 and any(PurePosixPath(file.path).name == CONFIG for file in files):
        (folder,) = folders
        inside = tuple(replace(file, path=PurePosixPath(file.path).name) for file in files)
        name = order.saved_as or clean_name(folder) if folder else repository_name
        return Plan(inside, name, order.destination)
    weights = [file for file in files if PurePosixPath(file.path).suffix in WEIGHTS]
    named = [replace(file, path=PurePosixPath(file.path).name) for file in weights]
    if order.saved_as and len(named) == 1:
        named = [replace(named[0], path=order.saved_as)]
    if len({file.path for file in named}) < len(named):
        raise DownloadError(
            "Several of those files have the same name.", "Name one of them: org/name:folder/file."
        )
    return Plan(tuple(named), "", order.destination)


def _destination_of(config: Mapping[str, Any]) -> Destination:
    """Where a network belongs, by the class that its config.json names."""
    named = config.get("_class_name") or config.get("architectures") or ""
    text = str(named[0] if isinstance(named, list) and named else named)
    for sign, destination in _CLASSES.items():
        if sign in text:
            return destination
    raise DownloadError(
        f"What the repository holds ({text[:60] or 'unnamed'}) is of no kind the studio knows.",
        "Say what it is with --to.",
    )


def _find(files: Sequence[RemoteFile], path: str) -> RemoteFile | None:
    return next((file for file in files if file.path == path), None)


def _check_suffix(name: str) -> None:
    suffix = PurePosixPath(name).suffix.lower()
    if suffix not in WEIGHTS:
        raise DownloadError(
            f"{name} is no file of weights that the studio opens.",
            "Choose a safetensors or GGUF file; pickles can run any program when opened.",
        )
