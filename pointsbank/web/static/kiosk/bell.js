// Somebody calls from a kiosk: a bell rings here and a band says who. It is answered with F7 or its button; without
// sound the band is there all the same.
"use strict";

const BELL_KEY = "F7";
const UNTOUCHED_HOURS = 4; // a page that nobody uses asks no more, or it would keep somebody signed in for ever
const TONES = [[880, 0], [660, 0.45]]; // hertz, and when, in seconds
const TONE_SECONDS = 1.2;

const bell = document.getElementById("bell");
const bellWords = document.getElementById("bell-words");
const bellForm = document.getElementById("bell-answer");

let sound = null;
let touched = Date.now();
let askAgain = 0;
const title = document.title;

const ring = () => {
  sound ??= new AudioContext();
  if (sound.state === "suspended") sound.resume(); // a browser is silent until the page is touched once
  for (const [hertz, begins] of TONES) {
    const at = sound.currentTime + begins;
    const tone = new OscillatorNode(sound, { frequency: hertz });
    const fading = new GainNode(sound, { gain: 0 });
    fading.gain.setValueAtTime(0.4, at);
    fading.gain.exponentialRampToValueAtTime(0.001, at + TONE_SECONDS);
    tone.connect(fading).connect(sound.destination);
    tone.start(at);
    tone.stop(at + TONE_SECONDS);
  }
};

const show = (calls) => {
  bell.hidden = calls.length === 0;
  document.title = calls.length ? `有人找 · ${title}` : title;
  if (!calls.length) return;
  bellForm.action = calls[0].answer;
  if (bellWords.textContent !== calls[0].words) bellWords.textContent = calls[0].words;
  ring();
};

const look = async () => {
  clearTimeout(askAgain);
  const answer = await fetch(bell.dataset.asked, { headers: { Accept: "application/json" }, cache: "no-store" }).catch(() => null);
  const again = answer?.ok && !answer.redirected ? await answer.json().catch(() => null) : null;
  if (again) show(again.calls);
  if (answer && !again && answer.status < 500) return; // signed out, or not allowed any more
  const wait = again ? again.again_in : 30;
  if (wait && Date.now() - touched < UNTOUCHED_HOURS * 3_600_000) askAgain = setTimeout(look, wait * 1000);
};

bellForm.addEventListener("submit", async (event) => {
  event.preventDefault();
  const leaves = bell.contains(document.activeElement);
  bell.hidden = true;
  if (leaves) document.querySelector("main [autofocus]")?.focus(); // the next scan goes where it would have gone
  const body = new URLSearchParams(new FormData(bellForm));
  await fetch(bellForm.action, { method: "POST", body, headers: { Accept: "application/json" } }).catch(() => null);
  look();
});

for (const touch of ["pointerdown", "keydown"]) {
  document.addEventListener(touch, (event) => {
    const slept = Date.now() - touched >= UNTOUCHED_HOURS * 3_600_000;
    touched = Date.now();
    if (slept) look();
    if (event.key !== BELL_KEY || bell.hidden || event.repeat) return;
    event.preventDefault();
    bellForm.requestSubmit();
  });
}

look();
