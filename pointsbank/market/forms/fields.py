"""What the forms of the shop share: keys, and lengths that anybody would type."""

from wtforms.validators import InputRequired, Length

SERIAL_MAX = 999_999_999
SCAN_LENGTH_MAX = 100  # a card's QR has 48 characters and the village's code
EXPIRED = "页面已经过期，请刷新后重新提交。"
KEY = [InputRequired(EXPIRED), Length(max=64)]
NUMBER = Length(max=20)
SCANNED = {"data-scan": ""}  # a field that a scanner types into: see web/scanner.js
