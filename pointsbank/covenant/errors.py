"""What a person can be told about the rule book."""

from pointsbank.foundation.errors import ConflictError, InvalidInputError, NotFoundError


class NoRuleBookError(ConflictError):
    """The village has no rules for that day."""

    code = "no_rule_book"

    def __init__(self) -> None:
        super().__init__("这一天还没有生效的积分细则。请先在“一约”里导入细则。", field="occurred_on")


class UnknownRuleError(NotFoundError):
    """No such rule in the version of the day."""

    code = "unknown_rule"


class RuleBookRefusedError(InvalidInputError):
    """A version that cannot be taken as it stands."""

    code = "rule_book_refused"


class RuleBookChangedError(ConflictError):
    """Somebody adopted another version while this one was being written."""

    code = "rule_book_changed"

    def __init__(self) -> None:
        super().__init__("刚才有人改过细则。请看看新的版本，再改一次。")
