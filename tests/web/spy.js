// Stands in for loudspeaker and voice: notes every call in window.calls. window.isMute: the voice never ends by itself.

window.calls = [];
window.isMute = false;

class SpiedNode {
  constructor(kind) {
    this.kind = kind;
    this.pan = { value: 0 };
    const note = (name) => (value) => window.calls.push(["gain", name, value]);
    this.gain = { value: 1, setValueAtTime() {}, exponentialRampToValueAtTime() {}, cancelScheduledValues() {}, setTargetAtTime: note("fade") };
    this.frequency = { value: 0, setValueAtTime(hz) { this.value = hz; }, exponentialRampToValueAtTime() {} };
  }
  connect(next) {
    this.next = next;
    return next;
  }
  get place() {
    return this.kind === "panner" ? this.pan.value : this.next ? this.next.place ?? 0 : 0;
  }
  start() {
    // connected behind it later in the same turn
    queueMicrotask(() => window.calls.push(["start", Math.round(this.frequency.value), this.place]));
  }
  stop() {
    window.calls.push(["stop", Math.round(this.frequency.value)]);
  }
}

window.AudioContext = class {
  constructor() {
    window.calls.push(["context"]);
    this.currentTime = 0;
    this.destination = { place: 0 };
  }
  resume() {
    window.calls.push(["resume"]);
  }
  createGain() { return new SpiedNode("gain"); }
  createOscillator() { return new SpiedNode("oscillator"); }
  createStereoPanner() { return new SpiedNode("panner"); }
};

window.SpeechSynthesisUtterance = class {
  constructor(text) {
    this.text = text;
  }
};

let spoken = null;
window.endSpeech = () => {
  const ended = spoken;
  spoken = null;
  ended?.onend?.();
};
Object.defineProperty(window, "speechSynthesis", {
  value: {
    speak(utterance) {
      window.calls.push(["speak", utterance.text]);
      spoken = utterance;
      if (!window.isMute) setTimeout(window.endSpeech, 0);
    },
    cancel() {
      window.calls.push(["cancel", spoken?.text]);
      const ended = spoken;
      spoken = null;
      ended?.onerror?.();
    },
  },
});
