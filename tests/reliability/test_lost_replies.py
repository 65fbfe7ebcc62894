"""R6: the reply is lost after the effect. Whoever sends the same form again has one effect, and nothing that was acknowledged is lost."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from random import Random

import pytest

from ceapp.learning.models import Attempt
from tests.reliability.conftest import Installations
from tests.reliability.damage import unprotected
from tests.reliability.figures import Figures
from tests.reliability.installation import Installation
from tests.reliability.postgres import Postgres
from tests.reliability.posting import ORDINARY, Crowd, at_work, lost
from tests.reliability.proxy import Proxy, now_and_then
from tests.reliability.rounds import WORKERS, portions
from tests.reliability.server import wait_until

PORTION = 100
POSTS = (b"POST /attempts/", b"/begin HTTP", b"/practise HTTP", b"/enrol HTTP")


def _until_cut(crowd: Crowd, proxy: Proxy, size: int) -> None:
    """Until so many replies were lost, and everybody has sent their form again."""
    with at_work(crowd):
        wait_until(lambda: crowd.refuse_problems() or proxy.cut >= size, f"{size} replies are lost")


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.full_form)])
def test_r6_replies_lost_between_browser_and_server(kind: str, installations: Installations, figures: Callable[..., Figures]) -> None:
    row = figures("R6 replies cut", kind)
    for number, size in enumerate(portions("R6 replies cut", PORTION)):
        with installations(kind, workers=WORKERS) as installation:
            installation.server.start()
            with closing(Proxy(installation.server.port, now_and_then(POSTS, Random(number)), size)) as proxy:
                crowd = Crowd(installation, seed=1000 * number, port=proxy.port)
                _until_cut(crowd, proxy, size)
                _count(row, crowd, proxy)


def test_r6_commits_cut_between_server_and_postgresql(tmp_path: Path, postgres: Postgres, figures: Callable[..., Figures]) -> None:
    """The database commits, and the server does not hear of it: its page says that sending again is right, and it is."""
    row = figures("R6 commits cut", "postgresql")
    for number, size in enumerate(portions("R6 commits cut", PORTION)):
        (folder := tmp_path / str(number)).mkdir()
        with (
            closing(Installation(folder, postgres, workers=WORKERS)) as installation,
            closing(Proxy(postgres.port, _commits(number), size)) as proxy,
        ):
            installation.server.database_url = installation.server.database_url.replace(f":{postgres.port}/", f":{proxy.port}/")
            installation.server.start()
            crowd = Crowd(installation, seed=1000 * number)
            _until_cut(crowd, proxy, size)
            _count(row, crowd, proxy)
            row.note = f"{crowd.statuses[503]} pages said so"
            assert crowd.statuses[503]
            assert set(crowd.statuses) <= ORDINARY | {503}
            assert "Traceback" not in installation.server.log


def _commits(number: int) -> Callable[[bytes], bool]:
    return now_and_then((b"COMMIT",), Random(number), 0.05)


def test_r6_control_without_keys_a_lost_reply_doubles(installations: Installations, figures: Callable[..., Figures]) -> None:
    """The same lost replies at a server that knows no form keys, on a table without unique keys."""
    row = figures("R6 replies cut", "control", rounds=3)
    with installations("sqlite", "forget_forms", workers=WORKERS) as installation:
        with installation.engine() as engine:
            unprotected(engine, Attempt)
        installation.server.start()
        with closing(Proxy(installation.server.port, now_and_then((b"/begin HTTP",), Random(0), 1), row.asked)) as proxy:
            crowd = Crowd(installation, port=proxy.port, lenient=True)
            _until_cut(crowd, proxy, row.asked)
            row.done, row.acknowledged = proxy.cut, crowd.told
        doubled = [fault for fault in crowd.faults() if "attempt: 2 rows with one form_key" in fault]
        row.control = "tripped" if doubled else "did NOT trip"
        assert doubled


def _count(row: Figures, crowd: Crowd, proxy: Proxy) -> None:
    faults = crowd.faults()
    row.done, row.acknowledged, row.lost = row.done + proxy.cut, row.acknowledged + crowd.told, row.lost + lost(faults)
    assert faults == []
