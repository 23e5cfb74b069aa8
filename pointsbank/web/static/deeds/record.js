// Recording with the keyboard alone: choices while one types, what the line will give before Enter, and the line sent
// in the background, so that the next one can be typed at once. Without this script the same form works by itself.
"use strict";

const form = document.getElementById("till");
const says = document.getElementById("says");
const fields = form.elements;
const WAIT_MILLISECONDS = 90; // after the last key, before the server is asked
let previews = 0; // how often the server was asked what the line gives; only the last answer counts
let previewTimer;
const COMPOSING = 229; // the key code while an input method is at work, in browsers that do not say isComposing

for (const choices of form.querySelectorAll(".till-choices")) { // the form of a browser without script: ours offers lists
  const name = choices.querySelector("input").name;
  choices.remove();
  form.append(Object.assign(document.createElement("input"), { type: "hidden", name }));
}

async function ask(url, values) {
  const answer = await fetch(`${url}?${new URLSearchParams(values)}`, { headers: { Accept: "application/json" } });
  if (!answer.headers.get("Content-Type")?.includes("json")) throw new Error("signed out");
  return answer.json();
}

function isComposing(event) {
  return event.isComposing || event.keyCode === COMPOSING;
}

const RARE = { late_reason: "", suspended_until: "suspend_person", claws_back: "claw_back" }; // field and the rules it is for
const TEXTS = ["who", "rule", "quantity", "occurred_on", "event_name", "note", ...Object.keys(RARE)];

// A field that few deeds need: one that is not shown is not sent either.
function askFor(name, shown) {
  fields[name].disabled = !shown;
  fields[name].closest(".field").hidden = !shown;
  if (!shown) fields[name].value = "";
}

function showError(name, sentences) {
  if (sentences?.length && name in RARE) askFor(name, true);
  const place = document.getElementById(`${name}-error`);
  place.textContent = (sentences ?? []).join(" ");
  place.hidden = !place.textContent;
  fields[name].classList.toggle("is-invalid", !place.hidden);
  fields[name].setAttribute("aria-invalid", String(!place.hidden));
}

function say(...parts) {
  says.replaceChildren(...parts);
}

function element(tag, text, attributes = {}) {
  return Object.assign(document.createElement(tag), { textContent: text }, attributes);
}

// A field with a list under it. search(text) gives the choices; next() moves on when one is taken.
class Picker {
  constructor(name, search, next) {
    Object.assign(this, { name, search, next, input: fields[name], options: [], active: -1, asked: 0, goesOn: false, moved: false });
    this.list = element("ul", "", { id: `${name}-choices`, className: "choices", hidden: true });
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", this.input.labels[0].textContent);
    this.input.after(this.list);
    for (const [attribute, value] of Object.entries({
      role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": this.list.id,
    })) this.input.setAttribute(attribute, value);
    this.input.addEventListener("input", (event) => { if (!isComposing(event)) this.typed(); });
    this.input.addEventListener("compositionend", () => this.typed());
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.input.addEventListener("blur", () => this.close());
    this.list.addEventListener("mousedown", (event) => {
      event.preventDefault();
      const option = event.target.closest("[role=option]");
      if (option) this.take(this.options[Number(option.dataset.place)]);
    });
  }

  get chosen() { return Boolean(fields[`${this.name}_choice`].value); }

  typed() {
    fields[`${this.name}_choice`].value = "";
    this.moved = this.goesOn = false;
    this.asked += 1; // what was asked before no longer counts
    previews += 1;
    say();
    showError(this.name, []);
    clearTimeout(this.timer);
    if (this.name === "rule") fields.quantity.labels[0].textContent = "几次";
    if (!this.input.value.trim()) return this.close();
    this.waiting = true;
    this.timer = setTimeout(() => this.find(), WAIT_MILLISECONDS);
    return undefined;
  }

  async find() {
    const number = ++this.asked;
    this.waiting = true;
    let choices;
    try {
      choices = (await this.search(this.input.value.trim())).choices ?? [];
    } catch {
      say(element("span", "没有收到回音。请检查网络，或刷新页面重新登录。"));
    }
    if (number !== this.asked) return; // a later question is on its way
    this.waiting = false;
    if (!choices) return void (this.goesOn = false);
    const marked = this.options[this.active]?.value; // an arrow that was pressed before the answer came still counts
    const place = this.moved ? choices.findIndex((choice) => choice.value === marked) : -1;
    this.offer(choices, place < 0 && this.input.value.trim() ? 0 : place);
    const isMeant = choices.length === 1 || place >= 0; // of several, none is taken that nobody has seen
    if (this.goesOn && isMeant) this.accept();
    else if (this.goesOn && !choices.length) this.refuse();
    this.goesOn = false;
  }

  // Nothing was found, and somebody wanted to go on: say so loudly; what is typed next takes the place of the text.
  refuse() {
    showError(this.name, [`没有找到“${this.input.value.trim()}”。换个写法，直接重打就行。`]);
    this.list.hidden = true;
    this.mark();
    if (document.activeElement === this.input) this.input.select();
  }

  offer(choices, active = 0) {
    this.options = choices;
    this.active = choices.length ? active : -1;
    const lines = choices.map((choice, place) => {
      const line = element("li", "", { id: `${this.name}-choice-${place}` });
      line.setAttribute("role", "option");
      line.dataset.place = place;
      line.append(element("span", choice.name), element("span", choice.detail, { className: "quiet" }));
      return line;
    });
    if (!lines.length && this.input.value.trim()) {
      lines.push(element("li", "没有找到，换个写法试试", { className: "choices-none" }));
      lines[0].setAttribute("role", "option");
      lines[0].setAttribute("aria-disabled", "true");
    }
    this.list.replaceChildren(...lines);
    this.list.hidden = !lines.length || document.activeElement !== this.input;
    this.mark();
  }

  mark() {
    this.input.setAttribute("aria-expanded", String(!this.list.hidden));
    [...this.list.children].forEach((line, place) => line.setAttribute("aria-selected", String(place === this.active)));
    const active = this.list.children[this.active];
    if (active && !this.list.hidden) {
      this.input.setAttribute("aria-activedescendant", active.id);
      active.scrollIntoView({ block: "nearest" });
    } else {
      this.input.removeAttribute("aria-activedescendant");
    }
  }

  close() {
    this.asked += 1;
    this.waiting = this.goesOn = this.moved = false;
    clearTimeout(this.timer);
    this.list.hidden = true;
    this.mark();
  }

  key(event) {
    if (isComposing(event)) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (this.list.hidden) return void this.find();
      const count = this.options.length;
      const step = event.key === "ArrowDown" ? 1 : -1;
      if (count) this.active = this.active < 0 && step < 0 ? count - 1 : (this.active + step + count) % count;
      this.moved = true;
      this.mark();
    } else if (event.key === "Escape") {
      this.close();
    } else if (event.key === "Enter" || (event.key === "Tab" && !event.shiftKey && this.input.value.trim() && !this.chosen)) {
      event.preventDefault();
      this.accept();
    }
  }

  // Take what is marked; if the answer is still on its way, as soon as it is here and leaves no choice.
  accept() {
    this.goesOn = false;
    if (this.chosen && this.list.hidden) return this.next();
    if (this.waiting) {
      this.goesOn = true;
      return undefined;
    }
    const option = this.options[this.active];
    if (option && !this.list.hidden) return this.take(option);
    if (!this.input.value.trim()) return undefined;
    this.goesOn = true;
    return this.find();
  }

  take(option) {
    this.set(option);
    this.close();
    preview();
    this.next();
  }

  set(option) {
    this.input.value = fields[`${this.name}_asked`].value = option.label;
    fields[`${this.name}_choice`].value = option.value;
    showError(this.name, []);
    if (option.unit) fields.quantity.labels[0].textContent = `几${option.unit}`;
    for (const [name, effect] of Object.entries(RARE)) if (effect && option.unit) askFor(name, option.effect === effect);
  }

  clear() {
    for (const part of ["", "_choice", "_asked"]) fields[this.name + part].value = "";
    this.options = [];
    this.close();
  }
}

function moveTo(name) {
  fields[name].focus();
  fields[name].select();
}

const who = new Picker(
  "who",
  (q) => ask(form.dataset.who, { q }),
  () => moveTo(rule.chosen ? "quantity" : "rule"),
);
const rule = new Picker(
  "rule",
  (q) => ask(form.dataset.rules, { q, day: fields.occurred_on.value }),
  () => moveTo(who.chosen ? "quantity" : "who"),
);
fields.rule.addEventListener("focus", () => { if (!fields.rule.value) rule.find(); }); // what was recorded last

// What the line will give, as soon as somebody is chosen.

function preview() {
  clearTimeout(previewTimer);
  previewTimer = setTimeout(showPreview, who.chosen ? WAIT_MILLISECONDS : 0);
}

async function showPreview() {
  const number = ++previews;
  if (!who.chosen) return;
  const values = new FormData(form);
  for (const name of ["csrf_token", "key"]) values.delete(name);
  if (!rule.chosen) values.set("rule", "");
  let answer;
  try {
    answer = await ask(form.dataset.preview, values);
  } catch {
    return; // the line can be recorded all the same; then it says why not
  }
  if (number !== previews) return;
  if (answer.beside) document.getElementById("beside").innerHTML = answer.beside; // escaped by the server's template
  for (const name of ["rule", "quantity", "occurred_on"]) showError(name, answer.errors?.[name]);
  if (answer.errors?.late_reason) askFor("late_reason", true); // seen in time; the sentence comes with Enter
  if (answer.says) {
    const { points, words, cap_reason: reason, alike } = answer.says;
    const kind = points.startsWith("-") ? "change-minus" : "";
    say(
      element("strong", points, { className: kind }),
      ` ${words}`,
      element("span", reason, { className: "till-cap" }),
      element("span", alike, { className: "till-alike" }),
    );
  } else {
    say();
  }
  if (answer.choices?.who?.length) offerMembers(answer);
}

function offerMembers(answer) {
  moveTo("who");
  fields.who_choice.value = "";
  showError("who", answer.errors.who);
  who.offer(answer.choices.who);
}

for (const name of ["event_name", ...Object.keys(RARE)]) fields[name].addEventListener("change", preview);
for (const name of ["quantity", "occurred_on"]) {
  fields[name].addEventListener("input", (event) => { if (!isComposing(event)) preview(); });
  fields[name].addEventListener("compositionend", preview);
  fields[name].addEventListener("focus", () => fields[name].select());
}
form.addEventListener("keydown", (event) => { // Enter that ends a word of the input method records nothing
  if (event.key === "Enter" && isComposing(event)) event.preventDefault();
});

// Sending. The key stays until the server has said what became of the line: the same line twice is recorded once.
let sending = false;

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (sending) return;
  sending = true;
  previews += 1;
  clearTimeout(previewTimer);
  const line = new FormData(form);
  if (event.submitter?.name) line.set(event.submitter.name, event.submitter.value); // which button: record it, or keep it
  try {
    const answer = await fetch(form.action, { method: "POST", body: line, headers: { Accept: "application/json" } });
    if (!answer.headers.get("Content-Type")?.includes("json")) throw new Error("signed out");
    const said = await answer.json();
    if (answer.ok) recorded(said);
    else refused(said);
  } catch {
    say(element("span", "没有收到回音。请再按一次“记下”；同一笔不会记两次。"));
  } finally {
    sending = false;
  }
});

function recorded(said) {
  document.getElementById("lines").innerHTML = said.lines; // both escaped by the server's templates
  document.getElementById("beside").innerHTML = said.beside;
  fields.key.value = said.key;
  for (const name of TEXTS) showError(name, []);
  who.clear();
  rule.clear();
  fields.quantity.value = "1";
  fields.quantity.labels[0].textContent = "几次";
  fields.note.value = "";
  for (const name of Object.keys(RARE)) askFor(name, false);
  say(element("span", said.said), element("a", "撤销", { href: said.undo_url }));
  fields.who.focus();
}

function refused(said) {
  const errors = said.errors ?? { "": [said.error.message] };
  const names = TEXTS;
  for (const name of names) showError(name, errors[name]);
  const others = Object.keys(errors).filter((name) => !names.includes(name));
  if (others.length) { // of the line as a whole: it was sent before with something else in it, or the session ended
    say(element("span", others.flatMap((name) => errors[name]).join(" ")), element("a", "重新打开", { href: form.action }));
  } else {
    say();
  }
  const first = names.find((name) => errors[name]?.length);
  if (first) moveTo(first);
  for (const [name, picker] of [["who", who], ["rule", rule]]) {
    if (!said.choices?.[name]?.length) continue;
    fields[`${name}_choice`].value = "";
    if (first === name) picker.offer(said.choices[name]);
  }
}

fields.who.focus();
