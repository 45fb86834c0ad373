// The theme that was chosen, and whether what is seen is of now. Everything else is htmx.
(() => {
  "use strict";
  const root = document.documentElement;
  const button = document.querySelector(".theme");
  const themes = ["auto", "light", "dark"];
  const label = () => { button.textContent = `theme: ${root.dataset.theme ?? "auto"}`; };
  button.hidden = false;
  label();
  button.addEventListener("click", () => {
    const next = themes[(themes.indexOf(root.dataset.theme ?? "auto") + 1) % themes.length];
    if (next === "auto") delete root.dataset.theme;
    else root.dataset.theme = next;
    try { localStorage.setItem("fundarb-theme", next); } catch { /* without storage it holds for this page */ }
    label();
  });

  const wire = document.getElementById("wire");
  if (!wire) return;
  const say = (words, state) => { wire.textContent = words; wire.dataset.state = state; };
  document.body.addEventListener("htmx:wsOpen", () => say("live", "on"));
  document.body.addEventListener("htmx:wsClose", () => say("not live: trying again", "off"));
})();
