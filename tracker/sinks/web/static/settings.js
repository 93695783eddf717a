// What this screen does with sound and light: tones, voice, flash, each with a test. Kept in this browser.

const NAMES = ["tones", "voice", "flash"];
const KEPT = "tracker-screen";

export function makeSettings({ tests, note }) {
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const wanted = { tones: true, voice: true, flash: !calm.matches, ...read() };
  const dialog = document.getElementById("settings");
  for (const name of NAMES) {
    const box = document.getElementById(`use-${name}`);
    box.checked = wanted[name];
    box.addEventListener("change", () => {
      wanted[name] = box.checked;
      keep(wanted);
    });
    document.getElementById(`test-${name}`).addEventListener("click", tests[name]);
  }
  document.getElementById("settings-close").addEventListener("click", () => dialog.close());
  return {
    isOn: (name) => wanted[name],
    open: () => {
      document.getElementById("settings-note").textContent = note();
      dialog.showModal();
    },
  };
}

function read() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEPT) ?? "{}");
    return Object.fromEntries(NAMES.filter((name) => typeof kept[name] === "boolean").map((name) => [name, kept[name]]));
  } catch {
    return {};
  }
}

function keep(wanted) {
  try {
    localStorage.setItem(KEPT, JSON.stringify(wanted));
  } catch {
    // a browser that keeps nothing asks again next time
  }
}
