// Reads motion events and sends them as the browser gives them; units and signs are the computer's business.

const FLUSH_MS = 100; // ten messages a second: the count is said at once, and the phone stays cool
const MOST_WAITING = 1200; // events kept while the network is gone: 20 s
const OPEN_MS = 2500; // a WebSocket that is not open by then will not be: Safari refuses them without a known certificate
const ANSWER_MS = 5000; // a post without an answer by then is sent again; what came twice is known by its time
const NONE_MS = 3000; // no event for so long: no sensor, or the browser keeps it back
const SECOND_MS = 1000; // the rate is told in readings a second

const page = crypto.randomUUID ? crypto.randomUUID() : String(Math.random());
const here = new URL("motion", location.href);
const state = document.getElementById("state");
const button = document.getElementById("start");

let waiting = [];
let seq = 0;
let sent = 0;
let seen = 0;
let socket = null;
let posts = false;
let posting = false;
let isLinked = false;
let hasMotion = true; // until none came for a while

function say(text, kind) {
  state.textContent = text;
  document.body.className = kind;
}

function platform() {
  const agent = navigator.userAgent;
  const isTablet = navigator.platform === "MacIntel" && navigator.maxTouchPoints > 1;
  if (/iPhone|iPad|iPod/.test(agent) || isTablet) return "ios";
  return /Android/.test(agent) ? "android" : "other";
}

function axes(value, names) {
  return value ? Object.fromEntries(names.map((name) => [name, value[name]])) : null;
}

function onMotion(event) {
  const force = axes(event.accelerationIncludingGravity, ["x", "y", "z"]);
  if (!force || force.x === null) return; // a computer without sensors sends one such event
  seen += 1;
  const rotationRate = axes(event.rotationRate, ["alpha", "beta", "gamma"]);
  waiting.push({ t: event.timeStamp, accelerationIncludingGravity: force, rotationRate });
  if (waiting.length > MOST_WAITING) waiting.splice(0, waiting.length - MOST_WAITING);
}

async function post(message) {
  const giving = new AbortController();
  const late = setTimeout(() => giving.abort(), ANSWER_MS);
  try {
    const answer = await fetch(here, { method: "POST", body: JSON.stringify(message), signal: giving.signal });
    if (!answer.ok) throw new Error(await answer.text());
  } finally {
    clearTimeout(late);
  }
}

// Events stay in `waiting` until they are on their way, so that a gap in the network costs nothing.
async function flush() {
  if (posts) {
    if (posting || waiting.length === 0) return;
    posting = true;
    const events = waiting;
    waiting = [];
    try {
      await post({ page, seq, events });
      seq += 1;
      sent += events.length;
      onLink();
    } catch {
      waiting = events.concat(waiting).slice(-MOST_WAITING);
      onLost();
    } finally {
      posting = false;
    }
    return;
  }
  if (waiting.length === 0 || socket === null || socket.readyState !== WebSocket.OPEN) return;
  const events = waiting;
  waiting = [];
  socket.send(JSON.stringify({ page, seq, events }));
  seq += 1;
  sent += events.length;
}

function hello() {
  return { platform: platform(), page };
}

function connect() {
  const address = new URL(here);
  address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  const opening = new WebSocket(address);
  const late = setTimeout(() => opening.close(), OPEN_MS);
  let wasOpen = false;
  opening.onopen = () => {
    clearTimeout(late);
    wasOpen = true;
    socket = opening;
    opening.send(JSON.stringify(hello()));
    onLink();
  };
  opening.onclose = () => {
    clearTimeout(late);
    socket = null;
    if (wasOpen) {
      onLost();
      setTimeout(connect, 1000);
    } else if (sent === 0) {
      startPosting();
    } else {
      setTimeout(connect, 1000);
    }
  };
}

async function startPosting() {
  try {
    await post(hello());
    posts = true;
    onLink();
  } catch {
    onLost();
    setTimeout(connect, 1000);
  }
}

function onLink() {
  isLinked = true;
  tellHow();
}

// Linked, it is either well or without motion; only the first is green.
function tellHow() {
  if (hasMotion) say("Sending. Put the phone at the back of your waistband, screen outwards.", "on");
  else if (seen === 0) say("No motion comes. Does the browser's settings page block motion sensors?", "lost");
  else say("No readings come any more. Keep this page in front and the screen on, or open it again.", "lost");
}

function onLost() {
  isLinked = false;
  say("The computer does not answer. Are both in the same network? Trying again.", "lost");
}

async function tell(message) {
  if (socket !== null && socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
  else if (posts) await post(message).catch(() => {});
}

async function stayAwake() {
  try {
    await navigator.wakeLock.request("screen");
  } catch {
    // no such thing in this browser: the page says to keep the screen on
  }
}

async function watchBattery() {
  if (!navigator.getBattery) return;
  const battery = await navigator.getBattery();
  const report = () => tell({ battery: battery.level });
  battery.addEventListener("levelchange", report);
  setTimeout(report, 3000);
}

async function start() {
  if (!window.isSecureContext) {
    say("This page did not come by https, so the browser keeps motion back. Open the address as it is printed.", "lost");
    return;
  }
  if (typeof DeviceMotionEvent === "undefined") {
    say("This browser knows no motion. Open the address in Safari or Chrome on the phone.", "lost");
    return;
  }
  if (typeof DeviceMotionEvent.requestPermission === "function") {
    // iPhones ask in a tap, and only there
    const answer = await DeviceMotionEvent.requestPermission().catch(() => "denied");
    if (answer !== "granted") {
      say("Motion was not allowed. Close this page, open it again, tap Start, then Allow.", "lost");
      return;
    }
  }
  button.hidden = true;
  document.getElementById("numbers").hidden = false;
  say("Connecting ...", "");
  window.addEventListener("devicemotion", onMotion);
  document.addEventListener("visibilitychange", () => {
    tell({ hidden: document.hidden });
    if (!document.hidden) stayAwake();
  });
  await stayAwake();
  connect();
  setInterval(flush, FLUSH_MS);
  let before = 0;
  let idleMs = 0;
  setInterval(() => {
    document.getElementById("rate").textContent = String(seen - before);
    document.getElementById("sent").textContent = String(sent);
    idleMs = seen > before ? 0 : idleMs + SECOND_MS;
    before = seen;
    if (hasMotion !== idleMs < NONE_MS) {
      hasMotion = !hasMotion;
      if (isLinked) tellHow();
    }
  }, SECOND_MS);
  watchBattery();
}

button.addEventListener("click", start);
