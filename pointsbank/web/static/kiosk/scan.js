// Where a card can be scanned: the scanner types the card's text like a keyboard, whatever it ends with (see web/scanner.js).
"use strict";

const BURST_MILLISECONDS = 1000; // with Enter at the end even a slow scanner is understood
const LENGTH_MAX = 120;

const scanned = document.getElementById("scanned");
let typed = "";
let last = 0;

function present(text) {
  typed = "";
  scanned.value = text;
  scanned.form.requestSubmit();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.timeStamp - last > BURST_MILLISECONDS) typed = "";
  last = event.timeStamp;
  if (event.key === "Enter" && typed) {
    event.preventDefault();
    present(typed);
  } else if (event.key.length === 1 && typed.length < LENGTH_MAX) {
    typed += event.key;
  }
});

watchScanner(() => scanned, (_place, text) => present(text));
