/* Text search and sorting for tables that are whole without it. */
"use strict";
(() => {
  const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  for (const tools of document.querySelectorAll("[data-tools]")) {
    const table = document.getElementById(tools.dataset.tools);
    const body = table.tBodies[0];
    const rows = [...body.rows];
    const texts = rows.map((row) => fold(`${row.textContent} ${row.dataset.find ?? ""}`));
    const input = tools.querySelector("input");
    const output = tools.querySelector("output");
    const none = tools.parentElement.querySelector("[data-none]");
    const count = () => {
      const seen = rows.filter((row) => row.offsetParent !== null).length;
      output.textContent = output.dataset.of.replace("{n}", String(seen));
      if (none) none.textContent = seen ? "" : none.dataset.none;
    };
    input.addEventListener("input", () => {
      const words = fold(input.value).split(/\s+/).filter(Boolean);
      rows.forEach((row, at) => { row.hidden = !words.every((word) => texts[at].includes(word)); });
      count();
    });
    for (const box of document.querySelectorAll(".filters input")) box.addEventListener("change", count);
    tools.hidden = false;
    count();

    const value = (row, at) => {
      const cell = row.cells[at];
      return cell.dataset.v ?? cell.textContent.trim();
    };
    [...table.tHead.rows[0].cells].forEach((head, at) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "sort";
      button.append(...head.childNodes);
      button.title = table.dataset.sort;
      head.append(button);
      button.addEventListener("click", () => {
        const down = head.getAttribute("aria-sort") === "ascending";
        for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        const number = head.classList.contains("n");
        const order = [...rows].sort((a, b) => {
          const [left, right] = [value(a, at), value(b, at)];
          if (number) return (Number.parseFloat(left) || 0) - (Number.parseFloat(right) || 0);
          if (!left || !right) return left ? -1 : right ? 1 : 0;
          return left.localeCompare(right, document.documentElement.lang);
        });
        body.append(...(down ? order.reverse() : order));
      });
    });
  }
})();
