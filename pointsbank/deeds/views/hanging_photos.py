"""Photos of a notice's sheets: brought by who may hang them, seen by who may see the notice."""

from flask import Response, redirect, url_for
from flask.typing import ResponseReturnValue

from pointsbank.access.guard import current_actor, requires
from pointsbank.access.permissions import Permission
from pointsbank.deeds.forms.notices import PhotoForm
from pointsbank.deeds.queries import notices as queries
from pointsbank.deeds.services import hanging_photos as services
from pointsbank.deeds.views.desk import blueprint
from pointsbank.deeds.views.evidence import instance_folder
from pointsbank.deeds.views.notices import PHOTO_PREFIX, notice_page
from pointsbank.foundation.errors import PointsBankError
from pointsbank.foundation.pictures import JPEG
from pointsbank.places.models import Place
from pointsbank.web.messages import tell


@blueprint.post("/notices/<int:serial>/photo")
@requires(Permission.HANG_NOTICES)
def put_photo(village: Place, serial: int) -> ResponseReturnValue:
    """The photo of a sheet that hangs, in place of the one before."""
    form, status = PhotoForm(prefix=PHOTO_PREFIX), 422
    if form.validate():
        try:
            done = services.put(village, serial, form.draft(), instance_folder(), current_actor(), form.key.data)
        except PointsBankError as error:
            status = form.refuse(error)
        else:
            tell("照片换好了。" if done["replaced"] else "照片存好了，公示页和“这一笔从哪里来”里都能看。")
            return redirect(url_for("deeds.notice", serial=serial), 303)
    return notice_page(village, queries.notice(village.id, serial), photo_form=form), status


@blueprint.get("/notices/<int:serial>/photos/<int:position>")
@requires(Permission.SEE_HOUSEHOLDS)
def hanging_photo(village: Place, serial: int, position: int) -> ResponseReturnValue:
    """The stored photo; no browser keeps it."""
    content = services.photo_of(village, queries.notice(village.id, serial), position, instance_folder())
    answer = Response(content, mimetype=JPEG)
    answer.headers["Content-Disposition"] = f'inline; filename="notice-{serial}-{position}.jpg"'
    return answer
