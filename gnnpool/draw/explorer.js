(function (key, data) {
  "use strict";
  // A notebook may show the same figure twice: each run of this script takes the next one.
  const root = document.querySelector(`[data-explorer="${key}"]:not([data-ready])`);
  if (!root) return;
  root.setAttribute("data-ready", "");
  const [form, plot, svg, note] = ["form", ".gnnpool-plot", ".gnnpool-plot > svg", "output"].map(
    (what) => root.querySelector(what));
  const all = (what, where = svg) => [...where.querySelectorAll(what)];
  const boxes = all("fieldset", form).map((set) => all("input", set));
  const groups = all("[data-axes]");
  const points = all("svg").map((element, i) => {
    const [title, , name] = element.children;
    title.remove(); // the line below the drawing says it
    const [x, y] = ["x", "y"].map((n) => parseFloat(element.getAttribute(n)) / 100);
    return { element, name, x, y, line: title.textContent, values: data.values[i] };
  });
  const arrows = { ArrowLeft: ["x", -1], ArrowRight: ["x", 1],
    ArrowUp: ["y", -1], ArrowDown: ["y", 1] };
  const anchors = { 0: "start", 0.5: "middle", 1: "end" };
  let shown = [], plain = "", now = null, kept = false;

  function show(point) {
    if (now) now.element.removeAttribute("data-picked");
    if (point) point.element.setAttribute("data-picked", "");
    now = point;
    const line = point ? point.line : plain;
    if (note.textContent !== line) note.textContent = line; // said once, however the mouse moves
  }

  function filter() {
    const on = boxes.map((set) => set.map((box) => box.checked));
    const fits = (some) => some.every((value, i) => value === null || on[i][value]);
    groups.forEach((group, i) => group.toggleAttribute("data-off", !fits(data.axes[i])));
    for (const point of points) point.element.toggleAttribute("data-off", !fits(point.values));
    shown = points.filter((point) => fits(point.values));
    const count = all("[data-axes]:not([data-off]) svg").length;
    plain = `${shown.length} of ${count} points`;
    show(kept = null);
    arrange();
  }

  // Each name on the first side where it covers nothing; a name without such a side is hidden.
  function arrange() {
    const { width, height } = svg.getBoundingClientRect();
    const at = (point) => [point.x * width, point.y * height];
    const taken = shown.map(at).map(([x, y]) => [x - 7, y - 7, x + 7, y + 7]);
    const free = ([left, top, right, bottom]) => left > -30 && top > -11 && right < width
      && bottom < height
      && !taken.some(([x, y, r, b]) => left < r && x < right && top < b && y < bottom);
    for (const point of shown) {
      const [x, y] = at(point), long = point.name.getComputedTextLength();
      const place = ([dx, dy, share]) => {
        const left = x + dx - long * share;
        return [left, y + dy - 11, left + long, y + dy + 4];
      };
      const side = data.sides.find((some) => free(place(some)));
      point.name.toggleAttribute("data-off", !side);
      const [dx, dy, share] = side || data.sides[Number(point.x > 0.5)];
      const wanted = { x: dx, y: dy, "text-anchor": anchors[share] };
      for (const [name, value] of Object.entries(wanted)) point.name.setAttribute(name, value);
      if (side) taken.push(place(side));
    }
  }

  // The point under the finger or mouse: the one whose name it is, or the nearest one at hand.
  function found(event) {
    const inside = points.find(({ element }) => element.contains(event.target));
    if (inside) return inside;
    const box = svg.getBoundingClientRect(), { clientX: x, clientY: y } = event;
    const far = (p) => Math.hypot(box.x + p.x * box.width - x, box.y + p.y * box.height - y);
    const near = shown.filter((point) => far(point) < 24);
    return near.sort((a, b) => far(a) - far(b))[0] || null;
  }

  function step([axis, way]) {
    const order = [...shown].sort((a, b) => a[axis] - b[axis]), count = order.length;
    return now ? order[(order.indexOf(now) + way + count) % count] : order[0] || null;
  }

  plot.tabIndex = 0;
  plot.setAttribute("role", "application");
  plot.addEventListener("keydown", (event) => {
    const move = arrows[event.key];
    if (event.key === "Escape") show(kept = null);
    if (!move || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    show(step(move));
  });
  const leave = () => kept || show(null);
  plot.addEventListener("focusout", leave);
  plot.addEventListener("pointerleave", leave);
  plot.addEventListener("pointermove", (event) => {
    if (event.pointerType !== "touch" && !kept) show(found(event));
  });
  plot.addEventListener("click", (event) => {
    const point = found(event);
    kept = point && !(kept && point === now);
    show(kept ? point : null);
  });
  form.addEventListener("change", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  filter();
  new ResizeObserver(arrange).observe(plot);
})
