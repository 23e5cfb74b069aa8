"""Which of the drawings in static/kiosk shows a good (goods.svg) or a kind of deed (deeds.svg).

For a good none is better than a wrong one; a kind of deed has one for certain.
"""

# By drawing, the words in a good's name that it fits. What a thing is stands at the end of its name in Chinese.
WORDS = {
    "sack": "大米 小米 糯米 香米 稻米 玉米 杂粮 黄豆 绿豆 红豆 面粉 米粉 复合肥 化肥 尿素 肥料 饲料 种子",
    "packet": "食盐 食用盐 白糖 红糖 冰糖 鸡精 味精 淀粉 洗衣粉 皂粉 奶粉 木耳 香菇 茶叶 饼干 糖果 瓜子 花生",
    "oil": "菜籽油 菜油 花生油 大豆油 玉米油 调和油 食用油 色拉油 橄榄油 葵花籽油 茶籽油 山茶油",
    "bottle": "酱油 生抽 老抽 食醋 陈醋 白醋 香醋 料酒 白酒 黄酒 啤酒 饮料 矿泉水 香油 麻油 蚝油",
    "jar": "豆瓣酱 辣酱 辣椒酱 甜面酱 黄豆酱 豆豉 腐乳 罐头 蜂蜜 榨菜 咸菜 泡菜",
    "noodles": "挂面 面条 粉条 粉丝 米线 拉面",
    "eggs": "鸡蛋 鸭蛋 皮蛋 咸蛋 土鸡蛋",
    "milk": "牛奶 酸奶 豆奶 豆浆",
    "soap": "皂",
    "jug": "洗洁精 洁厕液 洁厕灵 洁厕剂 消毒液 洗衣液 皂液 柔顺剂",
    "spray": "清洁剂 清洁液 杀虫剂 除味剂 玻璃水",
    "pump": "洗手液 洗发水 洗发露 洗发液 沐浴露 沐浴液 护发素",
    "tube": "牙膏 护手霜 护肤霜 洗面奶 润肤霜 药膏",
    "toothbrush": "牙刷",
    "towel": "毛巾 浴巾 方巾 洗脸巾 枕巾",
    "tissues": "抽纸 面巾纸 餐巾纸 纸巾 湿巾",
    "roll": "卷纸 卫生纸 卷筒纸 厕纸",
    "basin": "脸盆 面盆 水盆 洗脚盆 塑料盆 洗菜盆",
    "bucket": "塑料桶 水桶 垃圾桶 提桶 铁桶",
    "broom": "扫把 扫帚 簸箕",
    "brush": "刷子 鞋刷 马桶刷 洗衣刷 锅刷",
    "cup": "保温杯 水杯 茶杯 杯子 口杯",
    "flask": "暖水瓶 热水瓶 保温瓶 水壶 热水壶 电热水壶 茶壶 油壶",
    "umbrella": "雨伞 太阳伞",
    "bulb": "灯泡 节能灯 台灯 LED灯",
    "bowl": "碗 盘子 碟子",
    "wok": "炒锅 铁锅 平底锅 汤锅 蒸锅 奶锅",
    "cooker": "电饭煲 电饭锅 电压力锅 高压锅 压力锅",
    "fan": "电风扇 风扇 电扇",
    "blanket": "电热毯 毛毯 棉被 被子 床单 被套 四件套 毯子",
    "book": "作业本 笔记本 练习本 本子 字典 词典 图书 书籍 绘本",
    "pen": "中性笔 铅笔 钢笔 圆珠笔 画笔 水彩笔 彩笔 蜡笔 毛笔 文具 文具套装",
    "schoolbag": "书包 双肩包",
    "hoe": "锄头 铁锹 铁铲 镰刀 钉耙",
    "tool": "螺丝刀 扳手 锤子 钳子 工具 工具箱",
    "gloves": "手套",
    "shirt": "上衣 衬衫 T恤 衣服 围裙 雨衣 校服 马甲 外套",
    "box": "收纳盒 收纳箱 饭盒 香皂盒 皂盒 保鲜盒 礼盒 整理箱",
    "ticket": "券",
}
_BY_WORD = {word: drawing for drawing, words in WORDS.items() for word in words.split()}
_BY_CATEGORY = {"服务券": "ticket"}  # a kind of which everything looks the same


def drawing_of(name: str, category: str) -> str | None:
    """The id of the drawing that fits a good; None when its name says nothing that is known.

    Of several words that fit, the one that ends last counts, then the longest: 香皂盒 is a box.
    """
    fitting = [
        (name.rindex(word) + len(word), len(word), drawing) for word, drawing in _BY_WORD.items() if word in name
    ]
    return max(fitting)[2] if fitting else _BY_CATEGORY.get(category)


# Kinds of deeds as a villager calls them, by words in the category's name: drawing, and what stands on the tile.
_DEEDS = {
    "先进典型": ("medal", "评上先进"),
    "公共事业": ("build", "给村里出力"),
    "公益": ("heart", "做志愿者、公益"),
    "参与各类活动": ("drum", "参加活动"),
    "创先争优": ("cap", "考学、参军、得奖"),
    "好人好事": ("hands", "帮助别人"),
    "看书学习": ("book", "看书学习"),
}


def deed_tile(category: str) -> tuple[str, str]:
    """The drawing of a kind of deeds in deeds.svg, and its words on the tile; its own name where none is known."""
    return next((tile for words, tile in _DEEDS.items() if words in category), ("star", category))
