"""What a person can be told about the board."""

from pointsbank.foundation.errors import ConflictError, NotFoundError


class MonthNotFreezableError(ConflictError):
    """The month is not over, or nothing counts for it."""

    code = "month_not_freezable"


class UnfinishedClaimsError(ConflictError):
    """Claims of the month are on their way to the book, and nobody has said yet that they may count later."""

    code = "unfinished_claims"


class AlreadyFrozenError(ConflictError):
    """The month's board hangs: it is frozen once and stays as it is."""

    code = "already_frozen"


class MeritRefusedError(ConflictError):
    """The deed cannot be put on the board, or somebody else has just changed it there."""

    code = "merit_refused"


class UnknownBoardError(NotFoundError):
    """No board of this month, or none that is public."""

    code = "unknown_board"
