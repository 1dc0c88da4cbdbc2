"""Importing a district: upload, check, faults, the rest as a second act, withdrawal."""

import shutil
import tempfile
import uuid
import zipfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from linli.domain.people import queries as people
from linli.domain.people.rules import Permission, Purpose, require
from linli.domain.places import operations as operations
from linli.domain.places import queries as places
from linli.domain.places.queries import EditionValue, RefusedRowsValue
from linli.domain.places.rules.package import Fault, Severity
from linli.faces.components.declared import declares
from linli.faces.components.scope import Request, act_of
from linli.faces.desk.frame import UPKEEP, Frame
from linli.faces.desk.jobs import uploads
from linli.faces.desk.views.jobs import entry, visible
from linli.interchange.faultlog import FileRefused
from linli.interchange.upload import unpack_package
from linli.interchange.workbook import write_fault_copy
from linli.runtime.jobs import queue

REASON_MIN = 2


@require_GET
@declares(Permission.VIEW_PLACES, purpose=UPKEEP)
def index(request: Request) -> HttpResponse:
    return _page(Frame(request))


def _page(frame: Frame, fault: str = "") -> HttpResponse:
    may_import = frame.scope.may(Permission.IMPORT_DISTRICT, frame.district.place)
    found = places.editions(frame.scope, frame.district.place) if frame.manages_data else ()
    running = [one for one in queue.recent(homes=[frame.district.place], limit=5) if one.kind == "desk.import"]
    standing = next((one.id for one in found if one.kind == "import" and not one.is_withdrawn), None)
    names = people.names({one.actor for one in found})
    context = frame.context(
        may_import=may_import,
        upload_fault=fault,
        current_text=_("现为第 %(number)s 版") % {"number": found[0].number} if found else _("尚无数据"),
        jobs=[entry(one) for one in running[:2]] if may_import else [],
        editions=[_row(one, names, may_withdraw=may_import and one.id == standing) for one in found],
        tasks=[_task(one) for one in places.open_tasks(frame.scope, frame.district.place)] if may_import else [],
    )
    return render(frame.request, "desk/imports.html", context, status=400 if fault else 200)


def _task(one: RefusedRowsValue) -> dict[str, Any]:
    return {"id": one.id, "at": one.at, "count": len(one.faults), "faults": one.faults}


def _row(one: EditionValue, names: Mapping[int, str], *, may_withdraw: bool) -> dict[str, Any]:
    return {
        "number": one.number,
        "kind": _kind_words()[one.kind],
        "withdrawn": one.is_withdrawn,
        "day": one.day,
        "source": one.source or one.reason,
        "at": one.at,
        "actor": names.get(one.actor, _("系统")),
        "fingerprint": one.fingerprint,
        "may_withdraw": may_withdraw,
    }


def _kind_words() -> dict[str, str]:
    return {"import": _("导入"), "correction": _("更正"), "withdrawal": _("撤回")}


@require_POST
@declares(Permission.IMPORT_DISTRICT, purpose=Purpose.DATA_UPKEEP)
def upload(request: Request) -> HttpResponse:
    """Keep an upload, unpack it within limits and start the import; a broken file is refused here."""
    frame = Frame(request)
    require(frame.scope, Permission.IMPORT_DISTRICT, frame.district.place)
    sent = request.FILES.get("package")
    if not isinstance(sent, UploadedFile):
        return _page(frame, _("没有收到文件。请选择一个 zip 文件。"))
    name = uuid.uuid4().hex
    folder = uploads() / name
    folder.mkdir(parents=True)
    try:
        with zipfile.ZipFile(sent) as archive:  # type: ignore[arg-type]  # an upload is a file
            unpack_package(archive, folder)
    except (FileRefused, zipfile.BadZipFile) as refusal:
        shutil.rmtree(folder)
        return _page(frame, str(refusal) or _("这不是完整的 zip 文件。请重新打包后再上传。"))
    return redirect("desk:job", _start(frame, name, rest=False))


def _start(frame: Frame, folder: str, *, rest: bool) -> int:
    return queue.enqueue(
        "desk.import", person=frame.request.user.pk, home=frame.district.place, folder=folder, rest=rest
    )


@require_GET
@declares(Permission.IMPORT_DISTRICT, purpose=Purpose.DATA_UPKEEP)
def faults(request: Request, job: int) -> HttpResponse:
    frame = Frame(request)
    ticket, result = _result(request, job)
    found = result["faults"]
    refused = sum(fault["severity"] == "refused" for fault in found)
    words = {"refused": _("不能导入"), "repaired": _("已修正"), "note": _("提示")}
    context = frame.context(
        job=ticket,
        summary=_("%(total)s 条,其中 %(refused)s 条不能导入") % {"total": len(found), "refused": refused},
        may_rest=result["may_rest"],
        rest_label=_("导入其余的行(%(refused)s 条留作待办)") % {"refused": refused},
        copies=_workbooks(result),
        faults=[fault | {"severity": words[fault["severity"]]} for fault in found],
    )
    return render(request, "desk/import_faults.html", context)


def _result(request: Request, job: int) -> tuple[Any, dict[str, Any]]:
    ticket = visible(request, job)
    if ticket.kind != "desk.import" or not ticket.result:
        raise Http404
    return ticket, ticket.result


def _workbooks(result: dict[str, Any]) -> list[str]:
    """Workbooks of the upload that faults point into, as long as the upload is kept."""
    if not result["folder"] or not (uploads() / result["folder"]).is_dir():
        return []
    named = dict.fromkeys(fault["file"] for fault in result["faults"])
    return [file for file in named if file.endswith(".xlsx") and (uploads() / result["folder"] / file).is_file()]


@require_GET
@declares(Permission.IMPORT_DISTRICT, purpose=Purpose.DATA_UPKEEP)
def fault_copy(request: Request, job: int) -> HttpResponse:
    """A workbook of the upload with the faulty cells colored and commented."""
    frame = Frame(request)
    require(frame.scope, Permission.IMPORT_DISTRICT, frame.district.place)
    _ticket, result = _result(request, job)
    file = request.GET.get("file", "")
    if file not in _workbooks(result):
        raise Http404
    own = [
        Fault(**fault | {"severity": Severity(fault["severity"])})
        for fault in result["faults"]
        if fault["file"] == file
    ]
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "copy.xlsx"
        try:
            write_fault_copy(uploads() / result["folder"] / file, own, target)
        except FileRefused as refusal:
            messages.error(request, str(refusal))
            return redirect("desk:import_faults", job)
        body = target.read_bytes()
    name = f"{PurePosixPath(file).stem}-批注.xlsx"
    return HttpResponse(
        body,
        content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        headers={"Content-Disposition": content_disposition_header(as_attachment=True, filename=name)},
    )


@require_POST
@declares(Permission.IMPORT_DISTRICT, purpose=Purpose.DATA_UPKEEP)
def close_task(request: Request, task: int) -> HttpResponse:
    """Close what an import of the good rows left behind."""
    frame = Frame(request)
    require(frame.scope, Permission.IMPORT_DISTRICT, frame.district.place)
    if not any(one.id == task for one in places.open_tasks(frame.scope, frame.district.place)):
        raise Http404
    operations.close_task(act_of(request), frame.scope, task)
    messages.success(request, _("待办已办结。"))
    return redirect("desk:imports")


@require_POST
@declares(Permission.IMPORT_DISTRICT, purpose=Purpose.DATA_UPKEEP)
def rest(request: Request, job: int) -> HttpResponse:
    """Import the good rows of an upload that was refused; the others stay as a task."""
    frame = Frame(request)
    require(frame.scope, Permission.IMPORT_DISTRICT, frame.district.place)
    _ticket, result = _result(request, job)
    if not result["may_rest"] or not (uploads() / result["folder"]).is_dir():
        raise Http404
    return redirect("desk:job", _start(frame, result["folder"], rest=True))


@require_POST
@declares(Permission.IMPORT_DISTRICT, purpose=Purpose.DATA_UPKEEP)
def withdraw(request: Request, edition: int) -> HttpResponse:
    frame = Frame(request)
    reason = request.POST.get("reason", "").strip()
    if len(reason) < REASON_MIN:
        return _page(frame, _("请写明撤回的原因。"))
    try:
        found = places.edition(frame.scope, frame.district.place, number=edition)
        operations.withdraw_import(act_of(request), frame.scope, found.id, reason=reason)
    except places.NoSuchEdition:
        raise Http404 from None
    except operations.NotTheLatestImport:
        return _page(frame, _("只能撤回最近一次有效的导入。"))
    messages.success(request, _("已撤回第 %(number)s 版的导入。") % {"number": edition})
    return redirect("desk:imports")
