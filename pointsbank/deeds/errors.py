"""What a person can be told about claims."""

from pointsbank.foundation.errors import ConflictError, InvalidInputError, NotFoundError


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
