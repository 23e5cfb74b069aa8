// A group's sheet with the keyboard alone: Enter and the arrows move, digits type over, sums follow, a block of cells
// can be pasted from a spreadsheet. On both pages: finding rules among those to tick. Without this file all works too,
// with Tab and without live sums.
"use strict";

const sheet = document.getElementById("sheet");
const body = sheet && sheet.querySelector(".grid tbody");

if (body) {
  const rows = [...body.rows].map((row) => [...row.querySelectorAll("input")]);
  const worth = [...sheet.querySelectorAll("thead [data-points]")].map((head) => Number(head.dataset.points));
  const columnSums = [...sheet.querySelectorAll("[data-column-sum]")];
  const rowSums = [...body.querySelectorAll("[data-row-sum]")];
  const sum = sheet.querySelector("[data-sum]");
  const numbers = /^[0-9]{1,9}(\.[0-9]{1,2})?$/;
  let touched = false;

  // Hundredths, as the server keeps them; what is no number counts for nothing here and is told by the server.
  const quantity = (input) => {
    const text = input.value.normalize("NFKC").trim();
    return numbers.test(text) ? Math.round(Number(text) * 100) : 0;
  };
  const expected = (input, column) => {
    const product = (worth[column] * quantity(input)) / 100;
    return Math.sign(product) * Math.round(Math.abs(product));
  };
  const written = (units) => String(Number((units / 100).toFixed(2)));
  const signed = (units) => (units > 0 ? "+" : "") + written(units);
  const total = (values) => values.reduce((left, right) => left + right, 0);

  const refresh = () => {
    rows.forEach((row, at) => {
      const points = total(row.map(expected));
      rowSums[at].textContent = points ? signed(points) : "";
      row.forEach((input) => input.parentElement.classList.toggle("is-empty", !input.value.trim()));
    });
    columnSums.forEach((place, column) => {
      const units = total(rows.map((row) => quantity(row[column])));
      const points = total(rows.map((row) => expected(row[column], column)));
      place.replaceChildren(...(units ? [written(units) + place.dataset.columnSum, document.createElement("br"), signed(points)] : []));
    });
    sum.textContent = signed(total(rows.map((row) => total(row.map(expected)))));
  };

  const place = (input) => {
    const row = rows.findIndex((inputs) => inputs.includes(input));
    return [row, row < 0 ? -1 : rows[row].indexOf(input)];
  };
  const go = (row, column) => {
    const input = rows[row] && rows[row][column];
    if (input) input.focus();
    return Boolean(input);
  };
  // Below the last household the next rule begins, as one reads a paper sheet column by column.
  const goOn = (row, column, step) => {
    if (!go(row + step, column)) go(step > 0 ? 0 : rows.length - 1, column + step);
  };
  const atEdge = (input, before) => {
    if (input.selectionStart !== input.selectionEnd) return input.value.length === input.selectionEnd - input.selectionStart;
    return before ? input.selectionStart === 0 : input.selectionEnd === input.value.length;
  };

  // Tab goes from number to number; the space bar opens who it was, so that no digit lands there by mistake.
  const chooseWho = (input) => {
    const who = input.parentElement.querySelector("select");
    if (who && input.value.trim()) who.focus();
  };
  body.querySelectorAll("select").forEach((who) => { who.tabIndex = -1; });

  body.addEventListener("focusin", (event) => {
    if (event.target.matches("input")) event.target.select();
  });

  body.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return;
    const inSelect = event.target.matches("select");
    const input = inSelect ? event.target.parentElement.querySelector("input") : event.target;
    const [row, column] = place(input);
    if (row < 0) return;
    let moved = true;
    if (event.key === "Enter") goOn(row, column, event.shiftKey ? -1 : 1);
    else if (inSelect && event.key === "Escape") input.focus();
    else if (!inSelect && event.key === " ") chooseWho(input);
    else if (inSelect || event.shiftKey) moved = false;
    else if (event.key === "ArrowDown") go(row + 1, column);
    else if (event.key === "ArrowUp") go(row - 1, column);
    else if (event.key === "ArrowRight" && atEdge(input, false)) go(row, column + 1);
    else if (event.key === "ArrowLeft" && atEdge(input, true)) go(row, column - 1);
    else moved = false;
    if (moved) event.preventDefault();
  });

  body.addEventListener("paste", (event) => {
    const text = event.clipboardData.getData("text").replace(/\r/g, "").replace(/\n$/, "");
    const [row, column] = place(event.target);
    if (row < 0 || !/[\t\n]/.test(text)) return;
    event.preventDefault();
    text.split("\n").forEach((line, down) => {
      line.split("\t").forEach((value, right) => {
        const input = rows[row + down] && rows[row + down][column + right];
        if (input) input.value = value.trim();
      });
    });
    touched = true;
    refresh();
  });

  body.addEventListener("input", () => {
    touched = true;
    refresh();
  });
  sheet.addEventListener("submit", () => { touched = false; });
  window.addEventListener("beforeunload", (event) => {
    if (touched) event.preventDefault();
  });

  refresh();
  const wrong = body.querySelector('input[aria-invalid="true"]');
  (wrong || rows[0][0]).focus();
}

// ---- The rules to tick ----

const choice = document.querySelector(".rule-choice");

if (choice) {
  const find = choice.querySelector(".rule-find input");
  const found = document.getElementById("rule-found");
  const boxes = [...choice.querySelectorAll(".rule-box")];
  const most = Number(choice.dataset.rulesMax);

  const filter = () => {
    const wanted = find.value.normalize("NFKC").trim().toLowerCase();
    boxes.forEach((box) => { box.hidden = Boolean(wanted) && !box.dataset.words.includes(wanted) && !box.querySelector("input").checked; });
    choice.querySelectorAll(".rule-more").forEach((part) => {
      const left = [...part.querySelectorAll(".rule-box")].filter((box) => !box.hidden).length;
      part.hidden = left === 0;
      part.open = Boolean(wanted) && left > 0;
    });
    const count = boxes.filter((box) => !box.hidden && !box.querySelector("input").checked).length;
    found.textContent = wanted ? (count ? `找到 ${count} 条，空格键勾上。` : "没有找到，换个写法试试。") : "";
  };

  const limit = () => {
    const full = boxes.filter((box) => box.querySelector("input").checked).length >= most;
    boxes.forEach((box) => {
      const input = box.querySelector("input");
      input.disabled = full && !input.checked;
    });
  };

  find.addEventListener("input", filter);
  find.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault(); // what was found is on the page already
    const first = boxes.find((box) => !box.hidden && !box.querySelector("input").checked);
    if (first && find.value.trim()) {
      first.querySelector("input").click();
      find.value = "";
      filter();
    }
  });
  choice.addEventListener("change", limit);
  limit();
}
