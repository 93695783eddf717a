// The reps of a set as blocks: shape, colour and words say the same thing three times.
// `reps` as `set_data` in tracker/page makes them. Text goes in as text, never as markup.

const SVG = "http://www.w3.org/2000/svg";

// One shape a verdict, in a box of 20 by 20; readable without colour, from two metres.
const SHAPES = {
  good: ["M10 1a9 9 0 1 0 0 18a9 9 0 1 0 0-18z", "M5.5 10.5l3.2 3.2l6-7"],
  caution: ["M10 1.5l9 16.5h-18z", "M10 7v5.5M10 14.6v1.6"],
  fault: ["M2 2h16v16h-16z", "M6 6l8 8M14 6l-8 8"],
  unsure: ["M10 0.8l9.2 9.2l-9.2 9.2l-9.2-9.2z", "M7.6 8a2.4 2.4 0 1 1 2.9 2.3l-.5 2M10 14v1.2"],
  partial: ["M1 10h18a9 9 0 0 1-18 0z", ""],
  struck: ["M10 1a9 9 0 1 0 0 18a9 9 0 1 0 0-18z", "M4 16l12-12"],
  none: ["M10 1a9 9 0 1 0 0 18a9 9 0 1 0 0-18z", ""],
};

const NAMES = {
  good: "good",
  caution: "nearly good",
  fault: "fault",
  unsure: "not sure",
  partial: "partial, not counted",
  struck: "struck, not counted",
  none: "counted, not judged",
};

/** What a block looks like: good, caution, fault, unsure, partial, struck or none. */
export function kindOf(rep) {
  if (rep.struck) return "struck";
  if (rep.status === "partial") return "partial";
  return rep.verdict || "none";
}

/** The shape of a verdict as an SVG element. */
export function shapeOf(kind) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 20 20");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", NAMES[kind]);
  const isHollow = kind === "struck" || kind === "none" || kind === "partial";
  SHAPES[kind].forEach((path, index) => {
    if (!path) return;
    const element = document.createElementNS(SVG, "path");
    element.setAttribute("d", path);
    element.setAttribute("fill", index === 0 && !isHollow ? "currentColor" : "none");
    element.setAttribute("stroke", index === 0 || isHollow ? "currentColor" : "var(--panel)");
    element.setAttribute("stroke-width", index === 0 ? "1.5" : "2.2");
    svg.append(element);
  });
  return svg;
}

/** What is amiss with a rep, without its name: the part of the sentence after the dash. */
export function wordsOf(rep) {
  const place = rep.sentence.indexOf(" — ");
  return place < 0 ? rep.sentence : rep.sentence.slice(place + 3);
}

/** Draws a block a rep into `element`; `onPick(rep)`, where given, makes them buttons. */
export function drawBlocks(element, reps, { onPick = null } = {}) {
  const list = document.createElement("ol");
  list.className = "rep-blocks";
  for (const rep of reps) {
    const kind = kindOf(rep);
    const block = document.createElement(onPick ? "button" : "div");
    block.className = `rep-block verdict-${kind} ${kind}`;
    block.dataset.repId = rep.rep_id;
    if (onPick) {
      block.type = "button";
      block.addEventListener("click", () => onPick(rep));
    }
    const head = document.createElement("span");
    head.className = "head";
    head.append(shapeOf(kind), rep.status === "partial" ? " –" : ` ${rep.rep}`);
    const words = document.createElement("span");
    words.className = "words";
    words.textContent = wordsOf(rep);
    block.append(head, words);
    const place = document.createElement("li");
    place.append(block);
    list.append(place);
  }
  element.replaceChildren(list);
  return list;
}
