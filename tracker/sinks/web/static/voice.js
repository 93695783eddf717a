// Speaks one thing at a time, with room for one more behind it. A number is never broken off; a number breaks off
// whatever else is spoken, because late it would be wrong. Cues that could not be said at once are dropped in effort.

const EFFORT = new Set(["rising", "top", "lowering"]);
// Some voices never say that they are done; the longest refusal of a calibration takes ten seconds [ms].
const LONGEST_MS = 12000;
// Later than this a cue belongs to a rep that is over [ms].
const STALE_MS = 2500;
const COUNT_RANK = 0;
const CUES = new Set(["fault", "praise"]);

export function makeVoice(isWanted, getPhase) {
  const synthesis = window.speechSynthesis;
  let speaking = null;
  let waiting = null;
  let watch = 0;

  function speak(sound) {
    const utterance = new SpeechSynthesisUtterance(sound.text);
    utterance.lang = "en";
    utterance.rate = 1.1;
    speaking = sound;
    const done = () => speaking === sound && next();
    utterance.onend = done;
    utterance.onerror = done;
    clearTimeout(watch);
    watch = setTimeout(done, LONGEST_MS);
    synthesis.speak(utterance);
  }

  function next() {
    clearTimeout(watch);
    speaking = null;
    const sound = waiting;
    waiting = null;
    if (sound && !isLate(sound)) speak(sound);
  }

  function isLate(sound) {
    return CUES.has(sound.kind) && (EFFORT.has(getPhase()) || performance.now() - sound.heardAt > STALE_MS);
  }

  function say(sound) {
    if (!synthesis || !isWanted() || !sound.text) return;
    sound.heardAt = performance.now();
    if (!speaking) return speak(sound);
    if (sound.rank === COUNT_RANK && speaking.rank !== COUNT_RANK) {
      speaking = null;
      synthesis.cancel();
      return speak(sound);
    }
    if (!waiting || sound.rank <= waiting.rank) waiting = sound;
  }

  return { say, isThere: () => Boolean(synthesis) };
}
