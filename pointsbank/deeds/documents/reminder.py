"""整改提醒单: asks one household to mend something by a day. No points stand on it, and nobody else sees it."""

from pointsbank.deeds.documents.letter import Letter, letter_pdf
from pointsbank.deeds.models import Reminder
from pointsbank.foundation import clock
from pointsbank.foundation.periods import day_title
from pointsbank.places.models import Place
from pointsbank.places.words import Words
from pointsbank.printing.fonts import Fonts

TITLE = "整改提醒单"


def reminder_notice(village: Place, words: Words, reminder: Reminder) -> Letter:
    """What stands on the sheet."""
    household = reminder.household
    return Letter(
        village=village.name,
        office=f"{village.name}{words.committee.removeprefix(words.place)}",
        title=TITLE,
        number=f"第 {reminder.serial} 号",
        household=f"{household.group.name} {household.number} {household.head_name}户",
        facts=(
            ("请您整改", reminder.text),
            ("整改期限", f"{day_title(reminder.mend_by)}以前"),
            ("有关约定", reminder.rule.name),
        ),
        paragraphs=(
            "邻里乡亲，提个醒。整改好了，告诉本组组长或送单的人，这件事就过去了，也不公开。",
            f"有难处、需要帮手，也请告诉组长或{words.committee}，大家一起想办法。",
        ),
        day=day_title(clock.day_of(reminder.created_at)),
        signers=("送单人", "签收人", "整改好的日子"),
    )


def reminder_pdf(notice: Letter, fonts: Fonts) -> bytes:
    """The sheet as a PDF."""
    return letter_pdf(notice, fonts)
