// What every page does without being loaded anew: explanations, menus, sorting, search. Its links and forms do the same
// without this script.
"use strict";
(() => {
  const app = document.querySelector(".app");
  const panel = () => document.getElementById("explain");
  const figureOf = (address) => new URL(address, location.href).searchParams.get("explain");
  let opened = figureOf(location.href), from = null, asked = 0;

  const mark = (figure) => {
    document.querySelectorAll("[data-explain]").forEach((link) => {
      const open = link.dataset.explain === figure;
      if (link.hasAttribute("aria-expanded")) link.setAttribute("aria-expanded", String(open));
      const tile = link.closest(".tile");
      if (!tile) return;
      if (open) tile.setAttribute("aria-current", "true"); else tile.removeAttribute("aria-current");
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
    const back = from?.isConnected ? from : opened && document.querySelector(`[data-explain="${CSS.escape(opened)}"]`);
    back?.focus();
    opened = from = null;
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
      const address = why.getAttribute("href"), figure = figureOf(address);
      if (figure === opened && panel()) { close(); return; }
      history.pushState({}, "", address);
      from = why;
      show(address, figure);
    } else if (event.target.closest("[data-close]")) {
      event.preventDefault();
      close();
    } else if (event.target.closest("[data-copy]")) {
      const button = event.target.closest("[data-copy]"), source = document.getElementById(button.dataset.copy);
      const word = button.textContent;
      navigator.clipboard?.writeText(source.value ?? source.textContent).then(() => {
        button.textContent = "Copied";
        setTimeout(() => { button.textContent = word; }, 1500);
      });
    } else if (event.target.closest("[data-print-page]")) {
      print();
    }
    document.querySelectorAll(".menu[open]").forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
  });
  addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      const menu = document.querySelector(".menu[open]");
      if (menu) { menu.open = false; menu.querySelector("summary").focus(); } else if (panel()) close();
    }
  });
  addEventListener("popstate", () => {
    const figure = figureOf(location.href);
    if (figure) show(location.href, figure); else if (panel()) hide(); else location.reload();
  });
  if (panel()) panel().querySelector("[data-close]").focus();

  // Tables: a click on a head sorts by it. What the reader chose is kept when fresh rows come.
  const chosen = new Map();
  const key = (cell) => {
    const given = cell?.dataset.order ?? cell?.textContent.trim() ?? "";
    const number = Number(given);
    return given === "" ? null : Number.isNaN(number) ? given.toLowerCase() : number;
  };
  const arrange = (table, column, direction) => {
    const body = table.tBodies[0];
    const rows = [...body.rows].filter((row) => !row.className);
    if (rows.length !== body.rows.length) return;
    const sign = direction === "ascending" ? 1 : -1;
    rows.sort((a, b) => {
      const x = key(a.cells[column]), y = key(b.cells[column]);
      if (x === null || y === null) return (x === null) - (y === null);
      return sign * (typeof x === "number" && typeof y === "number" ? x - y : String(x).localeCompare(String(y)));
    });
    body.append(...rows);
    table.querySelectorAll("th[aria-sort]").forEach((head) => head.removeAttribute("aria-sort"));
    table.tHead.rows[0].cells[column].setAttribute("aria-sort", direction);
  };
  const ready = (root) => {
    root.querySelectorAll("th[data-sort]:not([data-ready])").forEach((head) => {
      head.dataset.ready = "";
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const table = head.closest("table");
        const first = head.classList.contains("n") ? "descending" : "ascending";
        const other = first === "ascending" ? "descending" : "ascending";
        const direction = head.getAttribute("aria-sort") === first ? other : first;
        chosen.set(table.closest("[id^=panel-]")?.id, [Number(head.dataset.sort), direction]);
        arrange(table, Number(head.dataset.sort), direction);
      });
    });
  };
  ready(document);
  addEventListener("breakeven:changed", (event) => {
    ready(event.target);
    const choice = chosen.get(event.target.closest?.("[id^=panel-]:not([id$=-body])")?.id);
    const table = event.target.querySelector("table");
    if (choice && table) arrange(table, ...choice);
  });

  // Search: / goes to the box, what is found stands below it while one types.
  const box = document.querySelector("[data-search]");
  if (!box) return;
  let turn = 0, list = null;
  const forget = () => { list?.remove(); list = null; turn++; };
  const look = async () => {
    const now = ++turn, text = box.value.trim();
    if (!text) { forget(); return; }
    const address = new URL("/search", location.href);
    address.search = new URLSearchParams([...new URLSearchParams(location.search)].filter(([name]) => name !== "explain" && name !== "q"));
    address.searchParams.set("q", text);
    let found;
    try { found = await (await fetch(address, { headers: { Accept: "application/json" } })).json(); } catch { return; }
    if (now !== turn) return;
    list?.remove();
    list = document.createElement("div");
    list.className = "found";
    for (const item of found.items) {
      const link = document.createElement("a");
      link.href = item.href;
      const name = document.createElement("span"), what = document.createElement("small");
      name.textContent = item.label;
      what.textContent = item.kind;
      link.append(name, what);
      list.append(link);
    }
    if (!found.items.length) {
      const none = document.createElement("p");
      none.textContent = `Nothing is called ${text}`;
      list.append(none);
    }
    box.parentElement.append(list);
  };
  let timer;
  box.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(look, 120); });
  box.form.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { forget(); box.blur(); return; }
    if (!list || (event.key !== "ArrowDown" && event.key !== "ArrowUp")) return;
    event.preventDefault();
    const links = [box, ...list.querySelectorAll("a")];
    const place = links.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1);
    links[(place + links.length) % links.length].focus();
  });
  box.form.addEventListener("focusout", (event) => { if (!box.form.contains(event.relatedTarget)) setTimeout(forget, 150); });
  addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.metaKey || event.ctrlKey || event.altKey || event.target.closest("input, textarea, select, [contenteditable]")) return;
    event.preventDefault();
    box.focus();
    box.select();
  });
})();
