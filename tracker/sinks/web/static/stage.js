// The part that is read from the bench: number, height, level, tempo, the last word. Draws a state; remembers nothing
// but what it drew last.

import { shapeOf } from "./shared/blocks.js";
import { drawNumber, fitText } from "./number.js";

const HEIGHT_TOP_PCT = 115; // the bar goes on beyond the line, so that the line can be passed
const LEVEL_RANGE_DEG = 15; // one and a half times the usual fault limit
const LEVEL_HALF_WIDTH = 128; // of the tube's 160, so that the bubble stays inside
const UP = new Set(["rising", "top"]);
// How much narrower than by nature: two digits fill half a phone's height, a clock stays a clock.
const NARROWEST_COUNT = 0.38;
const NARROWEST_CLOCK = 0.62;

const byId = (id) => document.getElementById(id);
const BUBBLES = {
  level: "M-13 0a13 13 0 1 0 26 0a13 13 0 1 0-26 0z",
  right: "M-10-14L16 0L-10 14z",
  left: "M10-14L-16 0L10 14z",
};
const MARKS = { full: "M3 11l5 5L17 5", up: "M4 13l6-7l6 7", idle: "M4 10h12" };

const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds) % 60).padStart(2, "0")}`;

/** Makes the drawing functions: {draw(state), tick(), resize()}. */
export function makeStage() {
  let limits = { level_good_deg: 6, pause_good_s: 1, lowering_good_s: 1.5, speed: 1 };
  let state = null;
  let drawnAt = 0; // when the state's time last moved on [ms]
  let drawnText = "";

  function setText(id, text) {
    const element = byId(id);
    if (element.textContent !== text) element.textContent = text;
  }

  function draw(next) {
    if (!state || next.now_s !== state.now_s) drawnAt = performance.now();
    state = next;
    const body = document.body.classList;
    body.toggle("resting", state.is_resting);
    body.toggle("unarmed", state.phase === "unarmed" || state.phase === "calibrating");
    body.toggle("calibrating", state.phase === "calibrating" && !state.is_over);
    body.toggle("over", state.is_over);
    body.toggle("full", state.is_full);
    body.toggle("tilted", state.low_side !== 0);
    body.toggle("no-sensor", !state.is_link_up);
    setText("side", state.is_over ? "" : state.side ? state.side.toUpperCase() : "LEG ?"); // nobody is next
    setText("set", state.is_over ? "" : [state.set && `set ${state.set}`, state.target_reps && `target ${state.target_reps}`].filter(Boolean).join(", "));
    setText("phase", state.is_over ? "over" : state.is_resting ? restWord() : state.phase_word);
    drawStatus();
    drawHeight();
    drawLevel();
    drawTempo();
    drawWord();
    drawCount();
  }

  function restWord() {
    if (isRestOver()) return "go";
    const what = state.rest_kind === "switch" ? "switch legs" : "rest";
    return state.rest_target_s ? `${what}, ${state.rest_target_s} s` : what;
  }

  function restSeconds() {
    const sinceMs = performance.now() - drawnAt;
    return Math.max(0, state.rest_s + (sinceMs / 1000) * limits.speed);
  }

  function drawCount() {
    const words = state.call;
    const text = words ? "" : state.is_resting ? clock(restSeconds()) : String(state.count);
    const key = `${words}|${text}`;
    if (key !== drawnText) {
      drawnText = key;
      byId("count").dataset.heightPx = drawNumber(byId("count"), text, state.is_resting ? NARROWEST_CLOCK : NARROWEST_COUNT);
      const told = byId("call").firstElementChild;
      told.textContent = words;
      if (words) fitText(told, 20, 0.2 * window.innerHeight);
    }
    byId("count").dataset.repId = state.rep_id;
    document.body.classList.toggle("rest-over", isRestOver());
  }

  const isRestOver = () => state.is_resting && state.rest_target_s > 0 && restSeconds() >= state.rest_target_s;

  function drawHeight() {
    const known = state.height_pct !== null;
    const pct = known ? Math.min(Math.max(state.height_pct, 0), HEIGHT_TOP_PCT) : 0;
    const full = state.full_from_pct;
    byId("height-fill").style.transform = `scaleY(${pct / HEIGHT_TOP_PCT})`;
    byId("height-line").style.bottom = `${(100 * full) / HEIGHT_TOP_PCT}%`;
    byId("height-full").style.height = `${100 - (100 * full) / HEIGHT_TOP_PCT}%`;
    const mark = state.is_full ? "full" : UP.has(state.phase) ? "up" : "idle";
    byId("height").dataset.mark = mark;
    byId("height-mark").firstElementChild.setAttribute("d", MARKS[mark]);
    byId("height-mark").style.bottom = `${(100 * pct) / HEIGHT_TOP_PCT}%`;
    byId("height").setAttribute("aria-label", known ? `height ${Math.round(pct)} percent` : "height not known");
  }

  function drawLevel() {
    const known = state.level_deg !== null;
    const good = limits.level_good_deg;
    const part = known ? Math.min(Math.max(state.level_deg / LEVEL_RANGE_DEG, -1), 1) : 0;
    const kind = !known || Math.abs(state.level_deg) <= good ? "level" : state.level_deg > 0 ? "right" : "left";
    const bubble = byId("level-bubble");
    bubble.setAttribute("d", BUBBLES[kind]);
    bubble.style.transform = `translateX(${part * LEVEL_HALF_WIDTH}px)`;
    const half = (good / LEVEL_RANGE_DEG) * LEVEL_HALF_WIDTH + 13;
    byId("level-good").setAttribute("x", -half);
    byId("level-good").setAttribute("width", 2 * half);
    byId("level").dataset.kind = known ? kind : "unknown";
    const words = { level: "hips level", right: "left hip low", left: "right hip low" }[kind];
    byId("level").setAttribute("aria-label", known ? words : "level not known");
  }

  function drawTempo() {
    const goods = { rising: 0, top: limits.pause_good_s, lowering: limits.lowering_good_s };
    const order = ["rising", "top", "lowering"];
    const now = order.indexOf(state.phase);
    document.querySelectorAll(".beat").forEach((beat, index) => {
      const isNow = index === now;
      const seconds = isNow ? state.phase_s : now >= 0 && index > now ? null : state.tempo_s[index];
      const good = goods[beat.dataset.phase];
      beat.classList.toggle("now", isNow);
      beat.classList.toggle("enough", seconds !== null && seconds !== undefined && (!good || seconds >= good));
      const text = seconds === null || seconds === undefined ? "–" : seconds.toFixed(1);
      const shown = beat.querySelector(".seconds");
      if (shown.textContent !== text) shown.textContent = text;
      beat.querySelector("i").style.transform = `scaleX(${good && seconds ? Math.min(1, seconds / good) : seconds ? 1 : 0})`;
    });
  }

  /** What to read beside the number, and how it is meant: of this moment in effort, of the last rep at rest. */
  function lastWord() {
    if (state.is_over || state.phase === "calibrating" || state.phase === "unarmed" || state.is_resting) {
      return ["none", state.notice === state.call ? "" : state.notice]; // what stands in the number's place is enough
    }
    if (state.low_side) return ["caution", state.low_side < 0 ? "left hip low" : "right hip low"];
    if (state.is_full) return ["good", "hold"];
    if (UP.has(state.phase) || state.phase === "lowering") return ["none", state.phase_word];
    if (!state.sentence) return ["none", state.notice];
    return [state.verdict || "none", state.cue || state.sentence.split(" — ")[1]];
  }

  function drawWord() {
    const [kind, text] = lastWord();
    const word = byId("word");
    if (word.dataset.text === text && word.dataset.kind === kind) return;
    word.dataset.text = text;
    word.dataset.kind = kind;
    word.className = `verdict-${kind}`;
    byId("word-shape").replaceChildren(...(kind === "none" ? [] : [shapeOf(kind)]));
    byId("word-text").textContent = text;
    fitText(byId("word-text"), 14, 0.075 * window.innerHeight);
  }

  function drawStatus() {
    const parts = [state.is_link_up ? (state.rate_hz ? "sensor ok" : "no signal yet") : "no sensor"];
    if (state.battery_pct !== null && state.battery_pct !== undefined) parts.push(`battery ${state.battery_pct} %`);
    if (state.missing_samples) parts.push(`${state.missing_samples} samples lost`);
    setText("status", parts.join(" · "));
    byId("status").classList.toggle("low", state.battery_pct !== null && state.battery_pct <= 20);
  }

  return {
    draw,
    setLimits: (hello) => {
      limits = hello;
      drawnText = "";
    },
    tick: () => state && state.is_resting && drawCount(),
    resize: () => {
      drawnText = "";
      delete byId("word").dataset.text;
      if (state) draw(state);
    },
  };
}
