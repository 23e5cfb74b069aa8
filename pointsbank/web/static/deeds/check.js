// The first check with the keyboard: the row at hand, one key for each act. Without this file boxes and buttons do all.
"use strict";

const form = document.getElementById("check");

if (form) {
  const rows = [...form.querySelectorAll("tbody tr")];
  const boxes = [...form.querySelectorAll('input[name="claim"]')];
  const reason = form.elements.reason;
  const count = form.querySelector("[data-count]");
  const button = (act) => form.querySelector(`button[value="${act}"]`);
  const place = rows.findIndex((row) => row.dataset.serial === form.dataset.at);
  let at = place < 0 ? Math.max(0, rows.findIndex((row) => row.querySelector('input[name="claim"]'))) : place;
  let wanted = "return"; // what Enter in the reason does
  form.querySelector(".check-keys").hidden = false;

  const refresh = () => {
    const ticked = boxes.filter((box) => box.checked).length;
    count.textContent = ticked ? `（${ticked} 件）` : "";
  };
  const go = (wish, scrolls = true) => {
    rows[at]?.classList.remove("is-at");
    at = Math.min(Math.max(wish, 0), rows.length - 1);
    rows[at].classList.add("is-at");
    if (scrolls) rows[at].scrollIntoView({ block: "nearest" });
    // The row after the one at hand is where the next page goes on.
    form.elements.at.value = (rows[at + 1] ?? rows[at - 1] ?? rows[at]).dataset.serial;
  };
  const box = () => rows[at].querySelector('input[name="claim"]');
  const send = (act) => {
    form.requestSubmit(button(act));
  };
  // Enter means the row at hand, not what is ticked elsewhere; several ticked ones are passed by the button.
  const passThis = () => {
    if (!box()) return go(at + 1);
    boxes.forEach((one) => { one.checked = one === box(); });
    return send("pass");
  };
  const askWhy = (act) => {
    wanted = act;
    if (box() && !boxes.some((one) => one.checked)) box().checked = true;
    refresh();
    reason.focus();
  };
  const toggleAll = () => {
    const all = boxes.every((one) => one.checked);
    boxes.forEach((one) => { one.checked = !all; });
  };

  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.target === reason) {
      if (event.key === "Enter") { event.preventDefault(); send(wanted); }
      if (event.key === "Escape") reason.blur();
      return;
    }
    if (event.target.matches("input:not([type=checkbox]), select, textarea, button, a, summary")) return;
    const acts = {
      j: () => go(at + 1), ArrowDown: () => go(at + 1), k: () => go(at - 1), ArrowUp: () => go(at - 1),
      Enter: passThis, r: () => askWhy("return"), x: () => askWhy("refuse"), a: toggleAll,
      " ": () => { if (box()) box().checked = !box().checked; },
    };
    const act = acts[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!act) return;
    event.preventDefault();
    act();
    refresh();
  });
  form.addEventListener("change", refresh);
  form.querySelector("tbody").addEventListener("click", (event) => {
    const row = event.target.closest("tr");
    if (row) go(rows.indexOf(row));
  });
  go(at, Boolean(form.dataset.at)); // on a fresh page the head stays in sight
  refresh();
}
