// The start page: a scanner types the card's text and Enter like a keyboard.
"use strict";

const BURST_MILLISECONDS = 1000; // a scanner types a card in a fraction of it
const LENGTH_MAX = 120;
const REFRESH_MINUTES = 10; // so that the page never grows too old for its form to be taken

const scanned = document.getElementById("scanned");
let typed = "";
let last = 0;

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.timeStamp - last > BURST_MILLISECONDS) typed = "";
  last = event.timeStamp;
  if (event.key === "Enter" && typed) {
    event.preventDefault();
    scanned.value = typed;
    typed = "";
    scanned.form.requestSubmit();
  } else if (event.key.length === 1 && typed.length < LENGTH_MAX) {
    typed += event.key;
  }
});

setInterval(async () => {
  const alive = await fetch("/healthz", { cache: "no-store" }).catch(() => null);
  if (alive?.ok) location.reload();
}, REFRESH_MINUTES * 60 * 1000);
