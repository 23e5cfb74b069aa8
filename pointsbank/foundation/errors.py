"""One class per thing that a person can be told; each carries its HTTP status, so the mapping stands in one place.

A room adds its own in its errors.py as subclasses of the kinds below. The message is a plain Chinese sentence
that says what to do next.
"""

from typing import ClassVar


class PointsBankError(Exception):
    """Something a person can be told. message: Chinese sentence; field: the form field or column it stands at."""

    code: ClassVar[str] = "refused"
    status: ClassVar[int] = 400

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class InvalidInputError(PointsBankError):
    """A value that cannot be taken as it stands."""

    code = "invalid_input"
    status = 422


class NotFoundError(PointsBankError):
    """Not there, or another village's: the answer is the same."""

    code = "not_found"
    status = 404

    def __init__(self, message: str = "没有找到这一项。请返回列表重新选择。", *, field: str | None = None) -> None:
        super().__init__(message, field=field)


class NotAllowedError(PointsBankError):
    """The person may not do this."""

    code = "not_allowed"
    status = 403

    def __init__(
        self, message: str = "您的岗位不能办理这件事。请找文书或管理员。", *, field: str | None = None
    ) -> None:
        super().__init__(message, field=field)


class ConflictError(PointsBankError):
    """The state has moved on, or what is wanted is no longer there."""

    code = "conflict"
    status = 409


class TooManyTriesError(PointsBankError):
    """Wait before the next try."""

    code = "too_many_tries"
    status = 429


class TooLargeError(PointsBankError):
    """A file or list over its limit."""

    code = "too_large"
    status = 413


class EnvironmentProblemError(PointsBankError):
    """The machine, disk or database is not fit: nothing was booked."""

    code = "environment"
    status = 503
