(function (key, movie) {
  "use strict";
  // A notebook may show the same movie twice: each run of this script takes the next one.
  const root = document.querySelector(`[data-movie="${key}"]:not([data-ready])`);
  if (!root) return;
  root.setAttribute("data-ready", "");
  const [controls, button, slider, caption] = [".gnnpool-controls", "button", "input", "output"]
    .map((selector) => root.querySelector(selector));
  const elements = root.querySelector("svg").querySelectorAll("*");
  const last = movie.captions.length - 1;
  let now = Number(slider.value), timer = null;

  // A track: element, attribute, then a value a frame. Places are in tenths, the first one whole,
  // each other one as its difference from the one before; the rest are numbers of texts.
  const tracks = movie.tracks.map(([element, attribute, ...values]) => {
    let sum = 0;
    const read = movie.places.includes(attribute)
      ? (value) => String((sum += value) / 10)
      : (value) => movie.texts[value];
    return { element: elements[element], attribute, values: values.map(read) };
  });

  function show(frame) {
    for (const { element, attribute, values } of tracks) {
      if (values[frame] === values[now]) continue;
      if (values[frame] === undefined) element.removeAttribute(attribute);
      else element.setAttribute(attribute, values[frame]);
    }
    now = frame;
    slider.value = frame;
    slider.setAttribute("aria-valuetext", movie.captions[frame]);
    caption.textContent = movie.captions[frame];
  }

  function play(on) {
    clearInterval(timer);
    timer = on ? setInterval(step, movie.seconds * 1000) : null;
    button.textContent = on ? "Pause" : "Play";
    caption.setAttribute("aria-live", on ? "off" : "polite");
  }

  function step() {
    if (now < last) show(now + 1);
    if (now === last) play(false);
  }

  button.addEventListener("click", () => {
    if (timer === null && now === last) show(0);
    play(timer === null);
  });
  slider.addEventListener("input", () => {
    play(false);
    show(Number(slider.value));
  });
  controls.hidden = last === 0;
})
