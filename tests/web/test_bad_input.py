"""Bad data never answers 500: seeded hostile values over every route, as the office, as a kiosk and as a stranger."""

import inspect
import io
import json
import random
import re
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import quote, urlencode, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.exceptions import HTTPException
from werkzeug.routing import MapAdapter, Rule
from werkzeug.test import TestResponse

from pointsbank.access import services as access
from pointsbank.access.guard import DEVICE_COOKIE
from pointsbank.access.models import Role
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.identifiers import new_key
from pointsbank.market import services as counter
from pointsbank.places.models import Place
from tests.boards import make_deed
from tests.factories import (
    make_card,
    make_good,
    make_household,
    make_resident,
    make_staff,
    make_village,
    redeem_now,
)
from tests.fonts import prepared_fonts_folder
from tests.web.conftest import csrf, sign_in

REQUESTS, REQUESTS_LONG = 500, 10_000
PAGES_CRAWLED_MAX = 160
PAGES_OF_ONE_ROUTE_MAX = 3
STATIC = {"static", "bootstrap.static"}

HOSTILE = [
    "", " ", "0", "-1", "+5", "-0", "1e9", "1e400", "NaN", "Infinity", "9" * 25, "9" * 5_000, "2147483648",
    str(2**63), "１２", "²", "٣", "1,000", "1_000", "5分", "2.5", "2.555", ".5", "5.", "0x10", " 5\n", "五",
    "2026-02-30", "1900-01-01", "9999-12-31", "0000-00-00", "0001-01-01", "10000-01-01", "2026/3/1", "2026-13",
    "2026-00", "0000-01", "9999-12", "2026-2", "２０２６-03", "字" * 10_000, "<script>alert(1)</script>",
    '"><img src=x>', "'; DROP TABLE households; --", "{{ 7 * 7 }}", "%s%n", "%", "_", "\\", "../../etc/passwd",
    "//evil.example/", "\x00", "张\x00三", "\x1b[31m", "\u202e\u200b\ufeff", "\ud800", "张\udfff", "😀" * 50, "㛃𬭎䶮",
    "阿依古丽·买买提",
    "\r\nSet-Cookie: x=1", "null", "true", "[]", '{"a": 1}', "PB1:qingxi:x", "PB1:miaopo:" + "x" * 200, "99/99999999",
]  # fmt: skip
FILES = [
    b"",
    b"\x00" * 100,
    b"PK\x03\x04" + b"x" * 200,
    "户编号,姓名\n1,张三".encode("gb18030"),
    b"%PDF-1.7",
    b"<svg/>",
]
FILE_NAMES = ["x.xlsx", "../../x.xlsx", "名册.xls", "", "a\x00b.xlsx", "x" * 300 + ".xlsx"]


@dataclass
class Submission:
    """A form as a page shows it: where it goes and what it holds."""

    path: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    files: list[str] = field(default_factory=list)


class _Page(HTMLParser):
    """The forms and links of a page."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self.path, self.links, self.forms = path, set[str](), list[Submission]()
        self._form: Submission | None = None
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what can be followed and submitted."""
        found = {name: value or "" for name, value in attrs}
        if tag == "a" and found.get("href", "").startswith("/"):
            self.links.add(found["href"])
        elif tag == "form":
            action = found.get("action") or self.path
            if found.get("method", "get").lower() == "post" and action.startswith("/"):
                self._form = Submission(action)
                self.forms.append(self._form)
        elif self._form is None:
            return
        elif tag in ("input", "button", "textarea") and found.get("name"):
            self._add_input(found)
        elif tag == "select":
            self._select = found.get("name", "")
        elif tag == "option" and self._select and ("selected" in found or not self._has(self._select)):
            self._form.fields = [pair for pair in self._form.fields if pair[0] != self._select]
            self._form.fields.append((self._select, found.get("value", "")))

    def _has(self, name: str) -> bool:
        return self._form is not None and any(pair[0] == name for pair in self._form.fields)

    def _add_input(self, found: dict[str, str]) -> None:
        assert self._form is not None
        name, kind = found["name"], found.get("type", "text")
        if kind == "file":
            self._form.files.append(name)
        elif kind not in ("checkbox", "radio") or "checked" in found or not self._has(name):
            self._form.fields.append((name, found.get("value", "")))

    def handle_endtag(self, tag: str) -> None:
        """A form or a select ends."""
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = ""


def _endpoint(adapter: MapAdapter, path: str, method: str) -> str:
    try:
        return str(adapter.match(urlsplit(path).path, method)[0])
    except HTTPException:
        return ""


class Fuzzer:
    """Sends hostile requests to an application and keeps what should not have happened."""

    def __init__(self, app: Flask, client: FlaskClient, chance: random.Random, known: list[str]) -> None:
        self.app, self.client, self.chance, self.known = app, client, chance, known
        self.query_names = sorted(_names_in_the_source(app))
        self.forms: dict[str, list[Submission]] = {}
        self.failures: list[str] = []
        self.statuses: dict[int, int] = {}

    def learn_forms(self, starts: list[str]) -> None:
        """Note the forms of the pages that can be reached from some, by the endpoint that takes them."""
        adapter = self.app.url_map.bind("localhost")
        waiting, seen, of_route = list(starts), set[str](), dict[str, int]()
        while waiting and len(seen) < PAGES_CRAWLED_MAX:
            path = waiting.pop(0)
            endpoint = _endpoint(adapter, path, "GET")
            if path in seen or endpoint in STATIC | {""} or of_route.get(endpoint, 0) >= PAGES_OF_ONE_ROUTE_MAX:
                continue
            seen.add(path)
            of_route[endpoint] = of_route.get(endpoint, 0) + 1
            answer = self._send("GET", path, path)
            if answer is None or not (answer.mimetype or "").startswith("text/html"):
                continue
            page = _Page(path)
            page.feed(answer.text)
            waiting += sorted(page.links)
            for form in page.forms:
                self.forms.setdefault(_endpoint(adapter, form.path, "POST"), []).append(form)

    def address(self, rule: Rule) -> str:
        """An address of a route: mostly with what exists, sometimes with what cannot be."""

        def fill(found: re.Match[str]) -> str:
            name, chance = found["name"], self.chance.random()
            if name == "village_code" and chance < 0.95:
                return "qingxi"
            if choices := re.search(r"any\((.*)\)", found["kind"] or ""):
                return self.chance.choice(re.split(r",\s*", choices[1]))
            value = self.chance.choice(self.known if chance < 0.7 else HOSTILE)
            return quote(value[:300].encode("utf-8", "surrogatepass"), safe="")

        address = re.sub(r"<(?:(?P<kind>[^>]*):)?(?P<name>\w+)>", fill, rule.rule)
        if self.chance.random() < 0.5:
            pairs = [(self.chance.choice(self.query_names), self.value()) for _ in range(self.chance.randint(1, 3))]
            address += "?" + urlencode(pairs, errors="surrogatepass")
        return address

    def value(self) -> str:
        """Something hostile, or something that exists elsewhere."""
        return self.chance.choice(self.known if self.chance.random() < 0.25 else HOSTILE)

    def get(self, rule: Rule) -> None:
        """Ask for a page."""
        address = self.address(rule)
        self._send("GET", address, address, headers=self._headers())

    def post(self, rule: Rule, token: str) -> None:
        """Submit a form: one that a page shows, with some of it spoilt, or one made up."""
        shown = self.forms.get(rule.endpoint, [])
        form = self.chance.choice(shown) if shown and self.chance.random() < 0.9 else Submission(self.address(rule))
        fields = [pair for pair in form.fields if pair[0] != "csrf_token"]
        if not fields:
            fields = [(self.chance.choice(self.query_names), self.value()) for _ in range(3)]
        for _ in range(self.chance.randint(0, 3)):
            spoilt = self.chance.randrange(len(fields))
            fields[spoilt] = (fields[spoilt][0], self.value())
        if self.chance.random() < 0.1:
            fields.append((self.chance.choice(fields)[0], self.value()))
        if self.chance.random() < 0.1:
            fields.remove(self.chance.choice(fields))
        if self.chance.random() < 0.5:
            fields = [(name, new_key() if name == "key" else value) for name, value in fields]
        fields.append(("csrf_token", token))
        said = f"{form.path} {[(name, value[:40]) for name, value in fields if name != 'csrf_token']}"
        if form.files:
            data: dict[str, object] = {}
            for name, value in fields:
                data[name] = value.encode("utf-8", "replace").decode()
            for name in form.files:
                content = io.BytesIO(self.chance.choice(FILES))
                data[name] = (content, self.chance.choice(FILE_NAMES).replace("\x00", "%00"))
            self._send("POST", form.path, said, data=data, headers=self._headers())
            return
        body = urlencode(fields, errors="surrogatepass")
        content_type = "application/x-www-form-urlencoded"
        self._send("POST", form.path, said, data=body, content_type=content_type, headers=self._headers())

    def _headers(self) -> dict[str, str]:
        return {"Accept": "application/json"} if self.chance.random() < 0.2 else {"Accept": "text/html"}

    def _send(self, method: str, address: str, said: str, **arguments: object) -> TestResponse | None:
        try:
            answer: TestResponse = self.client.open(address, method=method, **arguments)  # type: ignore[arg-type]
        except Exception as error:  # a testing application lets pass what would be a 500
            last = traceback.extract_tb(error.__traceback__)[-1]
            self.failures.append(f"{method} {said[:600]}: {error!r:.300} at {last.filename}:{last.lineno}")
            return None
        self.statuses[answer.status_code] = self.statuses.get(answer.status_code, 0) + 1
        if answer.status_code >= 500:
            self.failures.append(f"{method} {said[:600]}: {answer.status_code}")
        elif answer.status_code >= 400 and not _speaks_chinese(answer):
            self.failures.append(f"{method} {said[:600]}: {answer.status_code} says nothing")
        answer.close()
        return answer


def _speaks_chinese(answer: TestResponse) -> bool:
    text = json.dumps(answer.json, ensure_ascii=False) if answer.json else answer.text
    return re.search("[\u4e00-\u9fff]", text) is not None


def _names_in_the_source(app: Flask) -> set[str]:
    """Names that views read from addresses and forms, taken from their modules."""
    names = {"q", "page"}
    modules = {sys.modules[inspect.unwrap(view).__module__] for view in app.view_functions.values()}
    for module in modules:
        if module.__name__.startswith("pointsbank"):
            names |= set(
                re.findall(r"request\.(?:args|form|values|files)\.get(?:list)?\(\"(\w+)\"", inspect.getsource(module))
            )
    return names


@pytest.fixture
def village(app: Flask) -> Place:
    """A village where something of everything exists, and fonts to print it with."""
    app.config["POINTSBANK"].fonts_folder.symlink_to(prepared_fonts_folder(), target_is_directory=True)
    made = make_village()
    for number, name in enumerate(("张建国", "李秀英", "王大明"), 1):
        household = make_household(made, name, number=f"01-00{number}")
        make_resident(made, household)
        make_card(made, household)
        make_deed(made, household, 9_000)
    good = make_good(made, "大米", price=1_000, on_hand=50, barcodes=("6901234567892",))
    redeem_now(made, household, good, 1)
    counter.place_order(made, household.id, [(good.id, 1)], 1_000, SYSTEM, new_key())
    return made


@pytest.fixture
def known(village: Place) -> list[str]:
    """Ids, serials, periods and codes that exist, here and in another village."""
    other = make_village("miaopo", name="庙坡村")
    foreign = make_household(other, "李四")
    stranger = make_staff(other, Role.CLERK, name="庙坡文书")
    ids = [foreign.id, make_card(other, foreign).id, make_good(other).id, stranger.id, 1, 2, 3]
    return [*map(str, ids), "2026-02", "2026-03", "miaopo", "qingxi", "T01", "01-001", "张建国", "zjg"]


@pytest.fixture
def chance() -> random.Random:
    return random.Random(20260318)


def routes(app: Flask, *, kiosk: bool) -> list[tuple[Rule, str]]:
    """Every route of the office or of the kiosk, with each of its methods."""
    return [
        (rule, method)
        for rule in app.url_map.iter_rules()
        if rule.endpoint not in STATIC and rule.rule.startswith("/kiosk/") is kiosk
        for method in sorted((rule.methods or set()) & {"GET", "POST"})
    ]


def fuzz(fuzzer: Fuzzer, wanted: list[tuple[Rule, str]], requests: int, enter: Callable[[], str]) -> None:
    """Send requests to all routes in turn; enter gives a token, and a new session where the old one was ended."""
    token = enter()
    for number in range(requests):
        rule, method = wanted[number % len(wanted)]
        if method == "GET":
            fuzzer.get(rule)
        else:
            fuzzer.post(rule, token)
        if number % 40 == 39:
            token = enter()
    if fuzzer.failures:
        pytest.fail("\n".join(fuzzer.failures))
    taken = sum(count for status, count in fuzzer.statuses.items() if status < 400)
    assert taken > requests / 20, fuzzer.statuses  # or everything was refused at the door


def test_the_office_answers_no_bad_input_with_500(
    app: Flask, client: FlaskClient, village: Place, known: list[str], chance: random.Random, long_run: bool
) -> None:
    def enter() -> str:
        client.delete_cookie(DEVICE_COOKIE)  # one of the requests makes the browser a kiosk
        if client.get("/desk/qingxi/staff").status_code != 200:
            sign_in(client, make_staff(village, *Role, name="文" + "".join(chance.choices("一二三四五六七八九", k=8))))
        return csrf(client, "/desk/qingxi/settings")

    fuzzer = Fuzzer(app, client, chance, known)
    enter()
    fuzzer.learn_forms(["/desk/qingxi/", "/public/qingxi/", "/password"])
    assert len(fuzzer.forms) >= 10
    fuzz(fuzzer, routes(app, kiosk=False), REQUESTS_LONG if long_run else REQUESTS, enter)


def test_a_kiosk_answers_no_bad_input_with_500(
    app: Flask, client: FlaskClient, village: Place, known: list[str], chance: random.Random, long_run: bool
) -> None:
    def enter() -> str:
        if client.get("/kiosk/").status_code != 200:
            client.set_cookie(DEVICE_COOKIE, access.pair_device(village, "超市自助机", "staff", SYSTEM)[1])
        token = csrf(client, "/kiosk/")
        client.post("/kiosk/door", data={"csrf_token": token, "group": 1, "number": "1"})
        return token

    fuzzer = Fuzzer(app, client, chance, known)
    enter()
    fuzzer.learn_forms(["/kiosk/home", "/kiosk/goods/1", "/kiosk/door?group=1", "/kiosk/staff"])
    assert len(fuzzer.forms) >= 4
    fuzz(fuzzer, routes(app, kiosk=True), REQUESTS_LONG // 4 if long_run else REQUESTS // 4, enter)


def test_a_stranger_gets_no_500_either(
    app: Flask, client: FlaskClient, known: list[str], chance: random.Random, long_run: bool
) -> None:
    fuzzer = Fuzzer(app, client, chance, known)
    wanted = [*routes(app, kiosk=False), *routes(app, kiosk=True)]
    fuzz(fuzzer, wanted, REQUESTS_LONG // 4 if long_run else REQUESTS // 4, lambda: csrf(client))
