"""A full month as a board: thirty households with ties, rare names, every kind of line."""

from pointsbank.boards.content import (
    BoardContent,
    CategoryLine,
    DonorLine,
    GroupLine,
    MarketFigures,
    MeritLine,
    MonthFigures,
    RankingLine,
)

CATEGORIES = (
    "被评选为先进典型",
    "支持村级公共事业",
    "热心社会公益事业",
    "踊跃参与各类活动",
    "积极创先争优",
    "乐于做好人好事",
    "勤于看书学习",
)
NAMES = (
    "王*明",
    "欧阳𠅤",
    "阿依古丽·买买提",
    "李㛃",
    "张国强",
    "刘𬭎",
    "陈堃",
    "杨*",
    "赵喆",
    "黄囍",
    "周𡋾",
    "吴镕",
    "徐㑇",
    "孙䶮",
    "胡㙓",
    "朱峣",
    "高*",
    "林德福",
    "何秀英",
    "郭*华",
    "马*",
    "罗先贵",
    "梁*",
    "宋玉珍",
    "郑*",
    "谢光荣",
    "韩*",
    "唐*云",
    "冯*",
    "于春花",
)
# Hundredths of a point, falling; the tenth to the twelfth are the same.
POINTS = (
    *(5_925, 5_400, 5_100, 4_850, 4_600, 4_250, 3_900, 3_550, 3_100, 2_950, 2_950, 2_950),
    *(2_300, 2_250, 2_200, 2_150, 2_100, 2_050, 2_000, 1_950, 1_900, 1_850, 1_800, 1_750),
    *(1_700, 1_650, 1_600, 1_550, 1_500, 1_450),
)


def sample_board(*, draft: bool = False) -> BoardContent:
    """清溪村 in February 2026, its fifth board."""
    ranks = [POINTS.index(points) + 1 for points in POINTS]
    return BoardContent(
        village_code="qingxi",
        village_name="清溪村",
        town_name="田湾镇",
        kind_word="村",
        committee_word="村委会",
        period="2026-02",
        issue=5,
        first_day="2026-02-01",
        last_day="2026-02-28",
        figures=MonthFigures(deeds=412, points=200_350, households_earning=171, households=260),
        merits=(
            MeritLine("李㛃", "3组 12号", "背着摔伤的赵婆婆走了两里路，送到镇卫生院。", CATEGORIES[5]),
            MeritLine("阿依古丽·买买提", "1组 7号", "连着三晚教老人用手机缴费、挂号。", CATEGORIES[2]),
            MeritLine("欧阳𠅤", "6组 21号", "捡到装着学费的钱包，守在路口等到失主。", CATEGORIES[5]),
            MeritLine("周𡋾", "4组 3号", "修三组水渠连干三天，没有要一分钱。", CATEGORIES[1]),
        ),
        donors=(DonorLine("田湾镇供销社", "大米 20 袋"), DonorLine("罗先贵", "人民币 500 元")),
        ranking=tuple(
            RankingLine(rank, name, f"{number % 8 + 1}组", f"{number + 3}号", points)
            for number, (rank, name, points) in enumerate(zip(ranks, NAMES, POINTS, strict=True))
        ),
        groups=tuple(
            GroupLine(f"{number}组", points, households)
            for number, points, households in (
                (1, 29_550, 27),
                (2, 28_100, 25),
                (3, 27_450, 24),
                (4, 26_000, 22),
                (5, 24_900, 21),
                (6, 23_250, 20),
                (7, 21_600, 17),
                (8, 19_500, 15),
            )
        ),
        categories=tuple(
            CategoryLine(label, points)
            for label, points in zip(CATEGORIES, (3_500, 62_000, 31_400, 45_450, 2_000, 35_250, 20_750), strict=True)
        ),
        market=MarketFigures(redemptions=128, points=150_600, kinds_of_goods=35),
        how_to_object=(
            "对榜上内容有不同意见的，请在张榜之日起 5 天内告诉本组组长或村务监督委员会，为您保密，3 天内答复。"
        ),
        first_sequence=1_042,
        last_sequence=1_631,
        head_sequence=1_688,
        head_digest="9f2c41d07ab85e63f10c92ab34de5678" + "0a1b2c3d4e5f60718293a4b5c6d7e8f9",
        draft=draft,
    )
