// What every page of the kiosk does: it speaks its sentence, sends forms until an answer comes, looks whether the
// server is there before it leaves a page, and asks after a while whether somebody is still here.
"use strict";

const IDLE_SECONDS = 90;
const COUNTDOWN_SECONDS = 30;
const ASK_AGAIN_SECONDS = 3;
const NO_ANSWER = "连不上柜台的电脑，正在再试。请稍等，东西不会换两次。";

const said = document.getElementById("said");
const notice = document.getElementById("notice");
const stillThere = document.getElementById("still-there");

const seconds = (count) => new Promise((resolve) => setTimeout(resolve, count * 1000));

// --- speaking, with the browser's own voice only: nothing goes out to the internet ---

const localVoice = () =>
  window.speechSynthesis?.getVoices().find((voice) => voice.localService && voice.lang.toLowerCase().startsWith("zh"));

const say = (words) => {
  const voice = localVoice();
  if (!voice) return;
  const speech = new SpeechSynthesisUtterance(words);
  speech.voice = voice;
  speech.lang = voice.lang;
  speech.rate = 0.85;
  speechSynthesis.cancel();
  speechSynthesis.speak(speech);
};

document.getElementById("say-again")?.addEventListener("click", () => {
  say(said.textContent);
  said.classList.remove("kiosk-said-again");
  void said.offsetWidth; // so that the mark starts anew
  said.classList.add("kiosk-said-again");
});

if (localVoice()) say(said.textContent);
else window.speechSynthesis?.addEventListener("voiceschanged", () => say(said.textContent), { once: true });

// --- telling and asking ---

const tell = (words, { go = "知道了", back = "" } = {}) =>
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
    say(words);
  });

// --- asking the server: the same question, with the same key, until an answer comes ---

const answerTo = async (url, options) => {
  for (;;) {
    try {
      const answer = await fetch(url, { ...options, headers: { Accept: "application/json" }, cache: "no-store" });
      if (![502, 504].includes(answer.status)) {
        if (notice.open && notice.dataset.waiting) notice.close();
        delete notice.dataset.waiting;
        return answer;
      }
    } catch {
      // no answer: the server is being started again, or the cable is out
    }
    if (!notice.dataset.waiting) {
      notice.dataset.waiting = "yes";
      tell(NO_ANSWER, { go: "" });
    }
    await seconds(ASK_AGAIN_SECONDS);
  }
};

const START = "/kiosk/";

const afterRefusal = async (form, status, error) => {
  await tell(error?.message ?? "这一步没有办成。请从头再来。");
  if (status === 409) return location.reload(); // things have changed: show how they are now
  if (!error || [400, 403, 404].includes(status)) return location.replace(START);
  for (const input of form.querySelectorAll("[data-keypad-input]")) input.value = "";
  form.querySelector("[data-keypad-input]")?.focus();
};

let sending = false;

const send = async (form) => {
  if (sending) return; // a second tap on the same button
  sending = true;
  const buttons = [...document.querySelectorAll("button, a.kiosk-button")];
  for (const button of buttons) button.disabled = true;
  const answer = await answerTo(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
  const body = await answer.json().catch(() => ({}));
  if (answer.ok && body.next) return location.replace(body.next);
  for (const button of buttons) button.disabled = false;
  await afterRefusal(form, answer.status, body.error);
  sending = false;
};

document.addEventListener("submit", async (event) => {
  if (!("send" in event.target.dataset)) return;
  event.preventDefault();
  const question = event.submitter?.dataset.ask;
  if (question && !(await tell(question, { go: "不要了", back: "还要" }))) return;
  await send(event.target);
});

document.addEventListener("click", async (event) => {
  const link = event.target.closest("a[href]");
  if (!link || link.matches(".skip")) return;
  event.preventDefault();
  if (sending) return;
  await answerTo("/healthz", {});
  location.assign(link.href);
});

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
    idleTimer = setTimeout(ask, IDLE_SECONDS * 1000);
  };

  const ask = () => {
    let left = COUNTDOWN_SECONDS;
    const show = () => { document.getElementById("still-there-seconds").textContent = left; };
    show();
    stillThere.showModal();
    say("您还在吗？要接着看，请按我再看看。");
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
