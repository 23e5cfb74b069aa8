"""What is measured on a page: letters, what is touched, what sticks out, and words that are not Chinese."""

import re

from playwright.sync_api import Page

TOUCH_PIXELS_MIN = 60
TEXT_PIXELS_MIN = 24  # 18 pt, the norm for screens of old people
HEADING_PIXELS_MIN = 40  # 30 pt
LINE_HEIGHT_MIN = 1.3
KEY_PIXELS_MIN = 76  # 20 mm, at the 96 dots per inch that a pixel of a page stands for

_SEEN = """
  const seen = (element) => {
    if (element.closest(".visually-hidden, .skip, script, style, noscript, template")) return false;
    if (!element.checkVisibility({ visibilityProperty: true })) return false;
    const box = element.getBoundingClientRect();
    return box.width > 0 && box.height > 0;
  };
  const texts = () => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const found = [];
    while (walker.nextNode()) {
      const node = walker.currentNode;
      if (node.textContent.trim() && seen(node.parentElement)) found.push(node);
    }
    return found;
  };
"""

_FOR_OLD_HANDS = f"""([touchMin, textMin, headingMin, lineMin, keyMin]) => {{
  {_SEEN}
  const wrong = [];
  const upright = innerHeight > innerWidth;
  const scrolling = (element) => element.closest(".kiosk-scroll");
  const dialog = document.querySelector("dialog[open]");
  for (const element of (dialog ?? document).querySelectorAll("a, button, input, select, [role=button]")) {{
    if (!seen(element)) continue;
    const box = element.getBoundingClientRect();
    const name = element.outerHTML.slice(0, 90);
    const least = element.matches(".keypad-key") ? keyMin : touchMin;
    if (box.width < least || box.height < least) wrong.push(`too small to touch: ${{name}}`);
    const out = box.left < 0 || box.top < 0 || box.right > innerWidth || box.bottom > innerHeight;
    if (out && !scrolling(element)) wrong.push(`off: ${{name}}`);
    const elsewhere = element.matches("[data-keypad-input]") || scrolling(element); // by the keys, or drawn nearer
    if (upright && !elsewhere && box.top < innerHeight / 3) wrong.push(`too high to reach: ${{name}}`);
    if (element.scrollWidth > element.clientWidth + 1 && element.tagName !== "INPUT") wrong.push(`overfull: ${{name}}`);
  }}
  for (const node of texts()) {{
    const words = node.textContent.trim().slice(0, 30);
    const style = getComputedStyle(node.parentElement);
    const size = parseFloat(style.fontSize);
    if (size < textMin) wrong.push(`letters of ${{size}} px: ${{words}}`);
    if (node.parentElement.closest("h1") && size < headingMin) wrong.push(`heading of ${{size}} px: ${{words}}`);
    const range = document.createRange();
    range.selectNodeContents(node);
    const lines = new Set([...range.getClientRects()].map((box) => Math.round(box.top)));
    const leading = parseFloat(style.lineHeight) / size;
    if (lines.size > 1 && leading < lineMin - 0.001) wrong.push(`lines too close: ${{words}}`);
    const box = range.getBoundingClientRect();
    const out = box.left < 0 || box.top < 0 || box.right > innerWidth + 1 || box.bottom > innerHeight + 1;
    if (out && !scrolling(node.parentElement)) wrong.push(`text off the screen: ${{words}}`);
  }}
  if (document.documentElement.scrollHeight > innerHeight) wrong.push("the page scrolls");
  return wrong;
}}"""

_STICKS_OUT = f"""() => {{
  {_SEEN}
  const wide = [];
  if (document.documentElement.scrollWidth > innerWidth) {{
    for (const element of document.body.querySelectorAll("*")) {{
      if (element.getBoundingClientRect().right > innerWidth + 1) wide.push(element.outerHTML.slice(0, 120));
    }}
    wide.unshift(`${{document.documentElement.scrollWidth}} px wide`);
  }}
  return wide.slice(0, 4);
}}"""

_WORDS = f"""() => {{
  {_SEEN}
  const attributes = ["alt", "aria-label", "placeholder", "title"];
  const said = [...document.querySelectorAll(attributes.map((name) => `[${{name}}]`).join(","))]
    .flatMap((element) => attributes.map((name) => element.getAttribute(name) ?? ""));
  const pushed = [...document.querySelectorAll("input[type=submit], input[type=button]")].map((input) => input.value);
  return [document.title, ...texts().map((node) => node.textContent), ...said, ...pushed].join("\\n");
}}"""


def assert_made_for_old_hands(page: Page) -> None:
    """Targets, letters and lines as the norms for old people want them, all on one screen within reach."""
    limits = [TOUCH_PIXELS_MIN, TEXT_PIXELS_MIN, HEADING_PIXELS_MIN, LINE_HEIGHT_MIN, KEY_PIXELS_MIN]
    assert page.evaluate(_FOR_OLD_HANDS, limits) == [], page.url


def assert_fits_its_width(page: Page) -> None:
    """Nothing sticks out to the right, so that nobody has to push the page about."""
    assert page.evaluate(_STICKS_OUT) == [], page.url


def foreign_words(page: Page, known: frozenset[str]) -> set[str]:
    """Words of Latin letters that a person reads or hears on the page: not the known ones, digests, codes of rules."""
    text = re.sub(r"https?://\S+|[0-9a-f]{8}|\b[A-Z]{2}[0-9]+", "", page.evaluate(_WORDS))
    words = re.findall(r"[A-Za-z]+", text)
    return {word for word in words if len(word) > 1 and word not in known}
