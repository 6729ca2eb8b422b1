// Explain opens and closes without leaving the page; without this script its links do the same by loading it.
"use strict";
(() => {
  const app = document.querySelector(".app");
  const panel = () => document.getElementById("explain");
  const button = (figure) => document.querySelector(`[data-explain="${CSS.escape(figure)}"]`);
  let opened = new URLSearchParams(location.search).get("explain");
  let asked = 0;

  const mark = (figure) => {
    document.querySelectorAll("[data-explain]").forEach((link) => {
      const open = link.dataset.explain === figure;
      link.setAttribute("aria-expanded", String(open));
      link.closest(".tile").toggleAttribute("aria-current", open);
      if (open) link.closest(".tile").setAttribute("aria-current", "true");
    });
  };

  const show = async (address, figure) => {
    const turn = ++asked;
    let found = null;
    try {
      const answer = await fetch(address, { headers: { Accept: "text/html" } });
      if (answer.ok) found = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("explain");
    } catch { /* the server is away: the link loads the page and says so */ }
    if (turn !== asked) return;
    if (!found) { location.assign(address); return; }
    panel()?.remove();
    app.append(document.adoptNode(found));
    app.classList.add("has-panel");
    opened = figure;
    mark(figure);
    panel().querySelector("[data-close]").focus();
  };

  const hide = () => {
    asked++;
    panel()?.remove();
    app.classList.remove("has-panel");
    mark(null);
    if (opened) button(opened)?.focus();
    opened = null;
  };

  const close = () => {
    history.pushState({}, "", panel().querySelector("[data-close]").getAttribute("href"));
    hide();
  };

  addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const why = event.target.closest("[data-explain], .part");
    if (why) {
      event.preventDefault();
      const address = why.getAttribute("href");
      const figure = new URL(address, location.href).searchParams.get("explain");
      if (figure === opened && panel()) { close(); return; }
      history.pushState({}, "", address);
      show(address, figure);
    } else if (event.target.closest("[data-close]")) {
      event.preventDefault();
      close();
    } else if (event.target.closest("[data-print-page]")) {
      print();
    }
    document.querySelectorAll(".menu[open]").forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
  });
  addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = document.querySelector(".menu[open]");
    if (menu) { menu.open = false; menu.querySelector("summary").focus(); } else if (panel()) close();
  });
  addEventListener("popstate", () => {
    const figure = new URLSearchParams(location.search).get("explain");
    if (figure) show(location.href, figure); else hide();
  });
  if (panel()) panel().querySelector("[data-close]").focus();
})();
