// Buttons and keys: each a command of the session, recorded like a sample.

const COMMANDS = [
  { key: "s", label: "Swap side", command: "side", value: "swap" },
  { key: "x", label: "Strike last", command: "strike", value: "" },
  { key: "r", label: "Restore", command: "restore", value: "" },
  { key: "m", label: "Mark", command: "mark", value: "" },
  { key: "c", label: "Calibrate", command: "calibrate", value: "start" },
  { key: "e", label: "End set", command: "set_end", value: "" },
];

export function makeControls(element, { send, onSettings }) {
  const buttons = COMMANDS.map((item) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = item.label;
    button.dataset.command = item.command;
    button.title = `Key: ${item.key}`;
    button.setAttribute("aria-keyshortcuts", item.key);
    button.addEventListener("click", () => send({ command: item.command, value: item.value }));
    element.append(button);
    return button;
  });
  const settings = document.createElement("button");
  settings.type = "button";
  settings.id = "open-settings";
  settings.textContent = "Sound";
  settings.addEventListener("click", onSettings);
  element.append(settings);
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if (document.querySelector("dialog[open]")) return;
    const index = COMMANDS.findIndex((item) => item.key === event.key.toLowerCase());
    if (index >= 0 && !buttons[index].disabled) buttons[index].click();
  });
  return { allow: (can) => buttons.forEach((button) => (button.disabled = !can)) };
}
