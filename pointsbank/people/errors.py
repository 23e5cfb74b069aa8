"""What a person can be told about households and residents."""

from pointsbank.foundation.errors import ConflictError


class NumberTakenError(ConflictError):
    """Another household of the village has this number, or one that is read the same."""

    code = "number_taken"


class ResidentKnownError(ConflictError):
    """This person is in the roster already."""

    code = "resident_known"


class HeadNeededError(ConflictError):
    """A household keeps its head until it has another one."""

    code = "head_needed"


class ClosedError(ConflictError):
    """The household or resident is closed, or cannot be closed or opened as things stand."""

    code = "closed"


class StaleEditError(ConflictError):
    """Somebody else changed it while it was being edited."""

    code = "stale_edit"

    def __init__(self) -> None:
        super().__init__("您打开这一页以后，有人改过这里的内容。请先看看下面现在的内容，再改一次。")
