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


class NeverGivenError(InvalidInputError):
    """Tobacco, spirits, medicine and the like are no goods of such a shop."""

    code = "never_given"

    def __init__(self, name: str, kind: str, why: str) -> None:
        super().__init__(
            f"“{name}”属于{kind}，按规定不能用积分换：{why}。请换成别的东西，在架上的请下架；名称写错了就改名称。",
            field="name",
        )


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


class RedeemingClosedError(ConflictError):
    """It is not the time in which the village redeems points."""

    code = "redeeming_closed"


class ShopClosedError(ConflictError):
    """The shop is not open today."""

    code = "shop_closed"


class PinNeededError(NotAllowedError):
    """The village hands goods out against the PIN."""

    code = "pin_needed"

    def __init__(self) -> None:
        super().__init__("按本村规定，领东西要输密码。请住户输入积分卡密码；没有密码的先到文书处设置。", field="pin")


class PurchaseMovedError(ConflictError):
    """The purchase is at another step than the act needs."""

    code = "purchase_moved"


class OwnPurchaseError(NotAllowedError):
    """Who drafted a purchase or handed it in does not approve it."""

    code = "own_purchase"

    def __init__(self) -> None:
        super().__init__("这张采购单是您起草或报上来的，不能自己批准。请“两委”的另一位来批。")


class QuotesMissingError(InvalidInputError):
    """Fewer sellers were asked than is the custom, and nobody said why."""

    code = "quotes_missing"


class QuoteRefusedError(InvalidInputError):
    """The quote cannot be taken: above the budget, or not the cheapest without a reason."""

    code = "quote_refused"


class DeliveryExceedsError(ConflictError):
    """More came, or it cost more, than was approved."""

    code = "delivery_exceeds"


class PartnerClosedError(ConflictError):
    """The partner shop does not redeem, for now or any more."""

    code = "partner_closed"


class PartnerStaffError(ConflictError):
    """The person cannot serve for this partner."""

    code = "partner_staff"


class NotAtPartnerError(ConflictError):
    """A good, an order or a receipt that the partner's counter has nothing to do with."""

    code = "not_at_partner"


class SettlementMovedError(ConflictError):
    """The settlement is at another step than the act needs, or its figures are not those that were seen."""

    code = "settlement_moved"


class StocktakeOpenError(ConflictError):
    """One stock-take at a time; what belongs to it is not done past it."""

    code = "stocktake_open"


class StocktakeStepError(ConflictError):
    """The stock-take is not at the step to which this belongs."""

    code = "stocktake_step"


class NotCountedError(ConflictError):
    """Goods of the stock-take nobody has counted yet."""

    code = "not_counted"


class CountAgainError(ConflictError):
    """The figures of a good do not hold any more, or were never made sure of: it is counted once more."""

    code = "count_again"


class ReasonMissingError(ConflictError):
    """A difference that nobody has explained."""

    code = "reason_missing"


class NotInStocktakeError(ConflictError):
    """A good that this stock-take does not count."""

    code = "not_in_stocktake"


class CountedThemselvesError(NotAllowedError):
    """Who counted neither confirms the count nor witnesses it."""

    code = "counted_themselves"


class NothingToCloseError(ConflictError):
    """Nothing came or went since the last close."""

    code = "nothing_to_close"

    def __init__(self) -> None:
        super().__init__("上次日结以后没有进出，不用再结。有人来换过东西再来日结。")
