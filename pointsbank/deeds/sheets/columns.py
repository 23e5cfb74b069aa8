"""The columns of a sheet of deeds."""

from pointsbank.foundation.spreadsheets import (
    Column,
)

TITLE = "积分记录"

SERIAL, NUMBER, HEAD_NAME, NAME, CODE, RULE = "流水号", "户编号", "户主", "姓名", "细则编号", "内容"
QUANTITY, UNIT, DAY, PERIOD, POINTS, STATE = "数量", "单位", "发生日期", "归属月份", "积分", "状态"
CAP_REASON, NOTE = "封顶说明", "备注"
EVENT, LATE_REASON = "活动", "迟报原因"

# 序号 is no other name of 流水号: people number the rows of their own lists with it.
DEED_COLUMNS = (
    Column(SERIAL, ("申报号", "申报流水号"), width=10),
    Column(NUMBER, ("户号", "家庭编号", "户编码", "门牌号"), width=10),
    Column(HEAD_NAME, ("户主姓名",)),
    Column(NAME, ("成员姓名", "村民姓名", "居民姓名", "得分人", "办事人")),
    Column(CODE, ("细则号", "细则代码", "项目编号", "积分编号"), width=10),
    Column(RULE, ("细则内容", "细则", "积分项目", "项目", "事项", "什么事"), width=32),
    Column(QUANTITY, ("次数", "几次"), width=8),
    Column(UNIT, ("计分单位", "计量单位"), width=8),
    Column(DAY, ("日期", "发生日", "发生时间", "时间"), required=True),
    Column(PERIOD, ("归属期", "月份"), width=10),
    Column(POINTS, ("分值", "得分", "分数"), width=8),
    Column(STATE, width=10),
    Column(CAP_REASON, ("封顶原因",), width=24),
    Column(NOTE, ("说明", "备注说明"), width=24),
    Column(EVENT, ("活动名称",), width=18),
    Column(LATE_REASON, ("补报原因",), width=18),
)
# The rest the program knows itself.
FILLED_IN = (NUMBER, HEAD_NAME, NAME, CODE, RULE, QUANTITY, UNIT, DAY, NOTE, EVENT, LATE_REASON)
