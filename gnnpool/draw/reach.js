(function (key, data) {
  "use strict";
  // A notebook may show the same figure twice: each run of this script takes the next one.
  const root = document.querySelector(`[data-reach="${key}"]:not([data-ready])`);
  if (!root) return;
  root.setAttribute("data-ready", "");
  const [controls, slider] = [".gnnpool-controls", "input"].map((what) => root.querySelector(what));
  const [listener, layers] = root.querySelectorAll(".gnnpool-reached b");
  const ways = [...root.querySelectorAll(".gnnpool-operator")].map((box, i) => {
    const [note, drawing] = box.querySelectorAll("output, .gnnpool-drawing");
    const all = (kind) => [...drawing.querySelectorAll(`${kind}[data-mark]`)];
    const title = box.querySelector("b").textContent;
    return { title, first: data.first[i], lines: data.lines[i], note, drawing,
      discs: all("use"), rings: all("circle"), shades: all("g") };
  });
  const last = Number(slider.max), count = data.names.length;
  const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
  let { node, depth } = data;

  function show() {
    for (const { title, first, lines, note, drawing, discs, rings, shades } of ways) {
      first[node].forEach((layer, i) => {
        const heard = layer >= 0 && layer <= depth;
        discs[i].style.fill = heard ? data.palette[layer] : "#fff";
        discs[i].style.stroke = heard ? "#222" : "#9a9a9a";
        rings[i].toggleAttribute("data-new", layer === depth);
      });
      for (const shade of shades) {
        shade.toggleAttribute("data-off", shade.dataset.mark !== `g${depth}`);
      }
      note.textContent = lines[node][depth];
      drawing.setAttribute("aria-label", `${title}: ${note.textContent}`);
    }
    listener.textContent = data.names[node];
    layers.textContent = slider.value = depth;
  }

  for (const { drawing, note } of ways) {
    drawing.tabIndex = 0;
    drawing.setAttribute("role", "application");
    note.setAttribute("aria-live", "polite");
    drawing.addEventListener("keydown", (event) => {
      const move = arrows[event.key];
      if (!move || event.altKey || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      node = (node + move[0] + count) % count;
      depth = Math.min(Math.max(depth + move[1], 0), last);
      show();
    });
    drawing.addEventListener("click", ({ target }) => {
      const hit = target.closest("[data-hit]");
      if (!hit) return;
      node = Number(hit.dataset.hit.slice(1));
      show();
    });
  }
  slider.addEventListener("input", () => {
    depth = Number(slider.value);
    show();
  });
  controls.hidden = false;
})
