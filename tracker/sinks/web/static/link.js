// The link to the program: opens the WebSocket, notices when it is dead, opens it again by itself.

// The program says something at least once a second; so long without a word and the link is gone [ms].
const SILENT_MS = 2600;
const FIRST_WAIT_MS = 400;
const LONGEST_WAIT_MS = 4000;

/** Keeps a link open: onMessage(object), onUp(), onDown(why) with why "lost" or "refused". Returns {send(object)}. */
export function openLink({ onMessage, onUp, onDown }) {
  let socket = null;
  let heardAt = 0;
  let waitMs = FIRST_WAIT_MS;
  let isUp = false;

  function down(why) {
    isUp = false;
    onDown(why);
  }

  function open() {
    const url = new URL("screen", document.baseURI);
    url.protocol = "ws:";
    const mine = new WebSocket(url);
    socket = mine;
    heardAt = performance.now();
    mine.onmessage = (event) => {
      heardAt = performance.now();
      if (!isUp) {
        isUp = true;
        waitMs = FIRST_WAIT_MS;
        onUp();
      }
      onMessage(JSON.parse(event.data));
    };
    mine.onclose = () => mine === socket && again();
  }

  async function again() {
    socket = null;
    down((await isRefused()) ? "refused" : "lost");
    setTimeout(open, waitMs);
    waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS);
  }

  setInterval(() => {
    if (socket && performance.now() - heardAt > SILENT_MS) {
      const dead = socket;
      again();
      dead.close();
    }
  }, 500);
  open();
  return {
    send: (message) => {
      if (!socket || socket.readyState !== WebSocket.OPEN) return false;
      socket.send(JSON.stringify(message));
      return true;
    },
  };
}

/** True when the program is there but does not know this page's key: another session runs now. */
async function isRefused() {
  try {
    return (await fetch(document.baseURI, { cache: "no-store" })).status === 403;
  } catch {
    return false;
  }
}
