// The counter. Keys: an element with data-key="F2" is pressed by that key, also while somebody types; Ctrl+Enter is F2.
// The basket: scans are sent one after the other while the focus stays in the field, and the next one may come at once.
// Without this script every scan loads the page again; nothing else changes.
"use strict";

{ // names of its own: other scripts of the page have a show() too
  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.metaKey || event.isComposing || event.repeat) return;
    const key = event.ctrlKey ? (event.key === "Enter" ? "F2" : "") : event.key;
    const target = key && document.querySelector(`[data-key="${CSS.escape(key)}"]`);
    if (!target) return;
    event.preventDefault();
    target.click();
  });

  const basket = () => document.getElementById("basket");
  let waiting = Promise.resolve(); // the last thing that is under way
  let isHandingOut = false;
  let isShowing = false;

  // Ask the server for the basket with one thing changed, and show it.
  async function change(changed) {
    const form = basket();
    const data = new URLSearchParams(new FormData(form));
    for (const name of ["scan", "pin", "confirm"]) data.delete(name);
    for (const [name, value] of Object.entries(changed)) data.set(name, value);
    let answer;
    try {
      answer = await fetch(form.action, { method: "POST", body: data });
    } catch {
      warn("没有连上，刚才那一步没有办成。请再来一次。");
      return;
    }
    if (answer.redirected) {
      isHandingOut = true; // or somebody's session has ended: what is there now says it
      location.assign(answer.url);
      return;
    }
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById("counter");
    if (fresh) show(fresh);
    else form.submit();
  }

  function show(fresh) {
    const typing = document.activeElement === basket().elements.scan ? basket().elements.scan.value : "";
    isShowing = true; // a quantity that is taken away while it is typed in says that it has changed
    document.getElementById("counter").replaceWith(fresh);
    isShowing = false;
    warn("");
    const field = fresh.querySelector("[autofocus]");
    if (typing) basket().elements.scan.value = typing;
    field?.focus();
    if (field && !typing) field.select();
    say(fresh.querySelector("[data-says]")?.textContent ?? "");
    const lines = new URLSearchParams(new FormData(basket()));
    for (const name of ["csrf_token", "points_seen", "scan", "pin"]) lines.delete(name);
    history.replaceState(null, "", `?${lines}`); // so that the basket is there after the page is loaded again
  }

  function say(sentence) {
    document.getElementById("counter-says").textContent = sentence;
  }

  function warn(sentence) {
    const place = document.getElementById("counter-trouble");
    place.querySelector("span").textContent = sentence;
    place.hidden = sentence === "";
  }

  function queue(changed) {
    waiting = waiting.then(() => (isHandingOut ? null : change(changed)));
  }

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.id !== "basket") return;
    const button = event.submitter;
    const byPin = document.activeElement === form.elements.pin && form.elements.pin?.value;
    if (button?.hasAttribute("data-confirm") || byPin) {
      event.preventDefault();
      const seen = form.elements.points_seen.value;
      waiting = waiting.then(() => handOut(seen));
      return;
    }
    event.preventDefault();
    if (button?.name) {
      queue({ [button.name]: button.value });
      return;
    }
    const scanned = form.elements.scan.value;
    form.elements.scan.value = "";
    queue({ scan: scanned });
  });

  // The last step loads a page: the basket that was seen is sent once, however often the key is pressed.
  async function handOut(seen) {
    if (isHandingOut) return;
    if ([...document.getElementsByName("quantity")].some((field) => field.value !== field.defaultValue)) await change({});
    if (isHandingOut) return; // the answer led elsewhere
    const form = basket();
    if (form.elements.points_seen.value !== seen) {
      warn("合计变了，请看清后再确认一次。");
      return;
    }
    isHandingOut = true;
    const confirmed = document.createElement("input");
    Object.assign(confirmed, { type: "hidden", name: "confirm", value: "1" });
    form.append(confirmed);
    form.submit();
  }

  document.addEventListener("change", (event) => {
    if (!isShowing && event.target.name === "quantity" && event.target.form?.id === "basket") queue({});
  });

  window.addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload(); // the way back shows what is true now
  });
}
