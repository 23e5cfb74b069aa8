// What every page of the kiosk does: it sends forms until an answer comes, looks whether the server is there before it
// takes anything or leaves a page, says so when it is not, and asks after a while whether somebody is still here.
// Speaking is in voice.js.
"use strict";

const IDLE_SECONDS = 90;
const COUNTDOWN_SECONDS = 30;
const ASK_AGAIN_SECONDS = 3;
const LOOK_SECONDS = 10;
const PATIENCE_SECONDS = 15; // an answer that takes longer is asked for again
const START = "/kiosk/";

const notice = document.getElementById("notice");
const stillThere = document.getElementById("still-there");
const away = document.getElementById("away");

const seconds = (count) => new Promise((resolve) => setTimeout(resolve, count * 1000));

// --- telling and asking ---

const told = (name) => document.getElementById(`told-${name}`);

const tell = (words, { go = "知道了", back = "", pieces } = {}) =>
  new Promise((resolve) => {
    const [goButton, backButton] = ["notice-go", "notice-back"].map((id) => document.getElementById(id));
    document.getElementById("notice-words").textContent = words;
    goButton.textContent = go;
    goButton.hidden = go === "";
    backButton.hidden = back === "";
    backButton.textContent = back;
    goButton.onclick = () => { notice.close(); resolve(true); };
    backButton.onclick = () => { notice.close(); resolve(false); };
    notice.oncancel = (event) => event.preventDefault();
    if (!notice.open) notice.showModal();
    say(words, pieces);
  });

const tellListed = (name, options) =>
  tell(told(name).textContent.trim(), { ...options, pieces: piecesOf(told(name)) });

// --- is the server there? ---

const ask = (url, options) =>
  fetch(url, {
    ...options,
    headers: { Accept: "application/json" },
    cache: "no-store",
    signal: AbortSignal.timeout(PATIENCE_SECONDS * 1000),
  });

const isThere = async () => {
  const answer = await ask("/healthz").catch(() => null);
  const there = answer !== null && answer.status < 500;
  away.hidden = there;
  return there;
};

setInterval(isThere, LOOK_SECONDS * 1000);

// Nothing can be touched until the server is there.
const showWaiting = (name) => {
  if (notice.dataset.waiting) return;
  notice.dataset.waiting = "yes";
  tellListed(name, { go: "" });
};

const endWaiting = () => {
  if (notice.open && notice.dataset.waiting) notice.close();
  delete notice.dataset.waiting;
};

const untilThere = async () => {
  while (!(await isThere())) {
    showWaiting("away");
    await seconds(ASK_AGAIN_SECONDS);
  }
  endWaiting();
};

// The same question, with the same key, until an answer comes.
const answerTo = async (url, options) => {
  for (;;) {
    const answer = await ask(url, options).catch(() => null); // started again just now, or the cable is out
    if (answer && ![502, 504].includes(answer.status)) {
      endWaiting();
      return answer;
    }
    showWaiting("no-answer");
    await seconds(ASK_AGAIN_SECONDS);
  }
};

// --- sending ---

const afterRefusal = async (form, status, error) => {
  await tell(error?.message ?? "这一步没有办成。请从头再来。");
  if (status === 409) return location.reload(); // things have changed: show how they are now
  if (!error || [400, 403, 404].includes(status)) return location.replace(START);
  for (const input of form.querySelectorAll("[data-keypad-input]")) input.value = "";
  form.querySelector("[data-keypad-input]")?.focus();
};

let busy = false; // something is being sent, or the page is being left

const send = async (form) => {
  if (busy) return; // a second tap on the same button
  busy = true;
  const buttons = [...document.querySelectorAll("button, a.kiosk-button")].filter((button) => !button.disabled);
  for (const button of buttons) button.disabled = true;
  const enable = () => {
    for (const button of buttons) button.disabled = false;
    busy = false;
  };
  // What cannot be sent now is not sent later, when somebody else may stand here; only leaving is always right.
  if (form.id !== "leave" && !(await isThere())) {
    await untilThere();
    enable();
    await tellListed("back");
    return;
  }
  const answer = await answerTo(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
  const body = await answer.json().catch(() => ({}));
  if (answer.ok && body.next) return location.replace(body.next);
  enable();
  await afterRefusal(form, answer.status, body.error);
};

document.addEventListener("submit", async (event) => {
  if (!("send" in event.target.dataset)) return;
  event.preventDefault();
  const question = event.submitter?.dataset.ask;
  if (question && !(await tellListed(question, { go: "不要了", back: "还要" }))) return;
  await send(event.target);
});

document.addEventListener("click", async (event) => {
  const link = event.target.closest("a[href]");
  if (!link || link.matches(".skip")) return;
  event.preventDefault();
  if (busy) return;
  busy = true;
  await untilThere();
  location.assign(link.href);
});

window.addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload(); // the way back shows what is true now
});

document.addEventListener("contextmenu", (event) => event.preventDefault()); // a finger that rests

// --- a list that is longer than the screen ---

const list = document.querySelector(".kiosk-scroll");

if (list && list.scrollHeight > list.clientHeight + 1) {
  for (const [id, direction] of [["list-up", -1], ["list-down", 1]]) {
    const button = document.getElementById(id);
    const show = () => {
      const left = direction < 0 ? list.scrollTop : list.scrollHeight - list.clientHeight - list.scrollTop;
      button.disabled = left <= 1;
    };
    button.hidden = false;
    button.addEventListener("click", () => list.scrollBy({ top: direction * list.clientHeight * 0.8 }));
    list.addEventListener("scroll", show);
    show();
  }
}

// --- is somebody still here? ---

if (stillThere) {
  let idleTimer = 0;
  let countdown = 0;

  const waitForTouch = () => {
    clearTimeout(idleTimer);
    idleTimer = setTimeout(question, IDLE_SECONDS * 1000);
  };

  const question = () => {
    let left = COUNTDOWN_SECONDS;
    const show = () => { document.getElementById("still-there-seconds").textContent = left; };
    show();
    stillThere.showModal();
    sayElement(told("still-there"));
    countdown = setInterval(() => {
      left -= 1;
      show();
      if (left > 0) return;
      clearInterval(countdown);
      send(document.getElementById("leave"));
    }, 1000);
  };

  const stay = () => {
    clearInterval(countdown);
    stillThere.close();
    waitForTouch();
  };

  document.getElementById("still-there-stay").addEventListener("click", stay);
  stillThere.addEventListener("cancel", (event) => { event.preventDefault(); stay(); });
  for (const touch of ["pointerdown", "keydown"]) {
    document.addEventListener(touch, () => { if (!stillThere.open) waitForTouch(); });
  }
  waitForTouch();
}
