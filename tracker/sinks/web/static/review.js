// The sets so far, newest first: reps as blocks with their faults in words, curves of rise and level. Tapping a rep
// strikes it, tapping it again restores it.

import { drawBlocks } from "./shared/blocks.js";
import { drawCurves } from "./shared/curves.js";

export function makeReview(element, { onTap, canTell }) {
  const drawn = new Map(); // set number -> {section, curves}
  let limits = {};

  function placeOf(number) {
    if (drawn.has(number)) return drawn.get(number);
    const section = document.createElement("section");
    section.className = "set-review";
    section.dataset.set = number;
    section.append(document.createElement("h2"), document.createElement("p"), document.createElement("div"), document.createElement("div"));
    const older = [...element.children].find((other) => Number(other.dataset.set) < number);
    element.insertBefore(section, older ?? null);
    const place = { section, curves: null, data: null };
    drawn.set(number, place);
    return place;
  }

  function draw(set) {
    const place = placeOf(set.set);
    place.data = set;
    const [title, hint, blocks, curves] = place.section.children;
    const counted = set.reps.filter((rep) => rep.counted);
    const clean = counted.filter((rep) => rep.clean).length;
    const side = set.side ? `, ${set.side}` : "";
    title.textContent = `Set ${set.set}${side}: ${counted.length} ${counted.length === 1 ? "rep" : "reps"}, ${clean} clean`;
    hint.textContent = canTell() ? "Tap a rep that should not count; tap it again to restore it." : "";
    const focused = document.activeElement?.dataset?.repId;
    drawBlocks(blocks, set.reps, canTell() ? { onPick: (rep) => rep.status === "rep" && onTap(rep) } : {});
    if (focused) blocks.querySelector(`[data-rep-id="${CSS.escape(focused)}"]`)?.focus();
    place.curves?.destroy();
    place.curves = set.t_s.length > 1 ? drawCurves(curves, set, { levelGoodDeg: limits.level_good_deg, levelFaultDeg: limits.level_fault_deg }) : null;
  }

  return {
    draw,
    redraw: () => drawn.forEach(({ data }) => draw(data)), // who may tap has changed
    reset: (hello) => {
      limits = hello;
      drawn.forEach(({ curves }) => curves?.destroy());
      drawn.clear();
      element.replaceChildren();
    },
  };
}
