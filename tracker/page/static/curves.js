// Rise and level over one set, one above the other, tops marked, with zoom: drag over a stretch, or pick a rep.
// Needs uPlot (a classic script, `uPlot` in the global scope). `set` as `set_data` in tracker/page makes it.

const HEIGHT_PX = 170;
const LEVEL_HEIGHT_PX = 150;
// Beyond these the curve leaves the picture: getting up from the bench would squeeze all reps flat.
const HEIGHT_RANGE_PCT = [-15, 130];
const LEAST_LEVEL_DEG = 15;
const MOST_LEVEL_DEG = 30;
// Shown before and after a rep that is picked [s].
const AROUND_REP_S = 1.0;

/**
 * Draws the set into `element` and returns {showRep(rep), showAll(), redraw(), resize(px, share), destroy()}.
 * levelGoodDeg, levelFaultDeg: where the dashed lines of the level stand.
 */
export function drawCurves(element, set, { levelGoodDeg = 6, levelFaultDeg = 10, width = null } = {}) {
  const start = set.start_s ?? set.t_s[0] ?? 0;
  const t_s = set.t_s.map((value) => value - start);
  const tops = set.reps
    .filter((rep) => rep.top_s !== null)
    .map((rep) => ({ rep, from: rep.top_s - start, to: (rep.lower_s ?? rep.top_s) - start }));
  const whole = [t_s[0] ?? 0, t_s[t_s.length - 1] ?? 1];
  const sync = uPlot.sync(`set ${set.set} ${Math.random()}`);
  element.replaceChildren();
  element.classList.add("set-curves");
  const reset = document.createElement("button");
  reset.type = "button";
  reset.className = "whole-set";
  reset.textContent = "whole set";
  reset.hidden = true;
  element.append(reset);

  const colour = (name) => getComputedStyle(element).getPropertyValue(`--${name}`).trim();
  let fixedPx = width;
  const widthPx = () => fixedPx ?? Math.max(240, element.clientWidth);
  let isZooming = false;

  function axis(label, more = {}) {
    return {
      stroke: () => colour("soft"),
      grid: { stroke: () => colour("line"), width: 1 },
      ticks: { stroke: () => colour("line"), width: 1 },
      label,
      labelSize: 18,
      labelGap: 0,
      size: 44,
      font: "12px system-ui, sans-serif",
      labelFont: "12px system-ui, sans-serif",
      ...more,
    };
  }

  function drawTops(plot, isNamed) {
    const { ctx, bbox } = plot;
    const dpr = window.devicePixelRatio || 1;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    for (const { rep, from, to } of tops) {
      const left = plot.valToPos(from, "x", true);
      const right = Math.max(plot.valToPos(to, "x", true), left + 2 * dpr);
      ctx.fillStyle = colour("top");
      ctx.fillRect(left, bbox.top, right - left, bbox.height);
      if (isNamed) {
        ctx.fillStyle = colour("ink");
        ctx.font = `${12 * dpr}px system-ui, sans-serif`;
        ctx.textAlign = "center";
        ctx.textBaseline = "top";
        const name = rep.struck ? `(${rep.rep})` : rep.status === "partial" ? "–" : `${rep.rep}`;
        ctx.fillText(name, (left + right) / 2, bbox.top + 3 * dpr);
      }
    }
    ctx.restore();
  }

  function drawLines(plot, values) {
    const { ctx, bbox } = plot;
    const dpr = window.devicePixelRatio || 1;
    ctx.save();
    ctx.lineWidth = dpr;
    for (const [value, name] of values) {
      const y = plot.valToPos(value, "y", true);
      if (y < bbox.top || y > bbox.top + bbox.height) continue;
      ctx.strokeStyle = colour(name);
      ctx.setLineDash(value === 0 || value === 100 ? [] : [4 * dpr, 4 * dpr]);
      ctx.beginPath();
      ctx.moveTo(bbox.left, y);
      ctx.lineTo(bbox.left + bbox.width, y);
      ctx.stroke();
    }
    ctx.restore();
  }

  const known = set.level_deg.filter((value) => value !== null).map(Math.abs);
  const levelLimit = Math.min(MOST_LEVEL_DEG, Math.max(LEAST_LEVEL_DEG, quantile(known, 0.99) + 1.5, levelFaultDeg + 2));

  function plot(label, unit, values, range, height, draw, isLast) {
    return new uPlot(
      {
        width: widthPx(),
        height,
        pxAlign: 0,
        legend: { show: true, live: true, markers: { show: false } },
        cursor: { sync: { key: sync.key, setSeries: false }, drag: { x: true, y: false }, points: { size: 6 } },
        scales: { x: { time: false, range: (_, min, max) => [min ?? 0, max ?? 1] }, y: { range: () => range } },
        axes: [
          isLast ? axis("seconds since the first rise", { size: 26, labelSize: 16, gap: 2, ticks: { show: false } }) : axis(undefined, { size: 6, values: (_, splits) => splits.map(() => "") }),
          axis(`${label} ${unit}`, { incrs: [1, 2, 5, 10, 20, 50, 100], space: 24 }),
        ],
        series: [
          { label: "time s", value: (_, value) => (value === null ? "–" : value.toFixed(1)) },
          {
            label: `${label} ${unit}`,
            stroke: () => colour(set.side || "ink"),
            width: 1.6,
            points: { show: false },
            value: (_, value) => (value === null ? "–" : value.toFixed(1)),
          },
        ],
        hooks: { draw: [draw], setScale: [(self, key) => key === "x" && follow(self)] },
      },
      [t_s, values],
      element,
    );
  }

  const plots = [];
  function follow(changed) {
    const { min, max } = changed.scales.x;
    reset.hidden = min <= whole[0] && max >= whole[1];
    if (isZooming) return;
    isZooming = true;
    for (const other of plots) if (other !== changed) other.setScale("x", { min, max });
    isZooming = false;
  }

  plots.push(
    plot("rise", "%", set.height_pct, HEIGHT_RANGE_PCT, HEIGHT_PX, (self) => {
      drawTops(self, true);
      drawLines(self, [[100, "good"]]);
    }, false),
    plot("level", "°", set.level_deg, [-levelLimit, levelLimit], LEVEL_HEIGHT_PX, (self) => {
      drawTops(self, false);
      drawLines(self, [[0, "soft"], [levelGoodDeg, "good"], [-levelGoodDeg, "good"], [levelFaultDeg, "fault"], [-levelFaultDeg, "fault"]]);
    }, true),
  );

  const show = (min, max) => plots[0].setScale("x", { min, max });
  const showAll = () => show(...whole);
  reset.addEventListener("click", showAll);

  function fit(share) {
    plots.forEach((one, index) => one.setSize({ width: widthPx(), height: [HEIGHT_PX, LEVEL_HEIGHT_PX][index] * share }));
  }
  const resized = new ResizeObserver(() => {
    if (fixedPx === null && widthPx() !== plots[0].width) fit(1);
  });
  resized.observe(element);
  return {
    showRep: (rep) => show((rep.start_s ?? rep.top_s) - start - AROUND_REP_S, (rep.end_s ?? rep.top_s) - start + AROUND_REP_S),
    showAll,
    redraw: () => plots.forEach((one) => one.redraw(false, true)),
    /** A width of its own and a share of the usual height, for paper; without them the element's width again. */
    resize: (px = null, share = 1) => {
      fixedPx = px;
      fit(share);
    },
    destroy: () => {
      resized.disconnect();
      plots.forEach((one) => one.destroy());
      element.replaceChildren();
    },
  };
}

/** The value below which `share` of the values lie; 0 of nothing. */
function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
}
