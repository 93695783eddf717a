// Buttons and keys: each a command of the session, recorded like a sample. Which there are, the program says.

// A tap that ends the session by mistake can not be taken back: it takes two, the second within this time [ms].
const TWICE_MS = 3000;

export function makeControls(element, { send, onSettings }) {
  let buttons = [];
  const settings = document.createElement("button");
  settings.type = "button";
  settings.id = "open-settings";
  settings.textContent = "Settings";
  settings.addEventListener("click", onSettings);
  element.append(settings);

  function buttonOf(control) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = control.words;
    button.dataset.command = control.command;
    button.title = `Key: ${control.key}`;
    button.setAttribute("aria-keyshortcuts", control.key);
    const tapped = () => send({ command: control.command, value: control.value });
    button.addEventListener("click", control.command === "finish" ? twice(button, tapped) : tapped);
    return button;
  }

  function twice(button, tapped) {
    const words = button.textContent;
    let timer = 0;
    const calm = () => {
      button.textContent = words;
      timer = 0;
    };
    return () => {
      if (!timer) {
        button.textContent = "tap again";
        timer = setTimeout(calm, TWICE_MS);
        return;
      }
      clearTimeout(timer);
      calm();
      tapped();
    };
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || document.querySelector("dialog[open]")) return;
    const button = buttons.find((one) => one.getAttribute("aria-keyshortcuts") === event.key.toLowerCase());
    if (button && !button.disabled) button.click();
  });
  return {
    show: (controls) => {
      buttons.forEach((button) => button.remove());
      buttons = controls.map(buttonOf);
      settings.before(...buttons);
    },
    allow: (can) => buttons.forEach((button) => (button.disabled = !can)),
  };
}
