// 大声, 小声, 试一试: kept by this screen for itself.
"use strict";

const [louder, quieter, shown] = ["louder", "quieter", "volume"].map((id) => document.getElementById(id));
const test = document.getElementById("told-volume-test");

const showVolume = () => {
  shown.textContent = volume();
  louder.disabled = volume() >= LOUDEST;
  quieter.disabled = volume() <= 1;
};

const tryVolume = async () => {
  document.getElementById("no-voice").hidden = await sayElement(test);
};

for (const [button, step] of [[louder, 1], [quieter, -1]]) {
  button.addEventListener("click", () => {
    localStorage.setItem(VOLUME, Math.min(Math.max(volume() + step, 1), LOUDEST));
    showVolume();
    tryVolume();
  });
}
document.getElementById("try-volume").addEventListener("click", tryVolume);
showVolume();
