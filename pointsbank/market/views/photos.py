"""Photos of goods: brought by who looks after the goods, seen by who sees them."""

from flask import Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from pointsbank.access.guard import current_actor, requires
from pointsbank.access.permissions import Permission
from pointsbank.foundation.errors import NotFoundError, PointsBankError
from pointsbank.foundation.pictures import FILE_BYTES_MAX, JPEG
from pointsbank.market import queries, services
from pointsbank.market.forms.goods import PhotoForm
from pointsbank.market.views.desk import blueprint
from pointsbank.market.views.goods import good_page
from pointsbank.places.models import Place
from pointsbank.web.messages import Tone, tell

FORM_BYTES_MAX = 64 * 1024  # of the other fields of a form with a file


@blueprint.url_value_preprocessor
def let_a_photo_in(endpoint: str | None, _values: object) -> None:
    """A photo may fill the limit of a request by itself; this runs before anything reads the form."""
    if endpoint == "market.put_photo":
        request.max_content_length = FILE_BYTES_MAX + FORM_BYTES_MAX


@blueprint.get("/goods/<int:serial>/photo")
@requires(Permission.SEE_GOODS)
def photo(village: Place, serial: int) -> ResponseReturnValue:
    """The photo of a good."""
    content = queries.photo(village.id, serial)
    if content is None:
        raise NotFoundError("这样商品没有照片。")
    answer = Response(content, mimetype=JPEG)
    answer.headers["Content-Disposition"] = f'inline; filename="good-{serial}.jpg"'
    return answer


@blueprint.post("/goods/<int:serial>/photo")
@requires(Permission.MANAGE_GOODS)
def put_photo(village: Place, serial: int) -> ResponseReturnValue:
    """The photo of a good, in place of the one before."""
    form, status = PhotoForm(), 422
    if form.validate():
        try:
            replaced = services.put_photo(village, serial, form.read(), current_actor())
        except PointsBankError as error:
            status = form.refuse(error)
        else:
            tell("照片换好了。" if replaced else "照片存好了，触摸屏上也看得到。")
            return redirect(url_for("market.good", serial=serial), 303)
    return good_page(village, queries.good(village.id, serial), photo=form), status


@blueprint.post("/goods/<int:serial>/photo/remove")
@requires(Permission.MANAGE_GOODS)
def remove_photo(village: Place, serial: int) -> ResponseReturnValue:
    """Take the photo away; the kiosk draws a picture again."""
    if services.remove_photo(village, serial, current_actor()):
        tell("照片删掉了，触摸屏上换回画的图。")
    else:
        tell("这样商品没有照片，不用删。", tone=Tone.WARN)
    return redirect(url_for("market.good", serial=serial), 303)
