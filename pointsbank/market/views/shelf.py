"""一市 on paper: the price list, and labels for the shelf."""

from flask import render_template, request
from flask.typing import ResponseReturnValue

from pointsbank.access.guard import requires
from pointsbank.access.permissions import Permission
from pointsbank.foundation import clock
from pointsbank.foundation.errors import InvalidInputError, NotFoundError, PointsBankError
from pointsbank.market import queries
from pointsbank.market.documents import shelf
from pointsbank.market.forms.shelf import OWN_SIZE, LabelsForm
from pointsbank.market.sheets.goods import GOODS_MAX
from pointsbank.market.views.desk import blueprint, fonts
from pointsbank.places.models import Place
from pointsbank.web.downloads import pdf


@blueprint.get("/goods/prices.pdf")
@requires(Permission.SEE_GOODS)
def price_list(village: Place) -> ResponseReturnValue:
    """What the shop gives and for how many points, to hang on its wall."""
    goods = queries.goods(village.id, offered_only=True, limit=GOODS_MAX)
    if not goods:
        raise NotFoundError("架上还没有东西，没有价目可印。请先加商品。")
    prices = shelf.price_list_of(village, goods, clock.today())
    return pdf(shelf.price_list_pdf(prices, fonts()), f"prices-{village.code}")


@blueprint.get("/goods/opening-<any(A4, A3):size>.pdf")
@requires(Permission.SEE_GOODS)
def opening_poster(village: Place, size: str) -> ResponseReturnValue:
    """When the shop is open, to hang on its door."""
    poster = shelf.opening_poster_of(village)
    return pdf(shelf.opening_pdf(poster, shelf.POSTER_SIZES[size], fonts()), f"opening-{village.code}")


@blueprint.get("/goods/labels")
@requires(Permission.SEE_GOODS)
def labels(village: Place) -> ResponseReturnValue:
    """Choose goods and sheet; with ?submit the labels themselves."""
    form, status = LabelsForm(queries.categories(village.id), formdata=request.args), 200
    if "submit" in request.args:
        status = 422
        if form.validate():
            try:
                return pdf(_labels(village, form), f"labels-{village.code}")
            except PointsBankError as error:
                status = form.refuse(error)
    return render_template("market/labels.html", form=form, own=OWN_SIZE), status


def _labels(village: Place, form: LabelsForm) -> bytes:
    """The sheets that were asked for. Raises InvalidInputError."""
    sheet = form.chosen_sheet
    goods = queries.goods(
        village.id, words=form.words.data, category=form.category.data, offered_only=True, limit=GOODS_MAX
    )
    if not goods:
        raise InvalidInputError("架上没有这样的东西，没有标签可印。换个类别或名称试试。", field="words")
    chosen = [shelf.label_of(good, clock.today()) for good in goods]
    is_own = form.sheet.data == OWN_SIZE
    return shelf.labels_pdf(chosen, sheet, fonts(), first=form.first_place(sheet), cut=is_own)
