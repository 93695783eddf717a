// Fills the figures of a report: blocks at once, curves when they come into view or onto paper.

import { drawBlocks } from "./blocks.js";
import { drawCurves } from "./curves.js";

const drawn = JSON.parse(document.getElementById("drawn").textContent);
// Width of a set's curves on paper, and their height as a share of that on a screen.
const PAPER = { "two-abreast": [340, 0.8], "three-abreast": [232, 0.55] };
const figures = [];

for (const set of drawn.sets) {
  const figure = document.querySelector(`figure[data-set="${set.set}"]`);
  const place = figure.querySelector(".curves");
  const entry = { set, place, plot: null };
  figures.push(entry);
  drawBlocks(figure.querySelector(".blocks"), set.reps, {
    onPick: (rep) => {
      draw(entry)?.showRep(rep);
      place.scrollIntoView({ block: "nearest" });
    },
  });
}

function draw(entry) {
  if (entry.plot === null && entry.set.t_s.length > 1) {
    entry.plot = drawCurves(entry.place, entry.set, {
      levelGoodDeg: drawn.level_good_deg,
      levelFaultDeg: drawn.level_fault_deg,
    });
  } else if (entry.plot === null) {
    entry.place.textContent = "No curve: the pelvis frame was not known here.";
  }
  return entry.plot;
}

const inView = new IntersectionObserver(
  (changes) => {
    for (const change of changes) {
      if (!change.isIntersecting) continue;
      draw(figures.find((entry) => entry.place === change.target));
      inView.unobserve(change.target);
    }
  },
  { rootMargin: "300px" },
);
figures.forEach((entry) => inView.observe(entry.place));

// Canvases are pictures: for paper they are drawn anew, in the colours and the width of paper.
function forPaper(isPaper) {
  const page = document.documentElement;
  page.classList.toggle("printing", isPaper);
  const paper = PAPER[page.dataset.paper];
  for (const entry of figures) {
    const plot = isPaper && paper ? draw(entry) : entry.plot;
    if (!plot || (isPaper && !paper)) continue;
    plot.showAll();
    plot.resize(...(isPaper ? paper : []));
    plot.redraw();
  }
}
window.addEventListener("beforeprint", () => forPaper(true));
window.addEventListener("afterprint", () => forPaper(false));
window
  .matchMedia("(prefers-color-scheme: dark)")
  .addEventListener("change", () => figures.forEach((entry) => entry.plot?.redraw()));
