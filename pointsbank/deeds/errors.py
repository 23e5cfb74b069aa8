"""What a person can be told about claims."""

from pointsbank.foundation.errors import (
    ConflictError,
    InvalidInputError,
    NotAllowedError,
    NotFoundError,
    TooManyTriesError,
)


class DeedRefusedError(InvalidInputError):
    """A deed that cannot be recorded as it stands."""

    code = "deed_refused"


class UnknownClaimError(NotFoundError):
    """No such claim in this village."""

    code = "unknown_claim"

    def __init__(self) -> None:
        super().__init__("没有找到这一笔。请返回列表重新选择。")


class ClaimNotBookedError(ConflictError):
    """Only what is booked can be undone, and once."""

    code = "claim_not_booked"

    def __init__(self) -> None:
        super().__init__("这一笔已经撤销过了，或者还没有入账，不能再撤销。")


class IllegalMoveError(ConflictError):
    """A claim cannot go from where it is to where somebody wants it: another was faster, or a step is missing."""

    code = "illegal_move"

    def __init__(self, serial: int, state_name: str, wanted_name: str) -> None:
        super().__init__(
            f"第 {serial} 号现在是“{state_name}”，不能改成“{wanted_name}”。请刷新页面，看看它走到哪一步了。"
        )


class RecusedError(NotAllowedError):
    """One's own household, that of close kin, or a claim that one made oneself: somebody else decides."""

    code = "recused"

    def __init__(self, serial: int, why: str) -> None:
        super().__init__(f"第 {serial} 号您要回避（{why}），请别的人来办。")


class OwnDeedError(NotAllowedError):
    """What is booked at once, without a review, may not be one's own."""

    code = "own_deed"

    def __init__(self, head_name: str, why: str, rule_name: str) -> None:
        super().__init__(f"{head_name}家您要回避（{why}）：“{rule_name}”不经评议直接入账，请别的人来记。", field="who")


class PersonSuspendedError(DeedRefusedError):
    """A suspended person earns nothing until a day."""

    code = "person_suspended"


class PaidDutyError(DeedRefusedError):
    """What somebody is paid for earns no points."""

    code = "paid_duty"


class ClaimChangedError(ConflictError):
    """Somebody changed the claim while it was looked at here."""

    code = "claim_changed"

    def __init__(self, serial: int) -> None:
        super().__init__(f"刚才有人改过第 {serial} 号。请看看新的内容，再办一次。")


class NotWaitingError(ConflictError):
    """A claim is not where somebody wants to act on it: it waits for something else, or for nothing any more."""

    code = "not_waiting"

    def __init__(self, serial: int, state_name: str, wanted: str) -> None:
        super().__init__(f"第 {serial} 号现在是“{state_name}”，{wanted}。请刷新页面，看看它走到哪一步了。")


class UnknownMeetingError(NotFoundError):
    """No such meeting in this village."""

    code = "unknown_meeting"

    def __init__(self) -> None:
        super().__init__("没有找到这次会议。请返回列表重新选择。")


class MeetingRefusedError(InvalidInputError):
    """A meeting that cannot be held or decide as it stands."""

    code = "meeting_refused"


class MeetingClosedError(ConflictError):
    """Its minutes are closed, or another meeting of the same body is still open."""

    code = "meeting_closed"


class NotOnAgendaError(ConflictError):
    """Another was faster, or another body decides on it."""

    code = "not_on_agenda"

    def __init__(self, serial: int, why: str) -> None:
        super().__init__(f"第 {serial} 号不在这次会议的议程里：{why}。请刷新页面再看。", field=f"item-{serial}")


class DecisionRefusedError(InvalidInputError):
    """What was decided on an item cannot be taken as it stands. field: item-<serial>."""

    code = "decision_refused"

    def __init__(self, serial: int, why: str) -> None:
        super().__init__(f"第 {serial} 号：{why}", field=f"item-{serial}")


class BudgetPassedError(ConflictError):
    """More points than the month may issue: who goes on says so."""

    code = "budget_passed"


class UnknownNoticeError(NotFoundError):
    """No such notice in this village."""

    code = "unknown_notice"

    def __init__(self) -> None:
        super().__init__("没有这一期公示。请返回公示列表重新选择。")


class NoticeStateError(ConflictError):
    """A notice cannot do now what somebody wants of it."""

    code = "notice_state"


class NoticeRunsError(ConflictError):
    """Nothing is booked before the last day of the notice has passed."""

    code = "notice_runs"


class UnknownObjectionError(NotFoundError):
    """No such objection in this village."""

    code = "unknown_objection"

    def __init__(self) -> None:
        super().__init__("没有这一件异议。请返回异议列表重新选择。")


class ObjectionRefusedError(ConflictError):
    """An objection to what is not on the wall, or that comes too late; or one that is decided already."""

    code = "objection_refused"


class OversightRefusedError(ConflictError):
    """What the supervision committee has done already, or cannot do yet."""

    code = "oversight_refused"


class EvidenceRefusedError(InvalidInputError):
    """A file or a note that cannot be taken as evidence."""

    code = "evidence_refused"


class UnknownEvidenceError(NotFoundError):
    """No such piece of evidence in this village, or it was removed, or its file is lost."""

    code = "unknown_evidence"

    def __init__(self, message: str = "没有找到这份材料，可能已经删掉了。请返回这一笔看看。") -> None:
        super().__init__(message)


class UnknownReminderError(NotFoundError):
    """No such reminder in this village."""

    code = "unknown_reminder"

    def __init__(self) -> None:
        super().__init__("没有找到这张整改提醒单。请返回列表重新选择。")


class ReminderEndedError(ConflictError):
    """A reminder ends once: mended, or turned into a deduction."""

    code = "reminder_ended"


class NothingToTellError(ConflictError):
    """Not a deduction on its way, so that nobody is to be told of it and nobody answers."""

    code = "nothing_to_tell"


class ReportedAlreadyError(ConflictError):
    """At the kiosk: the same deed stands there already."""

    code = "reported_already"


class ReportsOfDayError(TooManyTriesError):
    """At the kiosk: a household has reported enough for one day."""

    code = "reports_of_day"


class NotYourGroupError(NotAllowedError):
    """A group head acts on another head's group."""

    code = "not_your_group"

    def __init__(self, group_name: str, own: str, *, field: str | None = None) -> None:
        super().__init__(f"您管的是{own}；{group_name}的请那里的组长或文书办。", field=field)
