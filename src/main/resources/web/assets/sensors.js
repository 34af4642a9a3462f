// The browser's own sensors, with the interface of walk.js. What the device does not have stays null.

export class Sensors {
  #gps = null;
  #orientation = null;
  #motion = null;
  #watch = 0;
  #stopping = new AbortController();

  /** To be called from a click: iOS asks for permission only then. Returns what to tell the user. */
  async start() {
    const { signal } = this.#stopping;
    const kinds = [globalThis.DeviceOrientationEvent, globalThis.DeviceMotionEvent];
    await Promise.allSettled(kinds.map((kind) => kind?.requestPermission?.()));
    addEventListener('deviceorientation', (event) => this.#turned(event), { signal });
    addEventListener('devicemotion', (event) => this.#moved(event), { signal });
    if (signal.aborted) return 'Stopped';
    if (!isSecureContext || !navigator.geolocation) return 'No position: browsers give it to HTTPS pages and localhost only';
    return new Promise((tell) => {
      this.#watch = navigator.geolocation.watchPosition(({ coords }) => {
        const { latitude, longitude, altitude, accuracy, speed, heading } = coords;
        this.#gps = { latitude, longitude, altitude, accuracy, speed, heading };
        tell('Using the sensors of this device');
      }, ({ message }) => tell(`No position: ${message}`), { enableHighAccuracy: true, timeout: 15_000 });
    });
  }

  stop() {
    this.#stopping.abort();
    navigator.geolocation?.clearWatch(this.#watch);
  }

  read() {
    return { captureMethod: 'browser', gps: this.#gps, orientation: this.#orientation, motion: this.#motion };
  }

  #turned({ alpha, beta, gamma, webkitCompassHeading }) {
    this.#orientation = { alpha, beta, gamma, compass: webkitCompassHeading }; // undefined is left out of the JSON
  }

  #moved({ acceleration }) {
    this.#motion = { accelerationX: acceleration?.x ?? null, accelerationY: acceleration?.y ?? null, accelerationZ: acceleration?.z ?? null };
  }
}
