import io
from collections.abc import Callable
from xml.etree import ElementTree

import pytest
from reportlab.graphics.shapes import Drawing, PolyLine, Rect, String

from pointsbank.boards import views as boards
from pointsbank.printing import charts, paper
from pointsbank.printing.charts import Bar, Curve
from pointsbank.printing.fonts import Face
from pointsbank.reports.queries.what_if import Line
from pointsbank.reports.views import CHART_WIDTH, bars
from tests.fonts import registered_fonts
from tests.pdf import fonts_of, text_of

BARS = [
    Bar("被评选为先进典型", 5000, "50"),
    Bar("支持村级公共事业", 32050, "320.5"),
    Bar("读书 <b> & 㛃𡋾", 1200, "12"),
    Bar("扣分项", -800, "−8"),
]
CHARTS = [
    pytest.param(lambda bars: charts.horizontal_bars(registered_fonts(), bars, 400), id="horizontal"),
    pytest.param(lambda bars: charts.vertical_bars(registered_fonts(), bars, 400, 160), id="vertical"),
]
SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("chart", CHARTS)
def test_a_chart_on_paper_shows_labels_and_figures_in_embedded_fonts(chart: Callable[[list[Bar]], Drawing]) -> None:
    stream = io.BytesIO()
    canvas = paper.new_document(stream, registered_fonts(), paper.A4, "图", "清溪村")
    charts.draw_chart(canvas, chart(BARS), 40, 400)
    canvas.save()
    text = text_of(stream.getvalue())
    assert all("".join(bar.label.split()) in text and bar.figure in text for bar in BARS)
    assert all(fonts_of(stream.getvalue()).values())


@pytest.mark.parametrize("chart", CHARTS)
def test_a_chart_on_screen_is_sound_xml_with_the_faces_of_the_system(
    chart: Callable[[list[Bar]], Drawing],
) -> None:
    root = ElementTree.fromstring(charts.svg(chart(BARS), "各类积分 & 扣分"))  # noqa: S314 - our own text
    assert root.findtext(f"{SVG}title") == "各类积分 & 扣分"
    texts = list(root.iter(f"{SVG}text"))
    written = "".join(text.text or "" for text in texts)
    assert all(bar.label in written and bar.figure in written for bar in BARS)
    assert all("Microsoft YaHei" in text.get("style", "") for text in texts)
    assert not list(root.iter(f"{SVG}script"))


@pytest.mark.parametrize("chart", CHARTS)
def test_bars_are_as_long_as_their_values(chart: Callable[[list[Bar]], Drawing]) -> None:
    shapes = [shape for shape in chart(BARS).contents if isinstance(shape, Rect)]
    lengths = [max(abs(bar.value), 0) for bar in BARS]
    horizontal = len({shape.height for shape in shapes}) == 1
    drawn = [shape.width if horizontal else shape.height for shape in shapes]
    assert [length / drawn[0] for length in drawn] == pytest.approx([length / 5000 for length in lengths])


@pytest.mark.parametrize("chart", CHARTS)
@pytest.mark.parametrize("bars", [[], [Bar("无", 0, "0")], [Bar("很长的名字" * 8, 9_999_950, "99,999.5")] * 6])
def test_nothing_leaves_the_chart(chart: Callable[[list[Bar]], Drawing], bars: list[Bar]) -> None:
    drawing = chart(bars)
    for shape in drawing.contents:
        if isinstance(shape, String):
            width = registered_fonts().width(shape.text, Face.TEXT, shape.fontSize)
            assert -0.01 <= shape.x <= drawing.width - width * 0.95
            assert 0 <= shape.y <= drawing.height


@pytest.mark.parametrize("chart", CHARTS)
def test_long_labels_take_more_lines_and_never_shrink(chart: Callable[[list[Bar]], Drawing]) -> None:
    pair = [Bar("被评选为先进典型并受到县级以上表彰", 5000, "50"), Bar("扣分项", -800, "−8")]
    texts = [shape for shape in chart(pair * 3).contents if isinstance(shape, String)]
    assert {shape.fontSize for shape in texts} == {charts.TEXT_SIZE}
    whole = "".join(shape.text for shape in texts)
    assert whole.count(pair[0].label) == 3


def test_what_is_compared_stands_together_under_one_label_in_two_tints() -> None:
    lines = [Line("热心公益", 800, 1_200), Line("扣分项", -200, -400)]
    drawing = charts.horizontal_bars(registered_fonts(), bars(lines), CHART_WIDTH)
    texts = {shape.text: shape.y for shape in drawing.contents if isinstance(shape, String)}
    assert list(texts) == ["热心公益", "现行 8", "草稿 12", "扣分项", "现行 -2", "草稿 -4"]
    assert texts["现行 8"] > texts["热心公益"] > texts["草稿 12"]
    drawn = [shape.fillColor for shape in drawing.contents if isinstance(shape, Rect)]
    assert drawn == [charts.AS_IT_IS, charts.AS_PROPOSED] * 2
    darkness = [0.299 * tint.red + 0.587 * tint.green + 0.114 * tint.blue for tint in drawn[:2] if tint]
    assert darkness[0] - darkness[1] > 0.25  # also without colour


@pytest.mark.parametrize("width", [boards.CHART_WIDTH, CHART_WIDTH])
def test_on_a_phone_letters_are_at_least_eleven_pixels_high(width: float) -> None:
    shown = 390 - 2 * 16 - 2 * 18  # a phone less the edges of the page and of its card
    assert charts.TEXT_SIZE * shown / width >= 11


def test_curves_rise_with_their_values_over_a_scale_of_round_figures() -> None:
    lines = [Curve("货和钱", [0, 400, 900], paper.ACCENT), Curve("积分值", [900, 0, 450], paper.GOLD, dashed=True)]
    drawing = charts.curves(registered_fonts(), ["1月", "2月", "3月"], lines, 460, 250)
    drawn = [shape for shape in drawing.contents if isinstance(shape, PolyLine) and len(shape.points) == 6]
    heights = [[line.points[at] for at in (1, 3, 5)] for line in drawn]
    foot, top = heights[0][0], heights[0][2]
    assert heights[1] == pytest.approx([top, foot, (foot + top) / 2])
    assert [bool(line.strokeDashArray) for line in drawn] == [False, True]
    written = "".join(shape.text for shape in drawing.contents if isinstance(shape, String))
    assert all(said in written for said in ("1,000", "0", "2月", "货和钱", "积分值"))
