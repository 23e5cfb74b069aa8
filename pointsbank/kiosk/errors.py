"""What a villager can be told at the screen."""

from pointsbank.foundation.errors import InvalidInputError


class DoorNotKnownError(InvalidInputError):
    """No household of this group has this number."""

    code = "door_not_known"

    def __init__(self) -> None:
        super().__init__("这个组里没有这个户号。请看看门牌，再点一次。", field="number")
