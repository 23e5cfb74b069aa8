"""What a person can be told about the book."""

from pointsbank.foundation.errors import ConflictError, InvalidInputError, NotFoundError


class NotEnoughPointsError(ConflictError):
    """The balance does not reach."""

    code = "not_enough_points"


class SameKeyOtherContentError(ConflictError):
    """The key of a submission came back with something else in it."""

    code = "same_key_other_content"

    def __init__(self) -> None:
        super().__init__("这份单子已经提交过，内容又变了。请返回重新打开页面再办。")


class AlreadyReversedError(ConflictError):
    """A booking is undone once."""

    code = "already_reversed"

    def __init__(self) -> None:
        super().__init__("这一笔已经更正过了，不能再更正一次。")


class UnknownTransferError(NotFoundError):
    """No such line in the book."""

    code = "unknown_transfer"


class MonthNotClosableError(ConflictError):
    """The month has not ended, is closed already, or an earlier one is still open."""

    code = "month_not_closable"


class AmountOutOfRangeError(InvalidInputError):
    """Nothing, or more than the book takes."""

    code = "amount_out_of_range"


class YearEndRefusedError(ConflictError):
    """The year has not ended, was ended before, or somebody saw other figures than those of now."""

    code = "year_end_refused"


class NotEnoughMoneyError(ConflictError):
    """The fund does not reach."""

    code = "not_enough_money"
