// What the models answered, on the page: their cards, whether they agree, and the digit they saw.
// Writes only what changed and measures nothing: what an answer costs the browser is part of the pen's delay.

const NUMBER_WORDS = ["No", "One", "Both", "All three", "All four", "All five", "All six"];
const BAR_STEP = 1 / 256; // of a bar's length; what is finer can't be seen, and would keep all the bars moving
const SETTLED = 500; // milliseconds without change after which the verdict is read out

const perCent = (probability) => (100 * probability).toFixed(1) + "%";

const colorOf = (model) => `var(--model-${model.color ?? model.name}, var(--ink))`; // the theme's; see theme.py

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

class Card {
  constructor(template, model) {
    this.model = model;
    this.element = template.content.firstElementChild.cloneNode(true);
    this.element.dataset.model = model.name;
    const part = (name) => this.element.querySelector("." + name);
    this.parts = { digit: part("digit"), confidence: part("confidence"), milliseconds: part("milliseconds") };
    setText(part("name"), model.title);
    this.describe(model);
    const row = part("row");
    this.rows = Array.from({ length: 10 }, (_, digit) => {
      const copy = digit ? row.parentNode.appendChild(row.cloneNode(true)) : row;
      copy.dataset.class = digit;
      setText(copy.querySelector(".class"), String(digit));
      return { element: copy, bar: copy.querySelector(".bar"), value: copy.querySelector(".value") };
    });
    this.clear();
  }

  // What is said about the model; a visitor's own can be another one after the next run.
  describe(model) {
    this.model = model;
    this.element.style.setProperty("--model", colorOf(model));
    setText(this.element.querySelector(".parameters"), model.parameters.toLocaleString("en"));
    setText(this.element.querySelector(".accuracy"), (100 * model.test_accuracy).toFixed(2) + "%");
  }

  clear() {
    this.digit = null;
    this.doubtful = false;
    delete this.element.dataset.digit;
    this.element.classList.remove("differs");
    setText(this.parts.digit, "–");
    setText(this.parts.confidence, "");
    setText(this.parts.milliseconds, "–");
    this.rows.forEach((row) => this.#fill(row, null, false));
  }

  show({ probabilities, milliseconds, doubtful }) {
    this.doubtful = doubtful;
    const highest = Math.max(...probabilities);
    this.digit = probabilities.indexOf(highest);
    this.element.dataset.digit = this.digit;
    setText(this.parts.digit, String(this.digit));
    setText(this.parts.confidence, perCent(highest));
    setText(this.parts.milliseconds, milliseconds.toFixed(1) + " ms");
    this.rows.forEach((row, digit) => this.#fill(row, probabilities[digit], digit === this.digit));
  }

  #fill(row, probability, isHighest) {
    if (probability === null) delete row.element.dataset.probability;
    else row.element.dataset.probability = Number(probability.toFixed(6));
    row.element.classList.toggle("highest", isHighest);
    const length = Math.round((probability ?? 0) / BAR_STEP) * BAR_STEP;
    if (length !== row.length) row.bar.style.transform = `scaleX(${(row.length = length)})`;
    setText(row.value, probability === null ? "" : perCent(probability));
  }
}

class Answers {
  constructor(stage, models) {
    this.template = stage.querySelector("template.card-template");
    this.place = stage.querySelector(".cards");
    this.cards = [];
    models.forEach((model) => this.welcome(model));
    this.verdict = stage.querySelector(".verdict");
    this.sign = stage.querySelector(".verdict .sign");
    this.sentence = stage.querySelector(".verdict .sentence");
    this.aloud = stage.querySelector(".aloud");
    this.seen = stage.querySelector(".seen canvas").getContext("2d");
    this.digit = null;
    this.recolor();
    this.clear();
  }

  // Adds a model's card, or says the new facts on the one that it has.
  welcome(model) {
    const card = this.cards.find((other) => other.model.name === model.name);
    if (card) {
      card.describe(model);
      return;
    }
    this.cards.push(new Card(this.template, model));
    this.place.append(this.cards.at(-1).element);
  }

  // Only the chosen models' cards are on the page; the others keep no answer that could grow old unseen.
  choose(names) {
    for (const card of this.cards) {
      card.element.hidden = !names.includes(card.model.name);
      if (card.element.hidden) card.clear();
    }
    this.#judge();
  }

  clear() {
    this.cards.forEach((card) => card.clear());
    this.#see(null);
    this.#judge();
  }

  show(answer) {
    for (const card of this.cards) {
      const its = answer.answers[card.model.name];
      if (its && !card.element.hidden) card.show(its);
      else card.clear();
    }
    this.#see(answer.digit);
    this.#judge();
  }

  // Takes the theme's ink color. Only then: to ask for a style makes the browser work it out there and then.
  recolor() {
    const color = getComputedStyle(this.seen.canvas).color.match(/[0-9.]+/g).map(Number);
    this.image = this.seen.createImageData(28, 28);
    for (let index = 0; index < this.image.data.length; index += 1) this.image.data[index] = color[index % 4] ?? 0;
    this.#see(this.digit);
  }

  #judge() {
    const answering = this.cards.filter((card) => card.digit !== null);
    const digits = answering.map((card) => card.digit);
    const agree = new Set(digits).size <= 1;
    const votes = (digit) => digits.filter((other) => other === digit).length;
    const most = Math.max(0, ...digits.map(votes));
    const doubtful = answering.some((card) => card.doubtful);
    for (const card of answering) card.element.classList.toggle("differs", !agree && !doubtful && votes(card.digit) < most);
    if (doubtful) this.#say("?", "Doesn’t look like a digit");
    else if (!digits.length) this.#say("", "Draw, and they answer while the pen moves");
    else if (digits.length === 1) this.#say("=", `${answering[0].model.title} reads ${digits[0]}`);
    else if (agree) this.#say("=", `${NUMBER_WORDS[digits.length] ?? "All"} read ${digits[0]}`);
    else this.#say("≠", "They disagree: ", answering);
    this.verdict.classList.toggle("empty", !digits.length);
    this.verdict.classList.toggle("disagree", !agree && !doubtful);
    this.verdict.classList.toggle("doubtful", doubtful);
  }

  // The words, and after them each card's digit in the card's color.
  #say(sign, words, cards = []) {
    const sentence = words + cards.map((card) => card.digit).join(", ");
    setText(this.sign, sign);
    if (this.sentence.textContent === sentence) return;
    const digits = cards.flatMap((card, index) => {
      const digit = document.createElement("span");
      digit.textContent = card.digit;
      digit.style.setProperty("--model", colorOf(card.model));
      return index ? [", ", digit] : [digit];
    });
    this.sentence.replaceChildren(words, ...digits);
    clearTimeout(this.reading);
    this.reading = setTimeout(() => setText(this.aloud, sign && sentence), SETTLED);
  }

  // digit: base64 of 784 bytes, row by row, 255 = ink; null clears the view.
  #see(digit) {
    this.digit = digit;
    const bytes = digit && atob(digit);
    for (let index = 0; index < 784; index += 1) this.image.data[4 * index + 3] = bytes ? bytes.charCodeAt(index) : 0;
    this.seen.putImageData(this.image, 0, 0);
  }
}
