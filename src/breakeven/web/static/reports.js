// Reports that are being made: how far they are, without loading the page anew. Without this script a link does it.
"use strict";
(() => {
  const list = document.getElementById("jobs");
  if (!list) return;
  const every = 700;

  const look = async () => {
    try {
      const answer = await fetch(list.dataset.jobs, { headers: { Accept: "text/html" } });
      if (!answer.ok) return setTimeout(look, every * 5);
      const focused = document.activeElement?.closest?.(".job")?.id;
      list.innerHTML = await answer.text();
      if (focused) document.getElementById(focused)?.querySelector("button, a")?.focus();
      if (answer.headers.get("X-Running") === "yes") return setTimeout(look, every);
      location.reload();
    } catch { setTimeout(look, every * 5); }
  };

  if (list.querySelector("progress")) setTimeout(look, every);
})();
