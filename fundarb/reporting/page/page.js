// Draws each chart when it comes into sight, in the colours of the theme; nothing here asks the network for anything.
(() => {
  "use strict";
  const root = document.documentElement;
  const charts = JSON.parse(document.getElementById("charts").textContent);
  const canvases = [...document.querySelectorAll("[data-chart]")];
  const drawn = new Set();
  const worded = new Set(["name", "text"]);
  const coarse = matchMedia("(pointer: coarse)").matches;
  const config = { responsive: true, displayModeBar: false };

  const moment = (minutes) => new Date(minutes * 60000).toISOString().slice(0, 19).replace("T", " ");

  // A chart as plotly.js wants it: "@role" is a colour of the theme, {minutes: […]} times, {minute: …} a time, all UTC.
  const painted = (value, colours) => {
    if (typeof value === "string") return value[0] === "@" ? colours.getPropertyValue("--" + value.slice(1)).trim() : value;
    if (Array.isArray(value)) return value.map((one) => painted(one, colours));
    if (value === null || typeof value !== "object") return value;
    if (value.minutes) return value.minutes.map(moment);
    if ("minute" in value) return moment(value.minute);
    return Object.fromEntries(
      Object.entries(value).map(([key, one]) => [key, worded.has(key) ? one : painted(one, colours)]),
    );
  };

  const draw = (canvas) => {
    const spec = painted(charts[canvas.dataset.chart], getComputedStyle(root));
    spec.layout.dragmode = coarse ? false : "zoom";
    spec.layout.autosize = true;
    drawn.add(canvas);
    return Plotly.react(canvas, spec.data, spec.layout, config);
  };
  const sight = new IntersectionObserver((entries) => {
    const seen = entries.filter((entry) => entry.isIntersecting && !drawn.has(entry.target)).map((entry) => entry.target);
    seen.forEach((canvas) => sight.unobserve(canvas));
    Promise.all(seen.map(draw)).then(() => { root.dataset.ready ??= Math.round(performance.now()); });
  }, { rootMargin: "400px 0px" });
  canvases.forEach((canvas) => sight.observe(canvas));

  // In other colours: what is in sight now, the rest once it is.
  const again = () => {
    for (const canvas of [...drawn]) {
      drawn.delete(canvas);
      sight.observe(canvas);
    }
  };

  const themes = ["auto", "light", "dark"];
  const button = document.querySelector(".theme");
  const label = () => {
    const theme = root.dataset.theme ?? "auto";
    button.textContent = `theme: ${theme}`;
  };
  button.hidden = false;
  button.addEventListener("click", () => {
    const next = themes[(themes.indexOf(root.dataset.theme ?? "auto") + 1) % themes.length];
    if (next === "auto") delete root.dataset.theme;
    else root.dataset.theme = next;
    try { localStorage.setItem("fundarb-theme", next); } catch { /* a page from a file may have no storage */ }
    label();
    again();
  });
  label();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);

  // On paper everything is there: folds opened, every chart drawn, in light colours and as wide as the sheet.
  const opened = [];
  let before;
  const toPaper = () => {
    before = root.dataset.theme;
    root.dataset.theme = "light";
    root.classList.add("paper");
    opened.push(...document.querySelectorAll("details:not([open])"));
    opened.forEach((one) => { one.open = true; });
    canvases.forEach(draw);
  };
  const toScreen = () => {
    if (before === undefined) delete root.dataset.theme;
    else root.dataset.theme = before;
    root.classList.remove("paper");
    opened.splice(0).forEach((one) => { one.open = false; });
    again();
  };
  addEventListener("beforeprint", toPaper);
  addEventListener("afterprint", toScreen);
})();
