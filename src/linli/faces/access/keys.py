"""Programs sign in with an access key: as the password of HTTP Basic beside the account, or as a Bearer token.

Keys open the interface for programs and no page. Whoever sends one is asked about nothing else: a session that the
same request carries does not count. With Basic one can only read: a browser that was given Basic credentials sends
them along with requests that other sites have forged; it never does so with Bearer.
"""

import base64
import binascii
import re
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from linli.domain.people import operations, queries
from linli.domain.people.queries import SignedIn

CHALLENGE = 'Basic realm="Linli", charset="UTF-8"'
HEADER_MOST = 1000
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a program sent. ``username`` is empty with Bearer, which needs none."""

    username: str
    secret: str


def are_sent(request: HttpRequest) -> bool:
    return "Authorization" in request.headers


def holder(request: HttpRequest) -> SignedIn | HttpResponse:
    """Whose program asks, or the refusal: a wrong key is counted, as a wrong password is."""
    now = timezone.now()
    sent = _credentials(request.headers.get("Authorization", ""))
    if sent is None:
        return sign_in_first(request)
    person = queries.key_holder(sent.secret, now, timezone.localdate(now))
    if person is None or sent.username not in ("", person.username):
        address = request.META.get("REMOTE_ADDR", "")
        until = operations.note_key_refused(username=sent.username, address=address, at=now)
        return _counted(_locked() if until else sign_in_first(request))
    if queries.locked_until(person.username, now):
        return _locked()
    if person.has_temporary_password:
        return JsonResponse({"detail": _("请先在网页上换一个只有您知道的密码。")}, status=403)
    if request.method not in SAFE and (sent.username or not person.may_write):
        return JsonResponse(
            {"detail": _("这个访问密钥只能读取。写入要用允许写入的密钥,以 Bearer 方式发送。")}, status=403
        )
    assert person.key is not None
    operations.note_key_use(person.key, person=person.id, used_at=person.seen_at, at=now)
    return person


def sign_in_first(request: HttpRequest) -> HttpResponse:
    """The answer to a program without a good key. Scripts of a page are not asked: the browser would show a window."""
    answer = JsonResponse({"detail": _("请先登录,或使用有效的访问密钥。")}, status=401)
    if request.headers.get("Sec-Fetch-Mode", "navigate") == "navigate":
        answer["WWW-Authenticate"] = CHALLENGE
    return answer


def _counted(answer: HttpResponse) -> HttpResponse:
    answer.keeps_writes = True  # type: ignore[attr-defined]  # a failed try is counted
    return answer


def _locked() -> HttpResponse:
    answer = JsonResponse({"detail": _("失败次数太多,请稍后再试。")}, status=429)
    answer["Retry-After"] = "900"
    return answer


def _credentials(header: str) -> Credentials | None:
    scheme, _space, value = header.strip().partition(" ")
    if len(header) > HEADER_MOST:
        return None
    if scheme.lower() == "bearer":
        return Credentials("", value.strip())
    if scheme.lower() != "basic" or not re.fullmatch(r"[A-Za-z0-9+/=]+", value.strip()):
        return None
    try:
        username, colon, secret = base64.b64decode(value.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    name = username.strip().lower()
    return Credentials(name, secret) if colon and name and "\0" not in name else None
