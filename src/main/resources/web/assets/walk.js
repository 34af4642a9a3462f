// A simulated phone: somebody strolls through a park and holds the phone upright.

const METRES_PER_DEGREE = 111_320;
const WALKING = 1.4; // metres a second
const wobble = (seconds, period, size) => Math.sin((seconds * 2 * Math.PI) / period) * size;

export class Walk {
  #latitude = 52.5145;
  #longitude = 13.3501;
  #heading = 40;
  #startedAt = Date.now();
  #readAt = Date.now();

  async start() { return 'Simulating a walk'; }

  stop() {}

  read() {
    const now = Date.now();
    const step = Math.min(5, (now - this.#readAt) / 1000) * WALKING;
    const seconds = (now - this.#startedAt) / 1000;
    this.#readAt = now;
    this.#heading = (this.#heading + (Math.random() - 0.5) * 12 * step + 360) % 360;
    const direction = (this.#heading * Math.PI) / 180;
    this.#latitude += (Math.cos(direction) * step) / METRES_PER_DEGREE;
    this.#longitude += (Math.sin(direction) * step) / (METRES_PER_DEGREE * Math.cos((this.#latitude * Math.PI) / 180));
    return {
      captureMethod: 'simulated',
      gps: {
        latitude: this.#latitude, longitude: this.#longitude, altitude: 34 + wobble(seconds, 90, 3),
        accuracy: 5 + Math.random() * 3, speed: WALKING, heading: this.#heading,
      },
      orientation: {
        alpha: (360 - this.#heading) % 360, beta: 84 + wobble(seconds, 3, 6), gamma: wobble(seconds, 5, 10), compass: this.#heading,
      },
      motion: { accelerationX: wobble(seconds, 1, 0.6), accelerationY: wobble(seconds, 0.5, 1.8), accelerationZ: wobble(seconds, 0.7, 0.9) },
      weather: { temperature: 17.5, humidity: 58, windSpeed: 9, windDirection: 250, weatherCode: 2, precipitation: 0, cloudCover: 35 },
      objectsDetected: [{ class: 'tree', score: 0.8 + wobble(seconds, 20, 0.15), bbox: [20, 60, 40, 90] }],
    };
  }
}

const SKY = '#9cc7e0';
const HILLS = ['#5f8f86', '#3d6b4f', '#c9b48a']; // far to near

/** Draws what this phone would see and returns it as the wire's photo and palette. */
export function photograph(canvas, heading = 0) {
  const { width, height } = canvas;
  const pen = canvas.getContext('2d');
  pen.fillStyle = SKY;
  pen.fillRect(0, 0, width, height);
  HILLS.forEach((color, layer) => {
    pen.fillStyle = color;
    for (let x = 0; x < width; x++) pen.fillRect(x, height * (0.57 + 0.17 * layer) + wobble(x + heading * 6, 210 - 50 * layer, 10), 1, height);
  });
  pen.fillStyle = '#123';
  pen.font = '14px sans-serif';
  pen.fillText(`${new Date().toISOString().slice(11, 19)} UTC`, 10, 22);
  const channel = (hex, at) => parseInt(hex.slice(at, at + 2), 16);
  const colorPalette = [SKY, ...HILLS].map((hex) => ({ r: channel(hex, 1), g: channel(hex, 3), b: channel(hex, 5), hex }));
  return { photoBase64: canvas.toDataURL('image/jpeg', 0.7), colorPalette };
}
