"""The columns of the roster, and which detail of a person each one holds."""

from pointsbank.foundation.spreadsheets import Column

NUMBER, GROUP, HEAD_NAME, NAME, RELATION = "户编号", "组别", "户主", "姓名", "与户主关系"
SEX, BORN_ON, ID_NUMBER, PHONE = "性别", "出生日期", "身份证号", "联系电话"
RESIDENCE, PARTY, PAID_POST, NOTE = "居住状态", "党员", "有报酬岗位", "备注"

ROSTER_COLUMNS = (
    Column(NUMBER, ("户号", "家庭编号", "户编码", "门牌号", "户籍编号"), required=True),
    Column(GROUP, ("组", "小组", "所在组", "村民小组", "居民小组", "组名"), width=8),
    Column(HEAD_NAME, ("户主姓名",)),
    Column(NAME, ("成员姓名", "家庭成员", "家庭成员姓名", "村民姓名", "居民姓名"), required=True),
    Column(RELATION, ("关系", "与户主的关系", "家庭关系", "与户主关系(称谓)")),
    Column(SEX, width=6),
    Column(BORN_ON, ("出生年月", "出生年月日", "生日", "出生时间")),
    Column(ID_NUMBER, ("身份证", "身份证号码", "公民身份号码", "公民身份证号", "证件号码"), width=22),
    Column(PHONE, ("电话", "手机", "手机号", "手机号码", "电话号码", "联系方式", "移动电话"), width=16),
    Column(RESIDENCE, ("居住情况", "常住状态", "居住状况", "常住情况")),
    Column(PARTY, ("是否党员", "政治面貌", "中共党员"), width=8),
    Column(PAID_POST, ("领报酬岗位", "报酬岗位", "公益岗位")),
    Column(NOTE, ("说明", "备注说明"), width=24),
)

# The column where what is wrong with a detail is shown.
COLUMN_OF = {
    "number": NUMBER,
    "group": GROUP,
    "name": NAME,
    "relation": RELATION,
    "sex": SEX,
    "born_on": BORN_ON,
    "id_number": ID_NUMBER,
    "phone": PHONE,
    "residence": RESIDENCE,
    "party_member": PARTY,
    "paid_post": PAID_POST,
    "note": NOTE,
}
