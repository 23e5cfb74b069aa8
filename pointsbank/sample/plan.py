"""What happens in the sample village in a month: pure chance from a seed, spread as a real village would."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from pointsbank.foundation.points import UNITS_PER_POINT


@dataclass(frozen=True, slots=True)
class Villager:
    """Somebody who may do a deed: at home and grown up."""

    household_id: int
    resident_id: int


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happens month by month: how many take part, for how many units, on which days, in what words."""

    rule_code: str
    taking_part: int
    quantities: tuple[float, ...] = (1,)
    notes: tuple[str, ...] = ("",)
    together: bool = False  # all on one day, as from a sign-in sheet


@dataclass(frozen=True, slots=True)
class PlannedDeed:
    """One deed of the plan. quantity in hundredths of the rule's unit."""

    day: date
    household_id: int
    resident_id: int
    rule_code: str
    quantity: int
    note: str


HAPPENINGS = (
    Happening("GG01", 40, notes=("院坝会", "村民小组会议"), together=True),
    Happening("HD01", 46, notes=("文明实践集中活动日",), together=True),
    Happening("HD02", 12, notes=("政策宣讲",), together=True),
    Happening("HD03", 4, notes=("在院坝会上宣讲", "教坝坝舞")),
    Happening("XJ08", 10, notes=("本月清洁庭院",), together=True),
    Happening("GY01", 32, (2, 2.5, 3, 4.5), ("打扫文化广场", "帮老人收稻谷", "义务清淤", "河道捡垃圾")),
    Happening("GG03", 28, (3, 4, 6), ("修三组水渠", "补机耕道", "栽行道树", "清沟排涝")),
    Happening("GG04", 6, (2, 3, 4), ("拖拉机拉石料", "旋耕机平机耕道")),
    Happening("GG08", 10, (2, 3), ("夜间巡逻",)),
    Happening("GY07", 8, (2, 4), ("V站值守",)),
    Happening("GG10", 8, notes=("管护河边花坛", "管护进村路段"), together=True),
    Happening("GG11", 10, notes=("联络本院落",), together=True),
    Happening("GG06", 2, notes=("建议加装路灯", "建议集中收垃圾的时间")),
    Happening("GY09", 3, (1, 2, 4), ("捐给农家书屋",)),
    Happening("GY05", 2, notes=("圆了独居老人的新棉被心愿", "送孩子一套文具")),
    Happening("HS06", 18, notes=("帮赵婆婆买药", "送邻居去镇卫生院", "给独居老人挑水", "帮老人缴电费")),
    Happening("HS12", 12, notes=("帮工打谷子", "帮忙照看娃儿", "帮忙栽油菜")),
    Happening("HS10", 5, notes=("清理公路边杂草", "捡拾白色垃圾")),
    Happening("HS13", 5, notes=("给外出人家的老人打电话",)),
    Happening("HS05", 3, notes=("调解地界纠纷", "劝和两口子")),
    Happening("HS01", 2, notes=("捡到手机还给失主", "捡到钱包交到村委会")),
    Happening("HS08", 4, notes=("义务理发", "帮邻居修电饭锅")),
    Happening("HS07", 6, (1, 2), ("辅导作业",)),
    Happening("HS11", 3, notes=("劝阻大操大办", "劝阻燃放烟花")),
    Happening("DS01", 8, (1, 2), ("读完并登记",)),
    Happening("DS04", 6, (1, 1.5, 2), ("农家书屋",)),
    Happening("DS06", 20, notes=("村民夜校",), together=True),
    Happening("DS05", 12, notes=("柑橘管护培训",), together=True),
    Happening("DS07", 4, notes=("亲子共读",)),
    Happening("DS08", 3, (2, 3), ("书屋值班",)),
    Happening("HD07", 12, notes=("防诈骗讲座", "消防演练"), together=True),
    Happening("HD04", 10, notes=("坝坝舞展演",), together=True),
    Happening("HD09", 2, notes=("自家院坝开会",)),
    Happening("HD10", 2, notes=("讲老支书修路的故事",)),
    Happening("GY02", 1, notes=("镇上献血车",)),
    Happening("XJ06", 1, notes=("孝老爱亲模范",)),
    Happening("ZY04", 1, notes=("取得电工证",)),
    Happening("GY03", 6, (1, 2, 5), ("捐给文明实践基金",)),
    Happening("ZY08", 3, notes=("喜事新办，只请至亲", "丧事简办")),
)
INSPECTION = Happening("GG07", 62, notes=("月度检查合格",), together=True)
DEDUCTIONS = (
    Happening("KF01", 3, notes=("路边倒建渣",)),
    Happening("KF04", 2, notes=("鸡群跑到邻居菜地",)),
    Happening("KF02", 1, notes=("烧秸秆",)),
)
STAYS_AWAY = 1 / 3  # of the households, in any one month


def plan_month(
    chance: random.Random,
    villagers: Sequence[Villager],
    beyond_reproach: frozenset[int],
    households: int,
    days: tuple[date, date],
    share: float = 1,
) -> list[PlannedDeed]:
    """The deeds of the days from first to last, in order of day.

    beyond_reproach: households without deductions. households: how many the village has, also those where nobody is
    at home. share: how much of a whole month's deeds these days see.
    """
    taking_part = _taking_part(chance, villagers, households)
    blamed = [villager for villager in taking_part if villager.household_id not in beyond_reproach]
    deeds = [
        deed
        for happenings, people in ((HAPPENINGS, taking_part), (DEDUCTIONS, blamed))
        for happening in happenings
        for deed in _deeds_of(chance, happening, people, days, share)
    ]
    return sorted([*deeds, *_inspections(chance, taking_part, deeds, days, share)], key=lambda deed: deed.day)


def _taking_part(chance: random.Random, villagers: Sequence[Villager], households: int) -> list[Villager]:
    """The villagers of the households that do anything this month; some households do much more than others."""
    at_home = sorted({villager.household_id for villager in villagers})
    nobody_there = households - len(at_home)
    away = set(chance.sample(at_home, max(0, round(households * STAYS_AWAY) - nobody_there)))
    zeal = {household: chance.paretovariate(2.2) for household in at_home}
    there = [villager for villager in villagers if villager.household_id not in away]
    return sorted(there, key=lambda villager: zeal[villager.household_id] * chance.random(), reverse=True)


def _inspections(
    chance: random.Random,
    people: Sequence[Villager],
    deeds: Sequence[PlannedDeed],
    days: tuple[date, date],
    share: float,
) -> list[PlannedDeed]:
    """Tidy yards on the last of the days: first those of the households of which nothing else is to be told."""
    one_of_each = {villager.household_id: villager for villager in people}
    seen = {deed.household_id for deed in deeds}
    quiet = [villager for household, villager in one_of_each.items() if household not in seen]
    others = [villager for household, villager in one_of_each.items() if household in seen]
    wanted = _how_many(chance, INSPECTION, share)
    chosen = [*quiet, *chance.sample(others, len(others))][:wanted]
    return [_deed_of(INSPECTION, villager, days[1], 1, INSPECTION.notes[0]) for villager in chosen]


def _how_many(chance: random.Random, happening: Happening, share: float) -> int:
    """People this time: one month is not like the other, but nothing is left out."""
    return max(1, round(happening.taking_part * share * chance.uniform(0.9, 1.1)))


def _deed_of(happening: Happening, villager: Villager, day: date, quantity: float, note: str) -> PlannedDeed:
    return PlannedDeed(
        day=day,
        household_id=villager.household_id,
        resident_id=villager.resident_id,
        rule_code=happening.rule_code,
        quantity=int(quantity * UNITS_PER_POINT),
        note=note,
    )


def _deeds_of(
    chance: random.Random,
    happening: Happening,
    people: Sequence[Villager],
    days: tuple[date, date],
    share: float,
) -> list[PlannedDeed]:
    every_day = [date.fromordinal(day) for day in range(days[0].toordinal(), days[1].toordinal() + 1)]
    wanted = min(len(people), _how_many(chance, happening, share))
    one_day, one_note = chance.choice(every_day), chance.choice(happening.notes)
    # The eager are at the front of the list: they are met more often, but everybody has a turn.
    eager = people[: max(wanted, len(people) * 2 // 3)]
    one_of_each = {villager.household_id: villager for villager in chance.sample(people, len(people))}
    chosen = (
        chance.sample(sorted(one_of_each.values(), key=lambda v: v.household_id), min(wanted, len(one_of_each)))
        if happening.together
        else chance.sample(eager, wanted)
    )
    return [
        _deed_of(
            happening,
            villager,
            one_day if happening.together else chance.choice(every_day),
            chance.choice(happening.quantities),
            one_note if happening.together else chance.choice(happening.notes),
        )
        for villager in chosen
    ]
