/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* Tables are sorted by a click on a column's name: up, down, as written. The
   page says the same without this. */
"use strict";
(function () {
  /* Numbers by value, nan last; texts by character. */
  function compare(a, b) {
    var x = Number(a.replace("inf", "Infinity"));
    var y = Number(b.replace("inf", "Infinity"));
    if (a !== "" && b !== "" && !isNaN(x) && !isNaN(y)) return x - y;
    if (!isNaN(x) !== !isNaN(y)) return isNaN(x) ? 1 : -1;
    return a < b ? -1 : a > b ? 1 : 0;
  }

  function sort(table, column, direction) {
    var body = table.tBodies[0];
    var rows = Array.from(body.rows);
    rows.forEach(function (row, i) {
      if (!row.dataset.place) row.dataset.place = i;
    });
    rows.sort(function (a, b) {
      var order = direction && direction * compare(
        a.cells[column].textContent, b.cells[column].textContent);
      return order || a.dataset.place - b.dataset.place;
    });
    body.append.apply(body, rows);
  }

  function prepare(table) {
    var heads = Array.from(table.tHead.rows[0].cells);
    heads.forEach(function (head, column) {
      var button = document.createElement("button");
      button.type = "button";
      button.append.apply(button, Array.from(head.childNodes));
      head.append(button);
      button.addEventListener("click", function () {
        var was = head.getAttribute("aria-sort");
        var now = was === "ascending" ? "descending"
          : was === "descending" ? "none" : "ascending";
        heads.forEach(function (h) { h.removeAttribute("aria-sort"); });
        if (now !== "none") head.setAttribute("aria-sort", now);
        sort(table, column, { ascending: 1, descending: -1, none: 0 }[now]);
      });
    });
  }

  document.querySelectorAll("table.sortable").forEach(prepare);
})();
