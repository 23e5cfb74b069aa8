"""What a person can be told about places."""

from pointsbank.foundation.errors import ConflictError, NotFoundError


class UnknownVillageError(NotFoundError):
    """No village has this code."""

    code = "unknown_village"


class PlaceExistsError(ConflictError):
    """The code is taken."""

    code = "place_exists"


class SettingsChangedError(ConflictError):
    """Somebody else saved settings in the meantime."""

    code = "settings_changed"

    def __init__(self) -> None:
        super().__init__("刚才有人改过设置。请重新打开这一页，看看新的设置再改。")
