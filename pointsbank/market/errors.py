"""What a person can be told about goods, orders and redemptions."""

from pointsbank.foundation.errors import ConflictError, InvalidInputError, NotAllowedError


class OutOfStockError(ConflictError):
    """Not that many are left."""

    code = "out_of_stock"


class NotOfferedError(ConflictError):
    """The good is no longer on the shelf."""

    code = "not_offered"


class HouseholdLimitError(ConflictError):
    """The household has had its share of this good."""

    code = "household_limit"


class PricesChangedError(ConflictError):
    """The total the person saw is not the total of now."""

    code = "prices_changed"


class OrderWaitsError(ConflictError):
    """A household has one open order at a time."""

    code = "order_waits"


class OrderEndedError(ConflictError):
    """The order was handed over, cancelled or released before."""

    code = "order_ended"


class RedemptionEndedError(ConflictError):
    """The redemption cannot be undone (any more)."""

    code = "redemption_ended"


class HouseholdClosedError(ConflictError):
    """The household is no longer in the roster."""

    code = "household_closed"

    def __init__(self) -> None:
        super().__init__("这一户已经销户或并户，不能再换东西。请找文书核对名册。")


class GoodExistsError(ConflictError):
    """Code or barcode belongs to another good."""

    code = "good_exists"


class ChangedMeanwhileError(ConflictError):
    """Somebody else was faster; nothing is overwritten."""

    code = "changed_meanwhile"


class UnknownCustomerError(InvalidInputError):
    """Nobody is meant by what was scanned or typed at the counter."""

    code = "unknown_customer"

    def __init__(self, message: str) -> None:
        super().__init__(message, field="words")


class PinRefusedError(InvalidInputError):
    """Why the PIN does not do: the desk, signed in, is told exactly."""

    code = "pin_refused"

    def __init__(self, message: str) -> None:
        super().__init__(message, field="pin")


class PinNeededError(NotAllowedError):
    """The village hands goods out against the PIN."""

    code = "pin_needed"

    def __init__(self) -> None:
        super().__init__("按本村规定，领东西要输密码。请住户输入积分卡密码；没有密码的先到文书处设置。", field="pin")
