"""Who stands behind an actor's key is told by name."""

from flask import Flask

from pointsbank.access import queries, services
from pointsbank.access.models import Role
from pointsbank.foundation.actor import SYSTEM
from tests.conftest import both_databases
from tests.factories import make_staff, make_village

pytestmark = both_databases


def test_people_and_kiosks_are_named_and_the_rest_by_kind(app: Flask) -> None:
    village, miaopo = make_village(), make_village("miaopo", name="庙坡村")
    clerk, other = make_staff(village, Role.CLERK, name="文小琴"), make_staff(miaopo, Role.CLERK, name="范晓燕")
    assert (clerk.serial, other.serial) == (1, 1)  # told apart by their places
    device, _ = services.pair_device(village, "大厅自助机", clerk.actor.key, clerk.actor)
    keys = [clerk.actor.key, other.actor.key, device.actor.key, SYSTEM.key, "household:qingxi/3", "staff:qingxi/99"]
    assert queries.actor_names(keys) == {
        clerk.actor.key: "文小琴",
        other.actor.key: "范晓燕",
        device.actor.key: "大厅自助机",
        SYSTEM.key: "系统",
        "household:qingxi/3": "本户",
        "staff:qingxi/99": "工作人员",
    }


def test_nobody_and_nonsense_have_no_name(app: Flask) -> None:
    assert queries.actor_names([]) == {}
    assert queries.actor_names(["", "x", "staff:", "staff:qingxi/x"]) == {
        "": "",
        "x": "x",
        "staff:": "工作人员",
        "staff:qingxi/x": "工作人员",
    }
