// The kiosk speaks: with the village's own recordings where all pieces of a sentence are there, else with a Chinese
// voice of the browser's own, else not at all. Nothing goes out to the internet.
"use strict";

const LOUDEST = 5;
const VOLUME = "kiosk-volume"; // kept by this screen for itself

const said = document.getElementById("said");

const volume = () => {
  const kept = Number(localStorage.getItem(VOLUME));
  return kept >= 1 && kept <= LOUDEST ? kept : LOUDEST - 1;
};

// Addresses of the recordings, by their words; none where this is no kiosk or the server is away.
const recordings = fetch("/kiosk/voices", { headers: { Accept: "application/json" }, cache: "no-store" })
  .then((answer) => (answer.ok ? answer.json() : {}))
  .catch(() => ({}));

const localVoice = () =>
  window.speechSynthesis?.getVoices().find((voice) => voice.localService && voice.lang.toLowerCase().startsWith("zh"));

// The pieces of the sentences in an element; a text without pieces may have been recorded as a whole.
const piecesOf = (element) => {
  const marked = [...element.querySelectorAll("[data-pieces]")];
  return marked.length ? marked.flatMap((part) => JSON.parse(part.dataset.pieces)) : wholeOf(element.textContent);
};
const wholeOf = (words) => [words.trim().replace(/[。！？]$/, "")];

const player = new Audio();
let newest = 0; // of the sentences: a new one ends the one before

const play = async (addresses) => {
  const mine = ++newest;
  player.pause();
  for (const address of addresses) {
    if (mine !== newest) return;
    player.src = address;
    player.volume = volume() / LOUDEST;
    const over = new Promise((resolve) => { player.onended = player.onerror = resolve; });
    await player.play();
    await over;
  }
};

const sayByBrowser = (words) => {
  const voice = localVoice();
  if (!voice) return false;
  const speech = new SpeechSynthesisUtterance(words);
  speech.voice = voice;
  speech.lang = voice.lang;
  speech.rate = 0.85;
  speech.volume = volume() / LOUDEST;
  speechSynthesis.cancel();
  speechSynthesis.speak(speech);
  return true;
};

// Whether it could be spoken.
const say = async (words, pieces = wholeOf(words)) => {
  const found = await recordings;
  if (pieces.length && pieces.every((piece) => piece in found)) {
    await play(pieces.map((piece) => found[piece])).catch(() => {}); // a browser is silent until it is touched once
    return true;
  }
  newest += 1;
  player.pause();
  return sayByBrowser(words);
};

const sayElement = (element) => say(element.textContent.trim(), piecesOf(element));

document.getElementById("say-again")?.addEventListener("click", () => {
  sayElement(said);
  said.classList.remove("kiosk-said-again");
  void said.offsetWidth; // so that the mark starts anew
  said.classList.add("kiosk-said-again");
});

sayElement(said).then((spoken) => {
  if (spoken) return;
  window.speechSynthesis?.addEventListener("voiceschanged", () => sayElement(said), { once: true });
});

// What is said when the server is away must be here before.
recordings.then((found) => {
  for (const sentence of document.querySelectorAll("#told > p")) {
    for (const piece of piecesOf(sentence)) {
      if (piece in found) fetch(found[piece]).catch(() => {});
    }
  }
});
