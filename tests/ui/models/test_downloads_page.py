"""Downloads in the window, from a server on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from qasync import QEventLoop

from studio.catalog.downloads import Destination, Download, Need, Offer, State
from studio.ui.models.download_row import progress_text
from studio.ui.models.downloads_page import DownloadsPage, needs_text
from studio.ui.models.models_window import ModelsWindow
from studio.ui.session import Notice, Session
from studio.ui.session.models.model_downloads import ModelDownloads
from tests.support.download_desk import Desk, lora
from tests.support.fakes import FakeCatalog
from tests.support.misbehaving_server import MisbehavingServer, cut_after, stall_after, status
from tests.support.sessions import until

LORA = lora()
HOST = "127.0.0.1"


@pytest.fixture
def server() -> Iterator[MisbehavingServer]:
    with MisbehavingServer() as server:
        yield server


@pytest.fixture
def session(session: Session, server: MisbehavingServer, tmp_path: Path) -> Session:
    """With one offer, from the server on this machine."""
    desk = Desk(session.model_files.own_folder, server)
    address = server.serve("/moon-lora.safetensors", LORA)
    offers = (
        Offer(
            "moon-lora",
            "Moon LoRA",
            "Moons.",
            Destination.LORA,
            "sd",
            address,
            len(LORA),
            "apache-2.0",
        ),
        Offer("moon", "Moon", "A moon.", Destination.MODEL, "sd", "org/moon", 10**9, "mit"),
    )
    session.model_downloads = ModelDownloads(
        desk.open,
        session.models,
        session.model_files,
        session.messages,
        session._background,
        offers,
    )
    return session


@pytest.fixture
def page(qasync_loop: QEventLoop, models_window: ModelsWindow) -> DownloadsPage:
    async def turn() -> None:
        models_window.pages.setCurrentWidget(models_window.downloads)
        await until(models_window.downloads.offers.rows)

    qasync_loop.run_until_complete(turn())
    return models_window.downloads


def only(session: Session) -> Download:
    (download,) = session.model_downloads.all()
    return download


async def test_nothing_is_asked_before_the_artist_agrees_to_the_host(
    qasync_loop: QEventLoop, page: DownloadsPage, session: Session, server: MisbehavingServer
) -> None:
    address = session.model_downloads.offers[0].source
    QTest.keyClicks(page.address, address)
    assert page.get.isEnabled()
    QTest.keyClick(page.address, Qt.Key.Key_Return)
    assert page.consent.isVisible()
    assert HOST in page.consent.says.text()
    page.consent.refused.click()
    assert not page.consent.isVisible()
    assert not server.asked
    assert not session.model_downloads.all()
    QTest.keyClick(page.address, Qt.Key.Key_Return)
    page.consent.agreed.click()
    assert session.models.marks.may_ask(HOST)
    await until(lambda: [one for one in session.model_downloads.all() if not one.is_under_way])
    assert only(session).state is State.FINISHED, only(session).error
    assert page.address.text() == ""
    page.fetch(address)
    assert not page.consent.isVisible(), "it is asked once for each host"


async def test_an_offer_comes_and_is_found_and_told(
    qasync_loop: QEventLoop, page: DownloadsPage, session: Session, catalog: FakeCatalog
) -> None:
    notices: list[Notice] = []
    session.messages.notice.connect(notices.append)
    session.models.allow_host(HOST)
    titles = [row.title for row in page.offers.rows()]
    assert titles == ["LoRAs", "Moon LoRA", "Stable Diffusion 1", "Moon"]
    assert "here already" in page.offers.rows()[3].aside, "the catalog has one of this name"
    page.offers.choose(1)
    assert HOST in page.about.text()
    page.get_offer.click()
    await until(lambda: notices)
    assert notices[0].sentence == "“Moon LoRA” is here."
    await until(lambda: catalog.scans)
    made = only(session).path
    assert made is not None
    assert made.read_bytes() == LORA
    assert made.is_relative_to(session.model_files.own_folder)
    (row,) = page._rows.values()
    assert not row.pause.isVisible()
    assert not row.bar.isVisible()
    assert row.show_file.isVisible()
    row.cancel.click()
    await until(lambda: not page._rows)
    assert made.exists(), "a finished one is only taken off the list"


async def test_a_download_is_paused_and_goes_on_where_it_was(
    qasync_loop: QEventLoop, page: DownloadsPage, session: Session, server: MisbehavingServer
) -> None:
    session.models.allow_host(HOST)
    server.misbehave("/moon-lora.safetensors", cut_after(0), stall_after(40_000))
    page.fetch(session.model_downloads.offers[0])
    await until(lambda: session.model_downloads.all() and only(session).done_bytes)
    (row,) = page._rows.values()
    await until(row.pause.isVisible)
    row.pause.click()
    await until(lambda: only(session).state is State.PAUSED)
    await until(row.resume.isVisible)
    assert not row.pause.isVisible()
    assert row.says.text().startswith("Paused · 40 kB of ")
    row.resume.click()
    await until(lambda: only(session).state is State.FINISHED)


async def test_what_went_wrong_is_one_sentence(
    qasync_loop: QEventLoop, page: DownloadsPage, session: Session, server: MisbehavingServer
) -> None:
    session.models.allow_host(HOST)
    server.misbehave("/moon-lora.safetensors", *[status(404)] * 9)
    page.fetch(session.model_downloads.offers[0])
    await until(lambda: page._rows and next(iter(page._rows.values())).error.isVisible())
    (row,) = page._rows.values()
    assert row.error.text() == only(session).error
    assert row.resume.isVisible()
    assert row.error.textFormat() == Qt.TextFormat.PlainText


async def test_an_address_that_isnt_opened_is_said_at_the_field(
    qasync_loop: QEventLoop, page: DownloadsPage, session: Session
) -> None:
    page.address.setText("ftp://example.org/x.safetensors")
    page.get.click()
    assert page.error.isVisible()
    assert "https" in page.error.text()
    assert not page.consent.isVisible()
    page.address.setText("org/name")
    assert not page.error.isVisible()


async def test_a_token_goes_to_the_keyring_or_it_is_said_why_not(
    qasync_loop: QEventLoop, page: DownloadsPage
) -> None:
    assert not page.token_row.isVisible()
    page.token.click()
    assert page.token_row.isVisible()
    assert "keyring" in page.token_row.says.text()
    assert page.token_row.field.echoMode() == page.token_row.field.EchoMode.Password


def a_download(**changes: object) -> Download:
    values: dict[str, object] = {
        "id": "1",
        "title": "Moon",
        "source": "org/moon",
        "state": State.DOWNLOADING,
        "done_bytes": 3_100_000_000,
        "total_bytes": 6_900_000_000,
        "rate_bytes_s": 12_000_000.0,
        "seconds_left": 305.0,
    }
    return Download(**{**values, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("download", "text"),
    [
        (a_download(), "3.1 GB of 6.9 GB · 12 MB/s · 5 min 05 s left"),
        (a_download(total_bytes=0, seconds_left=None), "3.1 GB · 12 MB/s"),
        (a_download(state=State.PAUSED, sentence="Paused"), "Paused · 3.1 GB of 6.9 GB"),
        (a_download(state=State.CHECKING), "Checking"),
    ],
)
def test_progress_says_how_far_how_fast_and_how_long(download: Download, text: str) -> None:
    assert progress_text(download) == text


def test_needs_are_the_cards() -> None:
    needs = (Need(12, "fp16"), Need(6, "in parts"))
    offer = Offer("x", "X", "", Destination.MODEL, "sd", "org/x", 1, "mit", needs=needs)
    assert needs_text(offer, 0) == "Needs a card with 12 GB (fp16), or 6 GB (in parts)."
    assert needs_text(offer, 12_500_000_000) == "Runs on your card: fp16."
    assert needs_text(offer, 8 << 30) == "Runs on your card: in parts."
    assert needs_text(offer, 2 << 30).startswith("Larger than your card: needs")


async def test_offers_are_searched_for_by_words(
    qasync_loop: QEventLoop, page: DownloadsPage, models_window: ModelsWindow
) -> None:
    QTest.keyClick(models_window, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert models_window.focusWidget() is page.search
    QTest.keyClicks(page.search, "MOONS loras")
    assert [row.title for row in page.offers.rows()] == ["LoRAs", "Moon LoRA"]
    QTest.keyClick(page.search, Qt.Key.Key_Down)
    assert models_window.focusWidget() is page.offers
    page.search.setText("nothing like that")
    assert page.offers.rows() == []
    page.search.setFocus()
    QTest.keyClick(page.search, Qt.Key.Key_Escape)
    assert models_window.isVisible()
    assert len(page.offers.rows()) == 4
