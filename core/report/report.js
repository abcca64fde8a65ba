/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* Tables are sorted by a click on a column's name: up, down, as written. The
   page says the same without this. */
"use strict";
(function () {
  /* Numbers by value; texts by character; nan last, up and down. */
  function compare(a, b, direction) {
    var x = Number(a.replace("inf", "Infinity"));
    var y = Number(b.replace("inf", "Infinity"));
    if ((a === "nan") !== (b === "nan")) return a === "nan" ? 1 : -1;
    if (a !== "" && b !== "" && !isNaN(x) && !isNaN(y)) {
      return direction * (x < y ? -1 : x > y ? 1 : 0);
    }
    if (!isNaN(x) !== !isNaN(y)) return isNaN(x) ? direction : -direction;
    return direction * (a < b ? -1 : a > b ? 1 : 0);
  }

  /* A row may be shorter than the first, where a file is damaged. */
  function text(row, column) {
    var cell = row.cells[column];
    return cell ? cell.textContent : "";
  }

  function sort(table, column, direction) {
    var body = table.tBodies[0];
    var rows = Array.from(body.rows);
    rows.forEach(function (row, i) {
      if (!row.dataset.place) row.dataset.place = i;
    });
    rows.sort(function (a, b) {
      var order = direction &&
        compare(text(a, column), text(b, column), direction);
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
