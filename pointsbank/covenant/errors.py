"""What a person can be told about the covenant and the rule book."""

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


class UnknownCovenantError(NotFoundError):
    """No such version of the covenant, or no draft of it."""

    code = "unknown_covenant"


class CovenantRefusedError(InvalidInputError):
    """A text, or its adoption, that cannot be taken as it stands."""

    code = "covenant_refused"


class DraftExistsError(ConflictError):
    """There is a draft already: a village writes at one at a time."""

    code = "draft_exists"

    def __init__(self) -> None:
        super().__init__("已经有一份草稿了。请接着改那一份，或者先删去它。")


class DraftChangedError(ConflictError):
    """Somebody saved the draft while it was being edited here."""

    code = "draft_changed"

    def __init__(self) -> None:
        super().__init__("刚才有人改过这份草稿。您填的还在下面；请对照新的内容，再保存一次。")


class AdoptionChangedError(ConflictError):
    """Somebody saved how this version was adopted while it was being filled in here."""

    code = "adoption_changed"

    def __init__(self) -> None:
        super().__init__("刚才有人改过这份通过记录。您填的还在下面；请对照现在的记录，再保存一次。")


class RuleDraftChangedError(ConflictError):
    """Somebody changed the draft of the rules, or put it in force or threw it away, while it was edited here."""

    code = "rule_draft_changed"

    def __init__(self) -> None:
        super().__init__("刚才有人改过细则草稿。请看看现在的内容，再保存一次。")


class RuleDraftOutdatedError(ConflictError):
    """Another version came into the world after the draft was last compared."""

    code = "rule_draft_outdated"

    def __init__(self, version: int) -> None:
        super().__init__(f"起草以后又有了第 {version} 版细则。请先在草稿页和它重新比一比，再采用。")


class UnknownRuleDraftError(NotFoundError):
    """There is no draft, or not this rule in it."""

    code = "unknown_rule_draft"

    def __init__(self, message: str = "现在没有细则草稿。请回到“一约”，改一条就会起草新的一版。") -> None:
        super().__init__(message)


class UnknownTableError(NotFoundError):
    """No such table, or not of a place above."""

    code = "unknown_table"

    def __init__(self) -> None:
        super().__init__("没有这一份下发的细则。请从“上级下发”里选。")
