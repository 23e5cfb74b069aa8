"""Error pages: a Chinese sentence with a way back, never a stack trace; JSON for scripts that ask for it."""

import secrets
from collections.abc import Callable
from urllib.parse import urlsplit

from flask import Flask, current_app, jsonify, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, InternalServerError

from pointsbank.foundation import clock
from pointsbank.foundation.errors import PointsBankError

# Status: code for scripts, headline, what to do.
EXPLANATIONS = {
    400: ("bad_request", "这一步没有看懂", "送来的内容不完整。请返回上一页，再做一次。"),
    403: ("not_allowed", "这件事您不能办", "您的岗位没有这项权限。请找文书或管理员。"),
    404: ("not_found", "没有找到这一页", "地址可能写错了，或者这一项不在本村。请返回，从列表里重新选择。"),
    405: ("method_not_allowed", "不能这样打开", "这个地址只用来提交。请返回上一页，用页面上的按钮办理。"),
    409: ("conflict", "情况已经变了", "刚才有人改动过。请返回上一页，看看新的内容再办。"),
    413: ("too_large", "内容太大了", "文件或表格超过了限制。请分成几份，再传一次。"),
    415: ("unsupported_type", "这种内容收不了", "请返回上一页，换成页面上写明的文件格式。"),
    422: ("invalid_input", "有内容需要改", "有些内容不能这样填。请返回上一页，照提示改好。"),
    429: ("too_many_tries", "请稍等一会儿", "短时间里试的次数太多了。请过几分钟再试。"),
    500: (
        "internal_error",
        "程序出了差错",
        "刚才这一步没有办成，账没有动。请返回再试；还是不行，把下面的编号告诉技术人员。",
    ),
    503: ("environment", "暂时办不了", "电脑或数据库现在不能用，账没有动。请稍后再试。"),
}
OTHER = ("refused", "这一步没有办成", "请返回上一页，再做一次。")
KEPT_HEADERS = ("Allow", "Retry-After")
SECRET_FIELDS = ("password", "pin", "old", "new", "again", "csrf_token")  # never written into a page again


def is_kiosk() -> bool:
    """Whether the answer is shown on a kiosk, in big letters."""
    return request.path == "/kiosk" or request.path.startswith("/kiosk/")


def wants_json() -> bool:
    """Whether a script asked, which says so in Accept."""
    return request.accept_mimetypes.accept_json and not request.accept_mimetypes.accept_html


def _way_back() -> str | None:
    """The page this request came from, if it is one of ours and another one."""
    origin = urlsplit(request.referrer or "")
    if origin.netloc != request.host or not origin.path.startswith("/") or origin.path.startswith("//"):
        return None
    back = origin.path + (f"?{origin.query}" if origin.query else "")
    return back if back != request.full_path.rstrip("?") or request.method != "GET" else None


def _answer(status: int, sentence: str = "", *, code: str = "", incident: str | None = None) -> ResponseReturnValue:
    known_code, headline, advice = EXPLANATIONS.get(status, OTHER)
    sentence = sentence or advice
    if wants_json():
        return jsonify(error={"code": code or known_code, "message": sentence, "incident": incident}), status
    template = "web/kiosk_error.html" if is_kiosk() else "web/error.html"
    page = render_template(
        template, status=status, headline=headline, sentence=sentence, incident=incident, back_url=_way_back()
    )
    return page, status


def _told(error: PointsBankError) -> ResponseReturnValue:
    """What a service refused and no form took: its own sentence."""
    return _answer(error.status, error.message, code=error.code)


def _http(error: HTTPException) -> ResponseReturnValue:
    status = error.code or 500
    response = make_response(_answer(status))
    response.headers.update((name, value) for name, value in error.get_headers() if name in KEPT_HEADERS)
    return response


def _broken(error: InternalServerError) -> ResponseReturnValue:
    """Give the traceback, which Flask has just logged, a number that a person can read out on the phone."""
    incident = f"{clock.today():%m%d}-{secrets.token_hex(3).upper()}"
    current_app.logger.error("incident %s: %s %s", incident, request.method, request.path)
    return _answer(500, incident=incident)


def _expired(error: CSRFError) -> ResponseReturnValue:
    """The session ended while the form was open: show it again with what was typed and a fresh token.

    Only for a form of our own pages, by the Origin that the browser itself writes: a stranger's page must not be able
    to lay a filled form before somebody who is signed in.
    """
    if wants_json():
        return _answer(400, "页面放得太久了。请刷新页面再试。", code="expired")
    ours = urlsplit(request.headers.get("Origin", "")).netloc == request.host
    if is_kiosk() or not ours:
        return _answer(400, "页面放得太久了。请返回，再做一次。")
    kept = [(name, value) for name, value in request.form.items(multi=True) if name not in SECRET_FIELDS]
    page = render_template(
        "web/expired.html", kept=kept, back_url=_way_back(), sign_in_url=url_for("access.sign_in"), files=request.files
    )
    return page, 400


def register_error_pages(app: Flask, note_refusal: Callable[[PointsBankError], None]) -> None:
    """Answer every error with a page. note_refusal is told of each refusal after the rollback, for the trail."""

    def told(error: PointsBankError) -> ResponseReturnValue:
        note_refusal(error)
        return _told(error)

    app.register_error_handler(PointsBankError, told)
    app.register_error_handler(CSRFError, _expired)
    app.register_error_handler(InternalServerError, _broken)
    app.register_error_handler(HTTPException, _http)
