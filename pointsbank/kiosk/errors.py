"""What a villager can be told at the screen, and the clerk who records the village's voice."""

from pointsbank.foundation.errors import ConflictError, InvalidInputError, NotFoundError, TooManyTriesError


class DoorNotKnownError(InvalidInputError):
    """No household of this group has this number."""

    code = "door_not_known"

    def __init__(self) -> None:
        super().__init__("这个组里没有这个户号。请看看门牌，再点一次。", field="number")


class TooManyUnknownError(TooManyTriesError):
    """This kiosk has been shown too many cards and numbers that nobody has."""

    code = "too_many_unknown"

    def __init__(self) -> None:
        super().__init__("没认出来的次数太多了。请等 15 分钟再试，或到柜台办。")


class TooManyCallsError(TooManyTriesError):
    """This kiosk has called too often just now."""

    code = "too_many_calls"

    def __init__(self) -> None:
        super().__init__("刚才已经叫过好几次了。请到柜台去，有人在那里。")


class CallEndedError(ConflictError):
    """Somebody else has answered, or it is not needed any more."""

    code = "call_ended"

    def __init__(self) -> None:
        super().__init__("已经有人去了，或者那边不叫了。请看看还有没有别的。")


class VoiceRefusedError(InvalidInputError):
    """What was recorded or uploaded cannot be played, or is too long."""

    code = "voice_refused"

    def __init__(self, message: str) -> None:
        super().__init__(message, field="file")


class UnknownVoiceError(NotFoundError):
    """Nothing was recorded for this, or its file is lost or no longer what was stored."""

    code = "unknown_voice"
