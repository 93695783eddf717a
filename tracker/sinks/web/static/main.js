// Ties the parts together: messages come in from the link, go to stage, review, tones and voice; taps go out.

import { makeControls } from "./controls.js";
import { openLink } from "./link.js";
import { fitText } from "./number.js";
import { makeReview } from "./review.js";
import { makeSettings } from "./settings.js";
import { makeStage } from "./stage.js";
import { makeTones } from "./tones.js";
import { makeVoice } from "./voice.js";

const FLASH_MS = 450;

const byId = (id) => document.getElementById(id);
let state = null;
let hello = {};
let problemTimer = 0;
let flashTimer = 0;

const settings = makeSettings({
  tests: { tones: testTones, voice: testVoice, flash: () => flash("test") },
  note: () =>
    voice.isThere() ? "A phone that sleeps is silent: let its screen stay on." : "This browser has no voice; tones and flash go on.",
});
const tones = makeTones(() => settings.isOn("tones"));
const voice = makeVoice(() => settings.isOn("voice") && tones.isUnlocked(), () => state?.phase);
const stage = makeStage();
const link = openLink({ onMessage: take, onUp: () => alarm(""), onDown: lost });
const review = makeReview(byId("review"), {
  onTap: (rep) => send({ command: rep.struck ? "restore" : "strike", value: String(rep.rep_id) }),
  canTell: () => Boolean(state?.can_tell),
});
const controls = makeControls(byId("controls"), { send, onSettings: settings.open });

byId("start").addEventListener("click", () => {
  tones.unlock();
  voice.say({ kind: "notice", rank: 3, text: "Sound on." });
  byId("start").hidden = true;
  keepAwake();
});
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState !== "visible" || !tones.isUnlocked()) return;
  tones.unlock(); // a phone that was locked has suspended them
  keepAwake();
});
const sized = new ResizeObserver(stage.resize);
sized.observe(byId("count-box"));
sized.observe(byId("word-box"));
new ResizeObserver(fitAlarm).observe(byId("alarm"));
setInterval(stage.tick, 250);

function take(message) {
  if (message.hello) {
    if (hello.version && hello.version !== message.hello.version) return location.reload();
    hello = message.hello;
    document.title = hello.title;
    document.body.classList.remove("waiting", "over");
    stage.setLimits(hello);
    review.reset(hello);
    controls.show(hello.controls);
  }
  if (message.state) show(message.state);
  for (const set of message.sets ?? []) review.draw(set);
  for (const sound of message.sounds ?? []) hear(sound);
  if (message.problem) tell(message.problem);
}

function show(next) {
  const before = state;
  const wasResting = document.body.classList.contains("resting");
  state = next;
  stage.draw(state);
  if (wasResting && !document.body.classList.contains("resting") && !state.is_over) scrollTo(0, 0); // from the sets to the number
  controls.allow(state.can_tell);
  if (before && before.can_tell !== state.can_tell) review.redraw();
  tones.set(state);
  if (state.alarm) alarm(state.alarm);
  else if (before && before.alarm) alarm("");
  if (before && before.sentence !== state.sentence && state.sentence) byId("told").textContent = state.sentence;
}

function hear(sound) {
  if (sound.kind === "tick") tones.tick();
  else voice.say(sound);
  if (sound.kind === "count") {
    byId("said").textContent = sound.text;
    byId("said").dataset.repId = sound.rep_id;
    flash("count");
  }
}

function lost(why) {
  tones.set(null);
  if (state?.is_over) return;
  alarm(why === "refused" ? "This code has expired: scan the one of the new session" : "No link to the tracker");
}

function alarm(text) {
  const words = byId("alarm").firstElementChild;
  byId("alarm").hidden = !text;
  document.body.classList.toggle("alarmed", Boolean(text));
  if (words.textContent === text) return;
  words.textContent = text;
  fitAlarm();
}

function fitAlarm() {
  fitText(byId("alarm").firstElementChild, 14, 0.09 * window.innerHeight);
}

function send(message) {
  if (!link.send(message)) tell("Not sent: there is no link to the tracker.");
}

/** A sentence for a few seconds, for those who tapped. */
function tell(text) {
  byId("problem").textContent = text;
  byId("problem").hidden = false;
  clearTimeout(problemTimer);
  problemTimer = setTimeout(() => (byId("problem").hidden = true), 4000);
}

function flash(why) {
  if (why === "count" && !settings.isOn("flash")) return;
  const element = byId("flash");
  element.classList.remove("on");
  void element.offsetWidth; // begins the animation anew
  element.classList.add("on");
  clearTimeout(flashTimer); // that of the flash before must not end this one
  flashTimer = setTimeout(() => element.classList.remove("on"), FLASH_MS);
}

function testTones() {
  tones.unlock();
  byId("start").hidden = true;
  tones.set({ is_full: true, low_side: 0 });
  setTimeout(() => tones.set({ is_full: true, low_side: -1 }), 700);
  setTimeout(() => tones.set({ is_full: true, low_side: 1 }), 1400);
  setTimeout(() => tones.set(state), 2100);
  setTimeout(() => tones.tick(), 2600);
}

function testVoice() {
  tones.unlock();
  byId("start").hidden = true;
  voice.say({ kind: "notice", rank: 3, text: "Seven. Level the hips." });
}

/** Browsers allow it only on this computer itself or over https; elsewhere the phone's own setting must do. */
async function keepAwake() {
  try {
    await navigator.wakeLock?.request("screen");
  } catch {
    // the screen may sleep
  }
}
