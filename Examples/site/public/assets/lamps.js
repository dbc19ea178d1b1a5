// Plays each light's character: data-character lists seconds of light and dark by turns, light first.
const lamps = [...document.querySelectorAll("[data-character]")].map((element) => {
  const turns = element.dataset.character.split(" ").map(Number);
  return { element, turns, period: turns.reduce((sum, seconds) => sum + seconds, 0) };
});

function isLit({ turns, period }, seconds) {
  let rest = seconds % period;
  for (const [index, turn] of turns.entries()) {
    if (rest < turn) return index % 2 === 0;
    rest -= turn;
  }
  return false;
}

function draw(milliseconds) {
  for (const lamp of lamps) lamp.element.classList.toggle("lit", isLit(lamp, milliseconds / 1000));
}

// Flashing light is unwelcome to some: whoever asked for less motion gets still lamps, and a button for everybody.
let playing = !matchMedia("(prefers-reduced-motion: reduce)").matches;
const button = document.querySelector("[data-play]");

function tick(milliseconds) {
  if (!playing) return;
  draw(milliseconds);
  requestAnimationFrame(tick);
}

function show() {
  if (button) button.textContent = playing ? "Stop the lamps" : "Light the lamps";
  if (playing) requestAnimationFrame(tick);
  else for (const { element } of lamps) element.classList.add("lit");
}

button?.addEventListener("click", () => {
  playing = !playing;
  show();
});
if (button) button.hidden = false;
show();
