// Events a second over the last two minutes, drawn into an <svg viewBox="0 0 120 32" preserveAspectRatio="none">.

const SECONDS = 120;
const HEIGHT = 32;

export class Sparkline {
  #counts = new Array(SECONDS).fill(0); // a ring: second s is kept in slot s % SECONDS
  #now = 0;
  #line = document.createElementNS('http://www.w3.org/2000/svg', 'polyline');

  constructor(svg) { svg.append(this.#line); }

  add() {
    this.#advance();
    this.#counts[this.#now % SECONDS]++;
  }

  /** Draws the line, and says the mean of the last five whole seconds. */
  draw() {
    this.#advance();
    const past = Array.from({ length: SECONDS - 1 }, (_, at) => this.#counts[(this.#now + 1 + at) % SECONDS]);
    const top = Math.max(1, ...past);
    this.#line.setAttribute('points', past.map((value, at) => `${at + 1},${(HEIGHT - 1 - (value / top) * (HEIGHT - 3)).toFixed(1)}`).join(' '));
    return `${(past.slice(-5).reduce((sum, value) => sum + value) / 5).toFixed(1)} a second`;
  }

  /** Timers of a hidden page are late, so time is read and not counted in ticks. */
  #advance() {
    const second = Math.floor(performance.now() / 1000) + SECONDS;
    for (let s = Math.max(this.#now + 1, second - SECONDS + 1); s <= second; s++) this.#counts[s % SECONDS] = 0;
    this.#now = second;
  }
}
