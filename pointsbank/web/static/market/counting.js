// A page of the count sheet with the keyboard alone: Enter and the arrows go from row to row; Enter in the last one
// sends the page. Without this script Tab does the same.
"use strict";

const sheet = document.getElementById("count-sheet");
const inputs = [...sheet.querySelectorAll('input[name="pieces"]')];

inputs[0]?.focus();

sheet.addEventListener("keydown", (event) => {
  const at = inputs.indexOf(event.target);
  if (at < 0 || event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return;
  const step = { Enter: 1, ArrowDown: 1, ArrowUp: -1 }[event.key];
  const next = step && inputs[at + step];
  if (!next) return;
  event.preventDefault();
  next.focus();
  next.select();
});
