// Two held tones and a tick, by Web Audio. Nothing sounds before `unlock` was called from a tap.

const BELL_HZ = 880;
const LOW_HZ = 311; // an octave and a half below the bell: told apart through any loudspeaker
const ATTACK_S = 0.012;
const RELEASE_S = 0.15;

export function makeTones(isWanted) {
  let context = null;
  const held = {};

  function unlock() {
    const Context = window.AudioContext || window.webkitAudioContext;
    if (!Context) return false;
    context ??= new Context();
    context.resume();
    return true;
  }

  function start(name, frequencies, pan) {
    const gain = context.createGain();
    const now = context.currentTime;
    gain.gain.setValueAtTime(0.0001, now);
    gain.gain.exponentialRampToValueAtTime(0.4, now + ATTACK_S);
    gain.gain.exponentialRampToValueAtTime(0.14, now + 0.5); // struck, then held
    const panner = context.createStereoPanner ? context.createStereoPanner() : null;
    if (panner) panner.pan.value = pan;
    const voices = frequencies.map(([hz, type, share]) => {
      const voice = context.createOscillator();
      const part = context.createGain();
      voice.type = type;
      voice.frequency.value = hz;
      part.gain.value = share;
      voice.connect(part).connect(gain);
      voice.start();
      return voice;
    });
    if (panner) gain.connect(panner).connect(context.destination);
    else gain.connect(context.destination);
    held[name] = { gain, voices, pan };
  }

  function stop(name) {
    const { gain, voices } = held[name];
    delete held[name];
    const now = context.currentTime;
    gain.gain.cancelScheduledValues(now);
    gain.gain.setTargetAtTime(0.0001, now, RELEASE_S / 3);
    voices.forEach((voice) => voice.stop(now + RELEASE_S));
  }

  function hold(name, isOn, frequencies, pan = 0) {
    if (held[name] && (!isOn || held[name].pan !== pan)) stop(name);
    if (isOn && !held[name]) start(name, frequencies, pan);
  }

  /** The tones of a state: {is_full, low_side}; all off for null. */
  function set(tones) {
    if (!context) return;
    const isOn = Boolean(tones) && isWanted();
    hold("bell", isOn && tones.is_full, [[BELL_HZ, "sine", 0.8], [2.76 * BELL_HZ, "sine", 0.2]]);
    hold("tilt", isOn && tones.low_side !== 0, [[LOW_HZ, "triangle", 1]], isOn ? 0.9 * tones.low_side : 0);
  }

  function tick() {
    if (!context || !isWanted()) return;
    const now = context.currentTime;
    const voice = context.createOscillator();
    const gain = context.createGain();
    voice.type = "sine";
    voice.frequency.setValueAtTime(150, now);
    voice.frequency.exponentialRampToValueAtTime(60, now + 0.09);
    gain.gain.setValueAtTime(0.5, now);
    gain.gain.exponentialRampToValueAtTime(0.0001, now + 0.12);
    voice.connect(gain).connect(context.destination);
    voice.start(now);
    voice.stop(now + 0.13);
  }

  return { unlock, set, tick, isUnlocked: () => context !== null };
}
