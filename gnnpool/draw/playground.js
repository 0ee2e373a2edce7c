(function (link, key, data) {
  "use strict";
  // A notebook may show the same figure twice: each run of this script takes the next one.
  const root = document.querySelector(`[data-playground="${key}"]:not([data-ready])`);
  if (!root) return;
  root.setAttribute("data-ready", "");
  const [form, controls, slider, line] = [".gnnpool-form", ".gnnpool-controls",
    ".gnnpool-controls input", ".gnnpool-chosen"].map((what) => root.querySelector(what));
  const [graphs, operators] = [...form.querySelectorAll("fieldset")].map(
    (set) => [...set.querySelectorAll("input")]);
  const scores = [...root.querySelectorAll("dl > div")].map((box) => ({
    value: box.querySelector("b"), strip: box.querySelector(".gnnpool-strip") }));
  const opened = [];
  let [graph, operator, parameter] = data.start, place = 0, figure = root.querySelector(
    ".gnnpool-linked");
  link(`${key}-`, [data.facts]);
  if (!window.DecompressionStream) return; // an old browser keeps the still

  // What was computed for a graph, unpacked when it is first asked for.
  async function open(number) {
    if (!opened[number]) {
      const bytes = Uint8Array.from(atob(data.packs[number]), (c) => c.charCodeAt(0));
      const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
      opened[number] = await new Response(stream).json();
    }
    return opened[number];
  }

  async function choose() {
    const wanted = graph, pack = await open(wanted);
    if (wanted !== graph) return; // another one was chosen meanwhile
    const offered = operators.map((_, i) => pack.choices.filter((c) => c.operator === i));
    operators.forEach((box, i) => { box.disabled = !offered[i].length; });
    if (!offered[operator].length) operator = offered.findIndex((some) => some.length);
    operators[operator].checked = true;
    const some = offered[operator], same = some.findIndex((c) => c.parameter === parameter);
    if (same >= 0) place = same; // else the same place, as far as there is one
    const at = Math.min(place, some.length - 1);
    controls.hidden = some.length === 1;
    slider.max = some.length - 1;
    slider.value = at;
    parameter = some[at].parameter;
    show(pack, some[at]);
  }

  function show(pack, choice) {
    controls.firstElementChild.textContent = choice.parameter;
    slider.setAttribute("aria-valuetext", choice.parameter);
    line.textContent = choice.line;
    const fresh = figure.cloneNode(true);
    fresh.removeAttribute("data-ready");
    fresh.querySelector("style").textContent = pack.css;
    fresh.querySelector(".gnnpool-defs").innerHTML = pack.defs;
    fresh.querySelector(".gnnpool-operators").innerHTML = choice.card;
    figure.replaceWith(fresh);
    figure = fresh;
    link(`${key}-`, [choice.facts]);
    scores.forEach(({ value, strip }, i) => {
      value.textContent = choice.scores[i][1];
      const all = pack.choices.map((c) => c.scores[i]).sort(([a], [b]) => a - b);
      const [low, high] = [all[0], all[all.length - 1]];
      const dot = ([x], tag) => {
        const mark = document.createElement(tag);
        mark.style.left = `${high[0] > low[0] ? 100 * (x - low[0]) / (high[0] - low[0]) : 0}%`;
        return mark;
      };
      const ends = [low, high].map(([, text]) => Object.assign(
        document.createElement("span"), { textContent: text }));
      const dots = document.createElement("div");
      dots.append(...all.map((one) => dot(one, "i")), dot(choice.scores[i], "b"));
      strip.replaceChildren(ends[0], dots, ends[1]);
    });
  }

  form.addEventListener("change", ({ target }) => {
    if (target === slider) return;
    graph = graphs.findIndex((box) => box.checked);
    operator = operators.findIndex((box) => box.checked);
    choose();
  });
  slider.addEventListener("input", async () => {
    const pack = await open(graph), some = pack.choices.filter((c) => c.operator === operator);
    place = Number(slider.value);
    parameter = some[place].parameter;
    show(pack, some[place]);
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  graphs[graph].checked = operators[operator].checked = true;
  choose().then(() => { form.hidden = false; });
})
