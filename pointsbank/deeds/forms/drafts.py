"""The drafts that are ticked to be handed in or dropped."""

import re

from wtforms import HiddenField, SelectMultipleField
from wtforms.validators import InputRequired, Length

from pointsbank.deeds.services import DEEDS_MAX
from pointsbank.foundation.errors import InvalidInputError
from pointsbank.ledger.services import KEY_LENGTH_MAX
from pointsbank.web.forms import Form

_SERIAL = re.compile("[0-9]{1,18}")


class DraftsForm(Form):
    """The drafts that are ticked, by serial."""

    claim = SelectMultipleField("草稿", validate_choice=False, validators=[Length(max=DEEDS_MAX)])
    key = HiddenField(validators=[InputRequired("页面已经过期，请刷新后重新提交。"), Length(max=KEY_LENGTH_MAX)])

    def ticked(self) -> list[int]:
        """Their serials. Raises InvalidInputError for what no page of ours posts."""
        if not all(_SERIAL.fullmatch(value) for value in self.claim.data or []):
            raise InvalidInputError("页面已经过期，请刷新后重新勾选。")
        return [int(value) for value in self.claim.data or []]
