"""What is filled in about evidence."""

from contextlib import closing
from typing import Any

from flask_wtf.file import FileField
from wtforms import BooleanField, HiddenField, RadioField, SelectChoice, SubmitField
from wtforms.validators import InputRequired, Length

from pointsbank.covenant.models import EVIDENCE_KIND_NAMES, EvidenceKind, Rule
from pointsbank.deeds.errors import EvidenceRefusedError
from pointsbank.deeds.services.evidence import (
    DESCRIPTION_LENGTH_MAX,
    REASON_LENGTH_MAX,
    EvidenceDraft,
    keeps_files,
)
from pointsbank.deeds.services.evidence_files import clean_file
from pointsbank.foundation.pictures import FILE_BYTES_MAX
from pointsbank.ledger.services import KEY_LENGTH_MAX
from pointsbank.web.forms import Form, LineField

_KINDS = [SelectChoice(kind.value, name) for kind, name in EVIDENCE_KIND_NAMES.items() if kind is not EvidenceKind.NONE]
NAME_LENGTH_MAX = 255  # of a file; only its ending is looked at


class EvidenceForm(Form):
    """One more piece. Where the rule's papers are seen and not kept there is no file to choose."""

    kind = RadioField("是什么材料", [InputRequired("请选是什么材料。")], choices=_KINDS)
    file = FileField(
        "文件",
        description="照片（JPEG、PNG）或 PDF，最大 5 MB。存的时候会去掉拍摄地点等信息。",
        render_kw={"accept": ".jpg,.jpeg,.png,.pdf"},
    )
    seen = BooleanField("只查验、不留存", description="看过原件就行，不存文件：判决书、录取通知、病历、保单等。")
    description = LineField(
        "说明",
        [Length(max=DESCRIPTION_LENGTH_MAX, message=f"最多 {DESCRIPTION_LENGTH_MAX} 个字。")],
        description="证明人写姓名；只查验的写看了什么。别写身份证号、病情。",
    )
    key = HiddenField(validators=[InputRequired("页面已经过期，请刷新后重新提交。"), Length(max=KEY_LENGTH_MAX)])
    submit = SubmitField("添上这份材料")

    def __init__(self, *arguments: Any, rule: Rule, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.keeps_files = keeps_files(rule)

    def draft(self) -> EvidenceDraft:
        """What was filled in, a file made anew. Raises EvidenceRefusedError."""
        kind, chosen = EvidenceKind(self.kind.data), self.file.data
        seen = kind is not EvidenceKind.WITNESS and (bool(self.seen.data) or not (self.keeps_files or chosen))
        if not chosen:
            return EvidenceDraft(kind, self.description.data or "", seen)
        if not self.keeps_files:  # before it is looked at: what is not to be kept is not read either
            raise EvidenceRefusedError("这一条的材料只查验、不留存，不收文件。请写明看了什么。", field="file")
        with closing(chosen) as upload:
            content = upload.read(FILE_BYTES_MAX + 1)
            file = clean_file(content, (upload.filename or "")[-NAME_LENGTH_MAX:])
        return EvidenceDraft(kind, self.description.data or "", seen, file)


class RemoveForm(Form):
    """Why a piece is taken away."""

    reason = LineField(
        "为什么删",
        [
            InputRequired("请写明为什么删，例如：传错了照片。"),
            Length(max=REASON_LENGTH_MAX, message=f"最多 {REASON_LENGTH_MAX} 个字。"),
        ],
    )
