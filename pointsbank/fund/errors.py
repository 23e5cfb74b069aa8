"""What a person can be told about the fund and about gifts."""

from pointsbank.foundation.errors import ConflictError, InvalidInputError, NotAllowedError, NotFoundError


class UnknownEntryError(NotFoundError):
    """No such line in the register."""

    code = "unknown_fund_entry"

    def __init__(self) -> None:
        super().__init__("台账里没有这一笔。请返回资金台账重新选。")


class VoucherMissingError(InvalidInputError):
    """Money that is spent has a number in the town's books, or somebody says that it follows."""

    code = "voucher_missing"

    def __init__(self) -> None:
        super().__init__("请填镇上代管账的凭证号；还没拿到的，勾上“凭证号待补”，拿到了再补。", field="voucher")


class VoucherThereError(ConflictError):
    """A number that was written down is not changed."""

    code = "voucher_there"

    def __init__(self, voucher: str) -> None:
        super().__init__(f"凭证号已经登记为“{voucher}”，不能再改。写错了，冲正这一笔再重新登记。", field="voucher")


class NotDueError(ConflictError):
    """More is paid for a purchase or settlement than is owed, or it is not payable yet."""

    code = "not_due"


class ReversalRefusedError(ConflictError):
    """A line that is itself a reversal, or was undone before."""

    code = "fund_reversal_refused"


class BelongsToDonationError(ConflictError):
    """Money that was given is undone with the donation."""

    code = "belongs_to_donation"

    def __init__(self, serial: int) -> None:
        super().__init__(f"这一笔是第 {serial} 号捐赠的钱。请到那一号捐赠里作废，钱会一起冲正。")


class SamePersonTwiceError(InvalidInputError):
    """Two sign for a gift, and neither is the donor."""

    code = "same_person_twice"


class DonorNotFoundError(InvalidInputError):
    """No household of the village, or several, by what was typed."""

    code = "donor_not_found"


class UnknownDonationError(NotFoundError):
    """No such donation."""

    code = "unknown_donation"

    def __init__(self) -> None:
        super().__init__("没有这一号捐赠。请返回捐赠登记重新选。")


class DonationCancelledError(ConflictError):
    """A donation that was cancelled takes nothing more."""

    code = "donation_cancelled"

    def __init__(self) -> None:
        super().__init__("这一号捐赠已经作废，不能再办。")


class DeedGivenError(ConflictError):
    """The household has its points for this donation, or they are on their way."""

    code = "deed_given"


class NoDonorHouseholdError(NotAllowedError):
    """Points are for the village's households."""

    code = "no_donor_household"

    def __init__(self) -> None:
        super().__init__("只有本村住户的捐赠能记分。村外的捐赠，请上榜鸣谢。")


class PeriodNotClosedError(ConflictError):
    """What was redeemed in a month stands once the month is closed."""

    code = "period_not_closed"


class PeriodCoveredError(ConflictError):
    """No month is paid for twice."""

    code = "period_covered"


class NothingRedeemedError(InvalidInputError):
    """Nothing to apply for."""

    code = "nothing_redeemed"


class UnknownSubsidyError(NotFoundError):
    """No such application."""

    code = "unknown_subsidy"

    def __init__(self) -> None:
        super().__init__("没有这一份补贴申请。请返回补贴申请重新选。")


class SubsidyAnsweredError(ConflictError):
    """The town has answered."""

    code = "subsidy_answered"

    def __init__(self) -> None:
        super().__init__("这一份申请已经有结果了。请刷新页面看最新情况。")
