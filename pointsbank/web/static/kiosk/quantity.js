// How many: − and + within what points, shelf and limit allow; the total is what the person sees and agrees to.
"use strict";

const quantity = document.getElementById("quantity");

if (quantity) {
  const [price, most, spendable] = ["price", "max", "spendable"].map((name) => Number(quantity.dataset[name]));
  const [fewer, more] = ["fewer", "more"].map((id) => document.getElementById(id));
  const inWords = (units) => String(units / 100); // hundredths, shortest decimal

  const show = (pieces) => {
    quantity.value = pieces;
    document.getElementById("points-seen").value = price * pieces;
    document.getElementById("pieces").textContent = pieces;
    document.getElementById("total").textContent = inWords(price * pieces);
    document.getElementById("left").textContent = inWords(spendable - price * pieces);
    fewer.disabled = pieces <= 1;
    more.disabled = pieces >= most;
  };

  fewer.addEventListener("click", () => show(Math.max(Number(quantity.value) - 1, 1)));
  more.addEventListener("click", () => show(Math.min(Number(quantity.value) + 1, most)));
  show(1);
}
