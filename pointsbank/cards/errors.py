"""What a person can be told about cards and PINs."""

from pointsbank.foundation.errors import ConflictError, InvalidInputError, TooManyTriesError


class CardNotKnownError(InvalidInputError):
    """Unknown, forged, lost and another village's: the same answer."""

    code = "card_not_known"

    def __init__(self) -> None:
        super().__init__("没认出这张卡。请再刷一次，或者点户号。", field="presented")


class WrongPinError(InvalidInputError):
    """One answer for an unknown card or number, a household without a PIN and a wrong PIN."""

    code = "wrong_pin"

    def __init__(self) -> None:
        super().__init__("号码或密码不对，请再试一次。", field="pin")


class PinLockedError(TooManyTriesError):
    """Too many wrong PINs in a day: the desk has to reset it."""

    code = "pin_locked"

    def __init__(self) -> None:
        super().__init__("输错次数太多，密码已经锁住。请到办公室解锁，积分照常记。", field="pin")


class WeakPinError(InvalidInputError):
    """Not six digits, or six that anybody would try first."""

    code = "weak_pin"


class CardExistsError(ConflictError):
    """A household has one card that works."""

    code = "card_exists"


class CardLostError(ConflictError):
    """The card was reported lost and stays so."""

    code = "card_lost"

    def __init__(self) -> None:
        super().__init__("这张卡已经挂失，不能再用。请给这户补一张新卡。")
