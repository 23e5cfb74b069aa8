// Touch digits for the inputs marked data-keypad-input of one form. A full input hands over to the next;
// a real keyboard and a scanner type into the same inputs.
"use strict";

for (const keypad of document.querySelectorAll(".keypad")) {
  const inputs = [...keypad.closest("form").querySelectorAll("[data-keypad-input]")];
  let active = inputs.find((input) => input.value === "") ?? inputs[0];

  const isFull = (input) => input.value.length >= input.maxLength;

  const moveOnWhenFull = () => {
    const next = inputs[inputs.indexOf(active) + 1];
    if (isFull(active) && next) next.focus();
  };

  keypad.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button || button.type === "submit") return;
    if ("keypadDigit" in button.dataset && !isFull(active)) {
      active.value += button.dataset.keypadDigit;
    } else if ("keypadBack" in button.dataset) {
      const previous = inputs[inputs.indexOf(active) - 1];
      if (active.value === "" && previous) previous.focus();
      active.value = active.value.slice(0, -1);
      return;
    }
    active.focus();
    moveOnWhenFull();
  });

  for (const input of inputs) {
    input.addEventListener("focus", () => {
      active = input;
      for (const other of inputs) other.classList.toggle("keypad-active", other === input);
    });
    input.addEventListener("input", () => {
      input.value = input.value.replace(/[^0-9]/g, "");
      moveOnWhenFull();
    });
  }
  // 好 leads to the box that is still empty first.
  keypad.closest("form").addEventListener("submit", (event) => {
    const empty = inputs.find((input) => input.value === "");
    if (!empty) return;
    event.preventDefault();
    empty.focus();
  });
  active.focus();
}
