// The agenda with the keyboard alone: arrows or j and k go from item to item, y or Enter approves and goes on, n refuses,
// e changes the points, h puts off, u takes it back, Ctrl+Enter writes everything down. Without this file all works too,
// with Tab and Space.
"use strict";

const agenda = document.getElementById("agenda");

if (agenda) {
  const items = [...agenda.querySelectorAll(".item")].filter((item) => item.querySelector("input[name=tick]"));
  const says = document.getElementById("agenda-says");
  const tickAll = document.getElementById("tick-all");
  const tickOf = (item) => item.querySelector("input[name=tick]");
  const fieldOf = (item, name) => item.querySelector(`[name^="${name}-"]`);
  let sent = false;

  const refresh = () => {
    const count = { approved: 0, rejected: 0, held_over: 0 };
    for (const item of items) {
      const other = fieldOf(item, "outcome");
      const said = tickOf(item).checked ? "approved" : (other && other.value) || "";
      if (said) count[said] += 1;
      item.classList.toggle("is-approved", said === "approved");
      item.classList.toggle("is-other", said !== "" && said !== "approved");
    }
    const parts = [["通过", count.approved], ["不通过", count.rejected], ["下次再议", count.held_over]];
    const told = parts.filter(([, number]) => number).map(([words, number]) => `${words} ${number} 件`);
    says.textContent = told.length ? told.join("，") : `还有 ${items.length} 件没有定`;
    return told.length > 0;
  };

  const go = (item, step) => {
    const next = items[items.indexOf(item) + step];
    const target = next || item;
    tickOf(target).focus();
    target.scrollIntoView({ block: "nearest" });
  };
  const say = (item, outcome) => {
    const other = fieldOf(item, "outcome");
    tickOf(item).checked = outcome === "approved";
    if (other) other.value = outcome === "approved" ? "" : outcome;
    refresh();
  };
  const ask = (item, name) => {
    const field = fieldOf(item, name);
    if (!field) return;
    item.querySelector("details").open = true;
    field.focus();
    field.select();
  };
  const clear = (item) => {
    tickOf(item).checked = false;
    item.querySelectorAll(".item-fields input, .item-fields select").forEach((field) => { field.value = ""; });
    const more = item.querySelector("details");
    if (more) more.open = false;
    refresh();
  };

  const keys = {
    ArrowDown: (item) => go(item, 1),
    j: (item) => go(item, 1),
    ArrowUp: (item) => go(item, -1),
    k: (item) => go(item, -1),
    Enter: (item) => { say(item, "approved"); go(item, 1); },
    y: (item) => { say(item, "approved"); go(item, 1); },
    n: (item) => { if (fieldOf(item, "outcome")) { say(item, "rejected"); ask(item, "reason"); } },
    h: (item) => { if (fieldOf(item, "outcome")) { say(item, "held_over"); ask(item, "reason"); } },
    e: (item) => { if (fieldOf(item, "outcome")) { say(item, "approved"); ask(item, "points"); } },
    u: clear,
  };

  agenda.addEventListener("keydown", (event) => {
    if (event.isComposing || event.altKey || event.metaKey) return;
    if (event.key === "Enter" && event.ctrlKey) {
      event.preventDefault();
      agenda.requestSubmit();
      return;
    }
    const item = event.target.closest(".item");
    if (!item || event.ctrlKey) return;
    if (event.target === tickOf(item)) {
      const act = keys[event.key] || keys[event.key.toLowerCase()];
      if (act) {
        event.preventDefault();
        act(item);
      }
    } else if (event.target.tagName === "INPUT" && event.key === "Enter") {
      event.preventDefault(); // from the points to their reason, from anything else to the next item
      if (event.target === fieldOf(item, "points")) ask(item, "reason");
      else go(item, 1);
    } else if (event.key === "Escape") {
      tickOf(item).focus();
    }
  });

  agenda.addEventListener("input", (event) => {
    const item = event.target.closest(".item");
    if (item && event.target === tickOf(item) && event.target.checked && fieldOf(item, "outcome")) fieldOf(item, "outcome").value = "";
    if (item && event.target === fieldOf(item, "outcome") && event.target.value) tickOf(item).checked = false;
    refresh();
  });

  tickAll.hidden = items.length < 2;
  tickAll.addEventListener("click", () => {
    const open = items.filter((item) => !(fieldOf(item, "outcome") && fieldOf(item, "outcome").value));
    const all = open.every((item) => tickOf(item).checked);
    open.forEach((item) => { tickOf(item).checked = !all; });
    tickAll.lastChild.textContent = all ? "全部勾上" : "全部去掉";
    refresh();
  });

  agenda.addEventListener("submit", () => { sent = true; });
  window.addEventListener("beforeunload", (event) => {
    if (!sent && refresh()) event.preventDefault();
  });

  agenda.querySelector(".agenda-keys").hidden = false;
  refresh();
  const wrong = agenda.querySelector(".item.is-wrong input[name=tick]");
  const first = wrong || (items[0] && tickOf(items[0]));
  if (first) first.focus({ preventScroll: !wrong });
}
