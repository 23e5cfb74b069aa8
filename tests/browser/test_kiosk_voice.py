"""The village's own voice: recorded at the desk with a microphone, played at the kiosk piece by piece."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from pointsbank.foundation.actor import SYSTEM
from pointsbank.kiosk.queries.voices import recorded
from pointsbank.kiosk.services import keep_voice
from pointsbank.kiosk.services.voice_files import clean_voice
from pointsbank.kiosk.speech import Spoken, pieces, say
from pointsbank.places import queries as places
from tests.browser.conftest import DESK, KIOSK_UPRIGHT, Served, assert_accessible, sign_in
from tests.browser.kiosks import follow, good_button, press
from tests.browser.measures import assert_fits_its_width
from tests.voices import wav

OpenPage = Callable[[dict[str, int]], Page]
TALKING_MILLISECONDS = 1_500  # the browser's microphone for tests beeps once a second
PATIENCE_STEPS, STEP_MILLISECONDS = 100, 50
PLAYS = """HTMLMediaElement.prototype.play = function () {
  window.heard(new URL(this.src).pathname);
  setTimeout(() => this.dispatchEvent(new Event("ended")));
  return Promise.resolve();
}"""


class Ears:
    """What the kiosk played, in order, by the words that were recorded."""

    def __init__(self, page: Page, words: dict[str, str]) -> None:
        self.page, self.words = page, words
        self.heard: list[str] = []
        page.expose_function("heard", lambda path: self.heard.append(self.words[path]))
        page.add_init_script(PLAYS)

    def hear(self, sentence: Spoken) -> None:
        """Wait until this sentence was played; what comes next is listened to anew."""
        for _ in range(PATIENCE_STEPS):
            if len(self.heard) >= len(sentence.pieces):
                break
            self.page.wait_for_timeout(STEP_MILLISECONDS)
        assert self.heard == list(sentence.pieces)
        self.heard.clear()


def record_everything(served: Served) -> dict[str, str]:
    """The whole voice of the village; gives the words by the address at which the kiosk finds them."""
    with served.app.app_context():
        village, instance = places.village_by_code("qingxi"), served.app.config["POINTSBANK"].instance
        for at, piece in enumerate(pieces()):
            keep_voice(village, piece.key, clean_voice(wav(110 + at)), instance, SYSTEM)
        return {f"/kiosk/voices/{voice_id}": words for words, voice_id in recorded(village.id).items()}


def test_an_old_woman_without_a_pin_is_led_by_the_voice_of_the_village(kiosk: OpenPage, served: Served) -> None:
    page = kiosk(KIOSK_UPRIGHT)
    ears = Ears(page, record_everything(served))
    page.reload()
    ears.hear(say("start"))
    page.locator("a.kiosk-tile", has_text="点户号").click()
    ears.hear(say("groups"))
    group, number = served.sign_ins.cards[0].household.split("-")
    follow(page, f"{int(group)}组", "door?group=*")
    ears.hear(say("door"))
    press(page, "999999")
    expect(page.locator("#notice-words")).to_be_visible()
    assert ears.heard == ["这个组里没有这个户号。请看看门牌，再点一次"]
    ears.heard.clear()
    page.get_by_role("button", name="知道了").click()
    press(page, str(int(number)))
    page.wait_for_url("**/kiosk/home")
    points = int(float(page.locator(".kiosk-figure strong").inner_text()) * 100)
    welcome = say("home", called="", points=points)
    ears.hear(welcome)
    page.get_by_role("button", name="再说一遍").click()
    ears.hear(welcome)
    follow(page, "换东西", "goods")
    ears.hear(say("goods", points=points))
    page.locator("a.kiosk-good").first.click()
    ears.hear(say("good"))
    good_button(page)
    page.wait_for_url("**/kiosk/orders/*")
    ears.hear(say("order_waiting", serial=int(page.url.rpartition("/")[2])))
    page.get_by_role("button", name="不要了").click()
    ears.hear(say("ask_cancel"))
    page.get_by_role("button", name="还要").click()
    page.get_by_role("button", name="我好了").click()
    page.wait_for_url("**/kiosk/")
    ears.hear(say("start"))


def test_how_loud_is_tried_out_and_kept_by_the_screen(kiosk: OpenPage, served: Served) -> None:
    page = kiosk(KIOSK_UPRIGHT)
    follow(page, "声音大小", "volume")
    shown, louder = page.locator("#volume"), page.get_by_role("button", name="大声")
    expect(shown).to_have_text("4")
    louder.click()
    expect(louder).to_be_disabled()
    expect(page.locator("#no-voice")).to_be_visible()  # nothing is recorded, and this browser has no Chinese voice
    ears = Ears(page, record_everything(served))
    page.reload()
    expect(shown).to_have_text("5")
    ears.hear(say("volume"))
    page.get_by_role("button", name="试一试").click()
    ears.hear(say("volume_test"))
    expect(page.locator("#no-voice")).to_be_hidden()


def test_the_clerk_records_a_sentence_with_the_microphone(open_page: OpenPage, served: Served) -> None:
    page = open_page(DESK)
    page.context.grant_permissions(["microphone"], origin=served.url)
    sign_in(page, served, "clerk")
    page.goto("/desk/qingxi/devices")
    page.get_by_role("link", name="录本村的声音").click()
    assert_accessible(page)
    page.get_by_role("link", name="开始录").click()
    expect(page.locator(".voice-words")).to_have_text(pieces()[0].words)
    assert_accessible(page)
    page.get_by_role("button", name="开始录").click()
    stop = page.get_by_role("button", name="停", exact=True)
    stop.wait_for()
    page.wait_for_timeout(TALKING_MILLISECONDS)
    stop.click()
    page.get_by_role("button", name="好，存下，录下一句").click()
    expect(page.locator(".voice-words")).to_have_text(pieces()[1].words)
    page.get_by_role("link", name="上一句").click()
    expect(page.get_by_label("听现在的录音")).to_be_visible()
    page.set_viewport_size({"width": 390, "height": 844})
    assert_fits_its_width(page)
    assert_accessible(page)
