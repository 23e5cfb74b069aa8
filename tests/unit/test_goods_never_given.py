"""Tobacco, spirits, medicine, health products, cards, cash and loose oil are never given for points."""

import pytest

from pointsbank.foundation.spreadsheets import read_sheet
from pointsbank.market import never_given
from pointsbank.market.errors import NeverGivenError
from pointsbank.market.sheets.goods import GOODS_COLUMNS, STANDARD_GOODS


@pytest.mark.parametrize(
    ("name", "spec", "kind"),
    [
        ("云烟（软珍）", "1条", "烟"),
        ("电子烟", "", "烟"),
        ("白酒", "500ml/瓶", "酒"),
        ("高粱 酒", "", "酒"),
        ("高粱\u200b酒", "", "酒"),
        ("药酒", "送酒杯", "酒"),
        ("感冒药", "", "药品"),
        ("阿莫西林胶囊", "24粒/盒", "药品"),
        ("中老年钙片", "", "保健食品"),
        ("购物卡", "100元", "购物卡"),
        ("手机话费", "30元", "购物卡"),
        ("代金券", "", "现金券"),
        ("菜籽油", "散装/斤", "散装食用油"),
        ("土榨菜油", "", "散装食用油"),
    ],
)
def test_it_is_refused_by_name_and_spec_with_its_kind_and_why(name: str, spec: str, kind: str) -> None:
    with pytest.raises(NeverGivenError) as refused:
        never_given.check(name, spec)
    assert f"属于{kind}，" in refused.value.message
    assert (refused.value.field, refused.value.status) == ("name", 422)


def test_what_only_sounds_like_it_is_taken() -> None:
    allowed = (
        "料酒 酒精棉片 酒精湿巾 酒杯 啤酒鸭 药皂 云南白药牙膏 老鼠药 山药 创可贴 烟灰缸 抽油烟机 无烟锅 烟台苹果 "
        "购物袋 扑克 贺卡 菜籽油 散装酱油 散装大米 人参果 红包袋 洗衣胶囊 理发服务券"
    )
    for name in allowed.split():
        never_given.check(name)


def test_every_good_that_comes_with_the_program_is_taken() -> None:
    for row in read_sheet(STANDARD_GOODS.read_bytes(), GOODS_COLUMNS):
        never_given.check(row.text("名称"), row.text("规格"))
