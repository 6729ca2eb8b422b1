// Theme choice: system, light, dark. Loaded in <head>, before the stylesheets, so that the page never flashes.
"use strict";
(() => {
  const root = document.documentElement;
  const order = ["system", "light", "dark"];
  const read = () => { try { return localStorage.getItem("theme"); } catch { return null; } };
  const keep = (value) => { try { localStorage.setItem("theme", value); } catch { /* private window: not kept */ } };
  const apply = (value) => (value === "system" ? root.removeAttribute("data-theme") : root.setAttribute("data-theme", value));
  const name = () => document.querySelectorAll("[data-theme-toggle]").forEach((button) => {
    button.setAttribute("aria-label", `Theme: ${theme}`);
    button.title = `Theme: ${theme}`;
  });
  let theme = order.includes(read()) ? read() : "system";
  root.classList.add("js");
  apply(theme);
  addEventListener("DOMContentLoaded", name);
  addEventListener("click", (event) => {
    if (!event.target.closest("[data-theme-toggle]")) return;
    theme = order[(order.indexOf(theme) + 1) % order.length];
    keep(theme);
    apply(theme);
    name();
  });
})();
