(function (key, facts) {
  "use strict";
  // A notebook may show the same figure twice: each run of this script takes the next one.
  const root = document.querySelector(`[data-linked="${key}"]:not([data-ready])`);
  if (!root) return;
  root.setAttribute("data-ready", "");
  const cards = [...root.querySelectorAll(".gnnpool-operator")].map((box, i) => {
    const [note, drawing] = box.querySelectorAll("output, .gnnpool-drawing");
    const marks = drawing.querySelectorAll("[data-mark]");
    return { ...facts[i], note, drawing, marks, plain: note.textContent };
  });
  const arrows = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
  let now = {}, kept = false; // the card and mark that are picked, and whether they stay

  const parse = (mark) => [mark[0], ...mark.slice(1).split(",").map(Number)];

  // How strongly each kind of mark in a card belongs to the node, supernode or entry picked.
  function lights(card) {
    const [what, p, q = p] = parse(now.mark), { share, there } = now.card, { max } = Math;
    const is = (x, y) => Number(x === p && y === q);
    const node = what === "n" ? (i) => is(i, p) : (i) => max(share[i][p], share[i][q]);
    const group = what === "n" ? (k) => card.share[p][k] : (k) => max(is(k, q), is(p, k));
    const cross = (x, y) => max(group(x), group(y));
    const joint = (i, j) => max(share[i][p] * share[j][q], share[i][q] * share[j][p]);
    const all = { n: node, r: node, e: () => 0, k: group, h: group, a: cross, l: cross };
    if (what === "n") return all;
    const e = what === "k" || there[p][q] ? joint : all.e;
    if (card !== now.card) return { n: node, r: node, e };
    if (what === "k") return { ...all, r: null, c: group, e };
    return { ...all, r: null, c: group, e, a: is, l: (x, y) => max(is(x, y), is(y, x)) };
  }

  function show(picked) {
    now = picked || {};
    for (const card of cards) {
      const own = now.card === card, told = own || (picked && now.mark[0] === "n");
      const light = picked ? lights(card) : {};
      for (const element of card.marks) {
        const { mark } = element.dataset, [kind, ...at] = parse(mark);
        if (light[kind]) element.style.setProperty("--m", light[kind](...at).toFixed(2));
        else element.removeAttribute("style");
        element.toggleAttribute("data-picked", told && mark.replace("r", "n") === now.mark);
      }
      card.note.setAttribute("aria-live", own ? "polite" : "off");
      card.note.textContent = told ? card.lines[now.mark] : card.plain;
    }
  }

  // Pointing at a row of S picks its node, at a column or a head its supernode.
  function found({ target }) {
    const element = target.closest("[data-hit], [data-mark]");
    if (!element) return null;
    const card = cards.find(({ drawing }) => drawing.contains(element));
    const mark = element.dataset.hit || element.dataset.mark;
    return { card, mark: mark.replace("r", "n").replace(/[ch]/, "k") };
  }

  // Left and right within nodes, supernodes or entries, up and down between them.
  function step(card, [down, right]) {
    const rows = [..."nka"].map((kind) => Object.keys(card.lines).filter((m) => m[0] === kind))
      .filter((row) => row.length);
    const at = now.card === card ? rows.findIndex((row) => row.includes(now.mark)) : -1;
    if (at < 0) return rows[0][0];
    const row = rows[(at + down + rows.length) % rows.length];
    return down ? row[0] : row[(row.indexOf(now.mark) + right + row.length) % row.length];
  }

  for (const card of cards) {
    card.drawing.tabIndex = 0;
    card.drawing.setAttribute("role", "application");
    card.drawing.addEventListener("keydown", (event) => {
      const move = arrows[event.key];
      if (event.key === "Escape") show(kept = null);
      if (!move || event.altKey || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      show({ card, mark: step(card, move) });
    });
  }
  const leave = () => kept || show(null);
  root.addEventListener("focusout", leave);
  root.addEventListener("pointerleave", leave);
  root.addEventListener("pointerover", (event) => {
    if (event.pointerType !== "touch" && !kept) show(found(event));
  });
  root.addEventListener("click", (event) => {
    const picked = found(event);
    kept = picked && !(kept && picked.card === now.card && picked.mark === now.mark);
    show(kept ? picked : null);
  });
})
