"""What a person can be told about cards and PINs."""

from datetime import date

from pointsbank.foundation.errors import ConflictError, InvalidInputError, NotAllowedError, TooManyTriesError


class CardNotKnownError(InvalidInputError):
    """Unknown, forged, lost, expired and another village's: the same answer."""

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
    """The household has a card that works, or the card was replaced before."""

    code = "card_exists"


class CardLostError(ConflictError):
    """The card was reported lost and stays so."""

    code = "card_lost"

    def __init__(self) -> None:
        super().__init__("这张卡已经挂失，不能再用。请给这户补一张新卡。")


class CardExpiredError(ConflictError):
    """The last day of the card has passed."""

    code = "card_expired"

    def __init__(self, last_day: date) -> None:
        super().__init__(f"这张卡用到 {last_day:%Y-%m-%d}，已经到期，不能再用。请到“一卡”延期或补卡。")


class CardOfClosedHouseholdError(ConflictError):
    """The household is no longer in the roster."""

    code = "card_of_closed_household"

    def __init__(self) -> None:
        super().__init__("这张卡的户已经销户或并户，卡不能再用。请找文书核对名册。")


class ForeignCardError(InvalidInputError):
    """Another village's card."""

    code = "foreign_card"

    def __init__(self) -> None:
        super().__init__("这不是本村的卡，是别村的。请用本村的卡，或输入姓名、户号。")


class NoSuchCardError(InvalidInputError):
    """It looks like a card of this village, but no such card was ever issued, or it was not read whole."""

    code = "no_such_card"

    def __init__(self) -> None:
        super().__init__("没有这张卡，也可能没有扫清楚。请再扫一次，或输入姓名、户号。")


class TooManyCardsError(ConflictError):
    """A household has as many cards as it may have."""

    code = "too_many_cards"


class SecondPersonNeededError(NotAllowedError):
    """A PIN is set anew by two of the staff."""

    code = "second_person_needed"

    def __init__(self) -> None:
        super().__init__(
            "这户设过密码，重设要两个人在场。请另一位文书、管理员或“两委”干部输登录名和密码。", field="second_name"
        )


class DeputyExistsError(ConflictError):
    """Somebody of that name may collect already."""

    code = "deputy_exists"


class TooManyDeputiesError(ConflictError):
    """A household has as many deputies as it may have."""

    code = "too_many_deputies"


class DeputyNotListedError(NotAllowedError):
    """Only who is listed collects for a household."""

    code = "deputy_not_listed"

    def __init__(self) -> None:
        super().__init__("这个人不在这户的代领名单上，不能代领。请先到“一卡”登记，或让本户自己来。", field="deputy")
