// A phone's orientation as a compass needle and as the horizon that its camera sees.
import { isNumber } from '/assets/format.js';

const clamp = (value, limit) => Math.max(-limit, Math.min(limit, value));

/** Degrees clockwise from north: the phone's own compass, else from alpha, which counts the other way round. */
export function headingOf({ compass, alpha }) {
  if (isNumber(compass)) return ((compass % 360) + 360) % 360;
  return isNumber(alpha) ? (360 - (alpha % 360)) % 360 : null;
}

/** Turns the needle and tilts the horizon; a value that is missing rests in the middle, dimmed. */
export function drawAttitude({ needle, horizon }, orientation) {
  const heading = headingOf(orientation);
  needle.setAttribute('transform', `rotate(${(heading ?? 0).toFixed(1)})`);
  needle.classList.toggle('missing', heading === null);
  const { beta, gamma } = orientation;
  const pitch = isNumber(beta) ? clamp(beta - 90, 45) : 0; // 90 is upright: the camera looks at the horizon
  const roll = isNumber(gamma) ? clamp(gamma, 90) : 0;
  horizon.setAttribute('transform', `rotate(${(-roll).toFixed(1)}) translate(0 ${pitch.toFixed(1)})`);
  horizon.classList.toggle('missing', !isNumber(beta));
}
