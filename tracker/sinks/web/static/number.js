// Fills a box with a few characters, as high as the box; narrower where they would not fit, never cut.

const FONT = "800 100px 'Roboto Condensed', 'Arial Narrow', system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans Condensed', sans-serif";

const measuring = document.createElement("canvas").getContext("2d");

/**
 * Draws `text` into `svg`, which fills its box; returns the height of the characters in CSS pixels.
 * narrowest: how much narrower than they are drawn by nature the characters may be.
 */
export function drawNumber(svg, text, narrowest) {
  const { width, height } = svg.getBoundingClientRect();
  if (!width || !height) return 0;
  measuring.font = FONT;
  const measured = measuring.measureText(text);
  const ascent = measuring.measureText("0").actualBoundingBoxAscent;
  const hasTail = measured.actualBoundingBoxDescent > 5;
  const room = hasTail ? ascent + measured.actualBoundingBoxDescent : ascent;
  let tall = height / room;
  const wide = Math.min(tall, width / measured.width);
  tall = Math.min(tall, wide / narrowest);
  const baseline = (height + tall * ascent) / 2 - (hasTail ? (tall * measured.actualBoundingBoxDescent) / 2 : 0);
  const element = svg.querySelector("text");
  element.style.font = FONT;
  element.setAttribute("transform", `translate(${width / 2} ${baseline}) scale(${wide} ${tall})`);
  if (element.textContent !== text) element.textContent = text;
  return tall * ascent;
}

/** The largest size [px] at which the text of `element` fits into its parent. */
export function fitText(element, smallest, largest) {
  const { clientWidth, clientHeight } = element.parentElement;
  let [low, high] = [smallest, largest];
  while (high - low > 1) {
    const middle = (low + high) / 2;
    element.style.fontSize = `${middle}px`;
    if (element.offsetHeight <= clientHeight && element.scrollWidth <= clientWidth) low = middle;
    else high = middle;
  }
  element.style.fontSize = `${low}px`;
}
