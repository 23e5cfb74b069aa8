// Records a sentence with the PC's microphone, cuts off the silence around it, makes it as loud as the others and
// stores it as WAV; a chosen file is turned into the same. Without this script a file goes to the server as it is.
"use strict";

const RATE = 16_000; // samples a second: speech needs no more
const QUIET = 0.04; // of the loudest: below it is silence
const EDGE_SECONDS = 0.06; // of silence that stays at both ends
const PEAK = 0.85; // as loud as every recording becomes
const HUM = 0.01; // nothing louder: nobody spoke
const SHOWN_MILLISECONDS = 80;

const recorder = document.getElementById("recorder");
const [record, again, keep, loudness] = ["record", "play", "keep", "loudness"].map((id) => document.getElementById(id));
const form = document.getElementById("voice-form");

const speak = (sentence) => { document.getElementById("recorder-says").textContent = sentence; };
const warn = (sentence) => {
  const place = document.getElementById("recorder-trouble");
  place.querySelector("span").textContent = sentence;
  place.hidden = sentence === "";
};

let running = null; // the recording that is being made
let taken = null; // samples of the one that was made

// --- samples ---

const samplesOf = async (file) => {
  const decoded = await new OfflineAudioContext(1, 1, RATE).decodeAudioData(await file.arrayBuffer());
  const mixed = new Float32Array(decoded.length);
  for (let channel = 0; channel < decoded.numberOfChannels; channel += 1) {
    decoded.getChannelData(channel).forEach((sample, at) => { mixed[at] += sample / decoded.numberOfChannels; });
  }
  const loudest = mixed.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
  if (loudest < HUM) return null;
  const isSound = (sample) => Math.abs(sample) > QUIET * loudest;
  const edge = EDGE_SECONDS * RATE;
  const first = Math.max(mixed.findIndex(isSound) - edge, 0);
  const last = Math.min(mixed.findLastIndex(isSound) + edge, mixed.length);
  return mixed.subarray(first, last).map((sample) => (sample * PEAK) / loudest);
};

const wavOf = (samples) => {
  const view = new DataView(new ArrayBuffer(44 + samples.length * 2));
  const letters = (at, text) => [...text].forEach((letter, n) => view.setUint8(at + n, letter.charCodeAt(0)));
  letters(0, "RIFF");
  view.setUint32(4, 36 + samples.length * 2, true);
  letters(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, RATE, true);
  view.setUint32(28, RATE * 2, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  letters(36, "data");
  view.setUint32(40, samples.length * 2, true);
  samples.forEach((sample, n) => view.setInt16(44 + n * 2, sample * 32_767, true));
  return new Blob([view], { type: "audio/wav" });
};

const play = () => {
  const context = new AudioContext();
  const buffer = context.createBuffer(1, taken.length, RATE);
  buffer.copyToChannel(taken, 0);
  const source = new AudioBufferSourceNode(context, { buffer });
  source.onended = () => context.close();
  source.connect(context.destination);
  source.start();
};

const take = async (file) => {
  try {
    taken = await samplesOf(file);
  } catch {
    taken = null;
    return false;
  }
  warn(taken ? "" : "没有听到声音。请看看麦克风插好没有、有没有静音，再录一遍。");
  for (const button of [again, keep]) button.hidden = !taken;
  if (taken) {
    speak("录好了，正在放一遍。清楚就存下，不清楚就再录。");
    play();
    keep.focus();
  }
  return true;
};

// --- the microphone ---

const watch = (stream) => {
  const context = new AudioContext();
  const analyser = new AnalyserNode(context, { fftSize: 1024 });
  context.createMediaStreamSource(stream).connect(analyser);
  const heard = new Float32Array(analyser.fftSize);
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(heard);
    loudness.value = heard.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
  }, SHOWN_MILLISECONDS);
  return () => { clearInterval(timer); loudness.value = 0; context.close(); };
};

const start = async () => {
  warn("");
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ audio: { noiseSuppression: true, autoGainControl: true } });
  } catch {
    warn("用不了麦克风。请插好麦克风，浏览器问“允许使用麦克风吗”时点允许；也可以用手机录了传上来。");
    return;
  }
  const parts = [];
  const unwatch = watch(stream);
  running = new MediaRecorder(stream);
  running.ondataavailable = (event) => parts.push(event.data);
  running.onstop = async () => {
    unwatch();
    for (const track of stream.getTracks()) track.stop();
    running = null;
    record.querySelector("span").textContent = "再录一遍";
    if (!(await take(new Blob(parts)))) warn("这一遍没有录成。请再录一遍，或者传一个文件。");
  };
  running.start();
  record.querySelector("span").textContent = "停";
  speak("正在录……说完就按“停”。");
  const mine = running;
  setTimeout(() => { if (running === mine) running.stop(); }, recorder.dataset.secondsMax * 1000);
};

record.addEventListener("click", () => (running ? running.stop() : start()));
again.addEventListener("click", play);

// --- storing ---

const store = async (file) => {
  const data = new FormData(form);
  data.set("file", file, "voice.wav");
  const answer = await fetch(form.action || location.href, {
    method: "POST",
    body: data,
    headers: { Accept: "application/json" },
  }).catch(() => null);
  const body = answer ? await answer.json().catch(() => ({})) : {};
  if (answer?.ok && body.next) location.assign(body.next);
  else warn(body.error?.message ?? "没有连上，录音没有存下。请再按一次。");
};

keep.addEventListener("click", () => store(wavOf(taken)));

form.addEventListener("submit", async (event) => {
  const [chosen] = form.elements.file.files;
  if (!chosen) return;
  event.preventDefault();
  const understood = await take(chosen);
  if (!understood) form.submit(); // the server says what is wrong with it
});

if (navigator.mediaDevices && window.MediaRecorder) recorder.hidden = false;
else {
  warn("这里用不了麦克风：请在装程序的那台电脑上打开这一页录，或者用手机录好，在右边传上来。");
}
