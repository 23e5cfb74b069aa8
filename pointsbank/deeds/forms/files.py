"""A file of deeds."""

import base64

from flask_wtf.file import FileField
from wtforms import HiddenField, SubmitField
from wtforms.validators import InputRequired, Length

from pointsbank.foundation.errors import InvalidInputError, TooLargeError
from pointsbank.ledger.services import KEY_LENGTH_MAX
from pointsbank.web.forms import Form

DEEDS_FILE_BYTES_MAX = 2 * 1024 * 1024  # 20,000 deeds have 1.5 MB; it travels with the page of the preview


class DeedsFileForm(Form):
    """An .xlsx of deeds. content: the file of the preview, which travels with the page so that it is chosen once."""

    file = FileField("积分记录表（.xlsx）")
    content = HiddenField()
    key = HiddenField(validators=[InputRequired("页面已经过期，请刷新后重新提交。"), Length(max=KEY_LENGTH_MAX)])
    submit = SubmitField("先看看会记什么")

    def read(self) -> bytes:
        """The file chosen now, else that of the preview. Raises InvalidInputError, TooLargeError."""
        if self.file.data:
            content: bytes = self.file.data.read(DEEDS_FILE_BYTES_MAX + 1)
        else:
            try:
                content = base64.b64decode(self.content.data or "", validate=True)
            except ValueError as wrong:
                raise InvalidInputError("请重新选一次文件。", field="file") from wrong
        if not content:
            raise InvalidInputError("请先选一个文件。", field="file")
        if len(content) > DEEDS_FILE_BYTES_MAX:
            raise TooLargeError("表格超过 2 MB，请删去图片和多余的表，或分成几个文件。", field="file")
        self.content.data = base64.b64encode(content).decode()
        return content
