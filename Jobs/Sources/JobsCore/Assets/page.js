"use strict";
// The page is whole without this. With it the timeline can be magnified, and a page that is served follows what
// happens.
(() => {
  const WIDTH = 1000000;
  // What part of the timeline is shown: two times, in milliseconds; null is all of it.
  let view = null;

  const box = () => document.querySelector(".timeline");
  const whole = () => ({from: +box().dataset.from, to: +box().dataset.to});

  // MARK: Timeline

  const steps = [
    1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800, 2592000,
    31536000,
  ];

  function ticks(from, to) {
    const offset = +box().dataset.offset * 1000;
    const step = 1000 * (steps.find(s => (to - from) / s / 1000 <= 8) || (to - from) / 8000);
    const list = [];
    for (let t = Math.ceil((from + offset) / step) * step; t < to + offset; t += step) {
      const words = new Date(t).toUTCString();  // "Sun, 28 Mar 2027 03:00:00 GMT"
      const isDay = t % 86400000 === 0;
      const label = isDay ? words.slice(5, 11).replace(/^0/, "") : words.slice(17, step < 60000 ? 25 : 22);
      list.push({at: t - offset, label});
    }
    return list;
  }

  function draw() {
    if (!box()) return;
    const all = whole(), {from, to} = view || all;
    const x = t => (t - all.from) / (all.to - all.from) * WIDTH;
    const list = ticks(from, to);
    const axis = box().querySelector(".axis svg");
    axis.replaceChildren(...list.map(tick => {
      const text = document.createElementNS("http://www.w3.org/2000/svg", "text");
      const share = (tick.at - from) / (to - from);
      if (share > 0.94) return "";
      text.setAttribute("x", 100 * share + "%");
      text.setAttribute("y", 13);
      text.textContent = tick.label;
      return text;
    }).filter(Boolean));
    for (const svg of box().querySelectorAll(".bars")) {
      const height = svg.getAttribute("height");
      svg.setAttribute("viewBox", `${x(from)} 0 ${x(to) - x(from)} ${height}`);
      svg.querySelector(".grid").setAttribute("d", list.map(tick => `M${x(tick.at)} 0V${height}`).join(""));
    }
  }

  function show(from, to) {
    const all = whole(), length = Math.min(all.to - all.from, Math.max(20, to - from));
    from = Math.min(Math.max(all.from, from), all.to - length);
    view = length >= all.to - all.from ? null : {from, to: from + length};
    draw();
  }

  // `at` is the share of the width that stays where it is.
  function zoom(factor, at = 0.5) {
    const {from, to} = view || whole(), length = (to - from) * factor, middle = from + (to - from) * at;
    show(middle - length * at, middle + length * (1 - at));
  }

  function move(share) {
    const {from, to} = view || whole();
    show(from + (to - from) * share, to + (to - from) * share);
  }

  function prepare() {
    if (!box()) return;
    const bar = document.createElement("div");
    bar.className = "bar";
    for (const [label, title, action] of [
      ["+", "Closer", () => zoom(0.5)], ["−", "Wider", () => zoom(2)], ["‹", "Earlier", () => move(-0.5)],
      ["›", "Later", () => move(0.5)], ["All", "All of it", () => { view = null; draw(); }],
    ]) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = label;
      button.title = title;
      button.onclick = action;
      bar.append(button);
    }
    box().before(bar);
    const part = event => {
      const place = box().querySelector(".axis svg").getBoundingClientRect();
      return {at: Math.min(1, Math.max(0, (event.clientX - place.left) / place.width)), width: place.width};
    };
    box().addEventListener("wheel", event => {
      if (!event.ctrlKey) return;
      event.preventDefault();
      zoom(event.deltaY > 0 ? 1.25 : 0.8, part(event).at);
    }, {passive: false});
    let last = null, moved = 0;
    box().addEventListener("pointerdown", event => {
      if (event.button !== 0 || !event.target.closest(".bars")) return;
      last = event.clientX;
      moved = 0;
    });
    addEventListener("pointermove", event => {
      if (last === null || !view) return;
      const distance = event.clientX - last;
      moved += Math.abs(distance);
      last = event.clientX;
      if (moved > 3) move(-distance / part(event).width);
    });
    addEventListener("pointerup", () => { last = null; });
    // What was a drag is no click on a run.
    box().addEventListener("click", event => { if (moved > 3) event.preventDefault(); moved = 0; }, true);
    box().addEventListener("dragstart", event => event.preventDefault());
  }

  // MARK: What happens meanwhile

  let tag = null;

  // Nothing moves away from under a hand, or from a mark of text.
  function isInUse(main) {
    return main.contains(document.activeElement) || !getSelection().isCollapsed ||
      main.querySelector("form:hover, rect:hover");
  }

  async function follow() {
    try {
      const answer = await fetch(location.href, {headers: tag ? {"If-None-Match": tag} : {}, cache: "no-store"});
      if (answer.status === 200) {
        tag = answer.headers.get("ETag");
        const next = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("main");
        const main = document.querySelector("main");
        const button = [...main.querySelectorAll(".bar button")].indexOf(document.activeElement);
        if (next && (button >= 0 || !isInUse(main))) {
          const tops = [".timeline", ".output"].map(name => main.querySelector(name)?.scrollTop);
          const lefts = [...main.querySelectorAll(".table")].map(table => table.scrollLeft);
          main.replaceWith(next);
          prepare();
          if (view) show(view.from, view.to); else draw();
          next.querySelectorAll(".bar button")[button]?.focus({preventScroll: true});
          [".timeline", ".output"].forEach((name, n) => {
            const part = next.querySelector(name);
            if (part && tops[n]) part.scrollTop = tops[n];
          });
          next.querySelectorAll(".table").forEach((table, n) => { table.scrollLeft = lefts[n] || 0; });
        }
      }
    } catch {
      // The runner may have ended. What is there stays, until it answers again.
    }
    setTimeout(follow, document.hidden ? 15000 : 2000);
  }

  prepare();
  draw();
  if (document.querySelector("main[data-live]")) setTimeout(follow, 2000);
})();
