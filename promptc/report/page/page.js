(function () {
  "use strict";
  var root = document.documentElement;
  root.classList.add("js");

  function kept(name, value) {
    // A page opened from a file may have no storage.
    try {
      if (value === undefined) return localStorage.getItem(name) || "";
      localStorage.setItem(name, value);
    } catch (error) { /* The choice then lasts as long as the page. */ }
    return "";
  }

  function paint(theme) {
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
    else delete root.dataset.theme;
  }
  paint(kept("promptc-theme"));

  function all(selector, from) {
    return Array.prototype.slice.call((from || document).querySelectorAll(selector));
  }

  function themes() {
    var box = document.querySelector(".theme");
    box.hidden = false;
    all("input", box).forEach(function (input) {
      input.checked = input.value === kept("promptc-theme");
      input.addEventListener("change", function () {
        paint(input.value);
        kept("promptc-theme", input.value);
      });
    });
  }

  // The table: sorted by a column, filtered by name.

  function valued(row, at) {
    var cell = row.cells[at];
    return at ? parseFloat(cell.dataset.v) : cell.textContent;
  }

  function sort(table, at, direction) {
    var body = table.tBodies[0];
    var rows = all("tr", body).map(function (row, number) {
      return { row: row, value: valued(row, at), number: number };
    });
    rows.sort(function (one, two) {
      var order = at ? one.value - two.value : one.value.localeCompare(two.value);
      return direction * order || one.number - two.number;
    });
    rows.forEach(function (each) { body.appendChild(each.row); });
  }

  function sorting(table) {
    all("thead th", table).forEach(function (heading, at, headings) {
      var button = heading.querySelector("button");
      button.disabled = false;
      button.addEventListener("click", function () {
        var now = heading.getAttribute("aria-sort");
        var up = now === "none" ? !at : now === "descending";
        headings.forEach(function (each) { each.setAttribute("aria-sort", "none"); });
        heading.setAttribute("aria-sort", up ? "ascending" : "descending");
        sort(table, at, up ? 1 : -1);
      });
    });
  }

  function filtering(table) {
    var input = document.getElementById("filter");
    var count = document.getElementById("count");
    input.parentNode.hidden = false;
    input.addEventListener("input", function () {
      var wanted = input.value.trim().toLowerCase();
      var rows = all("tbody tr", table);
      var found = rows.filter(function (row) {
        row.hidden = row.cells[0].textContent.toLowerCase().indexOf(wanted) < 0;
        return !row.hidden;
      });
      count.textContent = wanted ? found.length + " of " + rows.length : "";
    });
  }

  // One template at a time, by the address after the sign #.

  function show(first) {
    var target = document.getElementById(decodeURIComponent(location.hash.slice(1)) || "overview");
    var detail = target && target.closest(".detail");
    var was = document.querySelector(".detail.open");
    hide();
    if (was) was.classList.remove("open");
    root.classList.toggle("one", Boolean(detail));
    if (detail) detail.classList.add("open");
    if (detail && target !== detail) {
      var folded = target.closest("details");
      if (folded) folded.open = true;
      target.focus({ preventScroll: true });
      target.scrollIntoView({ block: "center" });
    } else if (detail) {
      detail.querySelector("h2").focus({ preventScroll: true });
      scrollTo(0, 0);
    } else if (!first && was) {
      var back = document.querySelector('#table a[href="#' + was.id + '"]');
      if (back) {
        back.focus({ preventScroll: true });
        back.scrollIntoView({ block: "center" });
      }
    }
  }

  // What a mark stands for, beside it.

  var shown = null;

  function hide() {
    var tip = document.getElementById("tip");
    if (tip) tip.hidden = true;
    shown = null;
  }

  function explain(mark) {
    if (shown === mark) return;
    var tip = document.getElementById("tip");
    var anchor = mark.getAttribute("href").slice(1).replace(/-c\d+$/, "");
    tip.textContent = "";
    mark.dataset.changes.split(" ").forEach(function (number) {
      var entry = document.getElementById(anchor + "-c" + number);
      if (!entry) return;
      var one = document.createElement("div");
      one.className = "one";
      all(":scope > *", entry).forEach(function (part) { one.appendChild(part.cloneNode(true)); });
      tip.appendChild(one);
    });
    tip.hidden = false;
    shown = mark;
    place(tip, mark);
  }

  function place(tip, mark) {
    var lines = mark.getClientRects();
    var line = lines[lines.length - 1];
    var most = root.clientWidth - tip.offsetWidth - 8;
    var below = line.bottom + 6;
    var top = below + tip.offsetHeight > innerHeight ? lines[0].top - tip.offsetHeight - 6 : below;
    tip.style.left = scrollX + Math.max(8, Math.min(line.left, most)) + "px";
    tip.style.top = scrollY + Math.max(8 - scrollY, top) + "px";
  }

  function step(mark, way) {
    var marks = all("a.mark", mark.closest(".text"));
    var next = marks[marks.indexOf(mark) + way];
    if (next) next.focus();
  }

  function explaining() {
    var leaving;
    function near(event) {
      return event.target.closest && event.target.closest("a.mark, #tip");
    }
    // Not mouseover, which comes too when the page moves under a mouse at rest.
    document.addEventListener("mousemove", function (event) {
      var found = near(event);
      clearTimeout(leaving);
      if (found && found.id !== "tip") explain(found);
      else if (!found && shown && document.activeElement !== shown) leaving = setTimeout(hide, 200);
    });
    document.addEventListener("focusin", function (event) {
      var found = near(event);
      if (found && found.id !== "tip") explain(found);
      else if (!found) hide();
    });
    document.addEventListener("click", function (event) {
      var found = near(event);
      // A finger or a mouse shows what the mark stands for; the Enter key goes to the list.
      if (found && found.id !== "tip" && event.detail) {
        event.preventDefault();
        found.focus();
        explain(found);
      }
      else if (!found) hide();
    });
    document.addEventListener("keydown", function (event) {
      var mark = document.activeElement;
      if (event.key === "Escape") hide();
      else if (mark && mark.matches("a.mark") && /^Arrow(Left|Right)$/.test(event.key)) {
        event.preventDefault();
        step(mark, event.key === "ArrowRight" ? 1 : -1);
      }
    });
  }

  document.addEventListener("DOMContentLoaded", function () {
    var table = document.getElementById("table");
    themes();
    explaining();
    if (table) {
      sorting(table);
      filtering(table);
    }
    addEventListener("hashchange", function () { show(false); });
    show(true);
  });
})();
