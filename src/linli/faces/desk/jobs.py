"""Long work of the desk, registered by name: importing an uploaded package, tiles, a round of the check-up."""

import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from linli.domain.checkup import operations as checkup
from linli.domain.journal.rules import Act, Channel
from linli.domain.people.rules import NotPermitted, Purpose
from linli.domain.places import operations as places
from linli.domain.places import queries as places_queries
from linli.domain.places.rules.package import Fault, Severity
from linli.domain.standards import queries as standards
from linli.domain.standards.rules import KindByTags
from linli.faces.components.scope import operator_scope, scope_for
from linli.faces.desk import tiles
from linli.faces.desk.planning import siting_job, unit_jobs  # noqa: F401 - they register their work
from linli.interchange.faultlog import PackageRefused
from linli.interchange.package import read_package
from linli.runtime.jobs.registry import Running, job

FAULTS_KEPT = 2000
"""Faults listed on the page; a file with more has one cause, not thousands."""


def uploads() -> Path:
    return Path(settings.VAR) / "uploads"


def _act(running: Running) -> Act:
    assert running.person is not None
    return Act(running.person, timezone.now(), Channel.ONLINE)


class Refused(Exception):
    """A refusal of the domain as a sentence for the person who asked."""


@contextmanager
def _sentences() -> Iterator[None]:
    try:
        yield
    except places.NotAnotherDistrict:
        raise Refused(_("这个数据包属于还没有开通的区。请核对 district.yaml 里的代码,或先开通该区。")) from None
    except places.CodeTaken as refusal:
        raise Refused(_("这些代码已属于别的区:%(codes)s") % {"codes": "、".join(refusal.codes[:10])}) from None
    except places.RepeatedKey as refusal:
        said = {"layer": refusal.layer, "keys": "、".join(refusal.keys[:10])}
        raise Refused(_("图层 %(layer)s 中编号重复:%(keys)s。请改正后重新上传。") % said) from None
    except NotPermitted:
        raise Refused(_("您没有权限为这个区做这件事。")) from None
    except places_queries.EmptyEdition:
        raise Refused(_("这个区现在没有数据:所有导入都已撤回。请先导入数据。")) from None
    except standards.UnknownPack:
        raise Refused(_("没有这个标准。")) from None
    except checkup.SameRound:
        raise Refused(_("计算方法没有变化,重算的结果与原轮次相同,不再另存。")) from None


@job("desk.import", refusals=(Refused,))
@_sentences()
def import_package(running: Running, *, folder: str, rest: bool = False) -> Mapping[str, Any]:
    """Read an unpacked upload and make it the newest edition, or list what is wrong with it and change nothing."""
    running.progress(0, 4, _("正在读取文件"))
    path = uploads() / folder
    try:
        package = read_package(
            path, vocabularies=standards.vocabularies(), osm_kinds=KindByTags(standards.facility_kinds())
        )
    except PackageRefused as refusal:
        return _refused(refusal.faults, folder, may_rest=False)
    running.progress(1, 4, _("正在核对记录"))
    if not rest and any(fault.severity is Severity.REFUSED for fault in package.faults):
        return _refused(package.faults, folder, may_rest=True)
    act = _act(running)
    scope = scope_for(act.actor, Purpose.DATA_UPKEEP, timezone.localdate(act.at))
    running.progress(2, 4, _("正在写入新版次"))
    edition = places.import_package(act, scope, package, rest=rest)
    running.progress(3, 4, _("正在制作底图"))
    tiles.make(scope, edition, progress=lambda done, total, message: running.progress(3, 4, _("正在制作底图")))
    shutil.rmtree(path, ignore_errors=True)
    return {"edition": edition.number, "faults": _kept(package.faults), "folder": "", "may_rest": False}


def _refused(faults: Iterable[Fault], folder: str, *, may_rest: bool) -> Mapping[str, Any]:
    return {"edition": None, "faults": _kept(faults), "folder": folder, "may_rest": may_rest}


def _kept(faults: Iterable[Fault]) -> list[dict[str, Any]]:
    return [asdict(fault) for fault in list(faults)[:FAULTS_KEPT]]


@job("desk.tiles")
def make_tiles(running: Running, *, edition: int) -> Mapping[str, Any]:
    """Write the base map of an edition. Nobody's data are shown by it, so that it needs no person."""
    scope = operator_scope(Purpose.DATA_UPKEEP, timezone.localdate())
    found = places_queries.edition_by_id(scope, edition)
    tiles.make(scope, found, progress=lambda done, total, layer: running.progress(done, total, _("正在制作底图")))
    return {}


@job("desk.round", refusals=(Refused,))
@_sentences()
def run_round(running: Running, *, district: int, pack: str, day: str) -> Mapping[str, Any]:
    """One round of the check-up of a district."""
    act = _act(running)
    scope = scope_for(act.actor, Purpose.CHECKUP, timezone.localdate(act.at))
    found = checkup.run_round(
        act,
        scope,
        district=district,
        pack_key=pack,
        day=date.fromisoformat(day),
        cache=Path(settings.VAR) / "situations",
        progress=running.progress,
    )
    return {"round": found.id}


@job("desk.recompute", refusals=(Refused,))
@_sentences()
def recompute(running: Running, *, round: int) -> Mapping[str, Any]:
    """An old round's inputs by today's method."""
    act = _act(running)
    scope = scope_for(act.actor, Purpose.CHECKUP, timezone.localdate(act.at))
    cache = Path(settings.VAR) / "situations"
    found = checkup.recompute(act, scope, round=round, cache=cache, progress=running.progress)
    return {"round": found.id}
