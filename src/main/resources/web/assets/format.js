// Values from the wire to text for people. Whatever is missing, null or of the wrong type becomes a dash.

export const NONE = '–';

export const isNumber = (value) => typeof value === 'number' && Number.isFinite(value);

/** A measured value with a fixed number of digits and its unit. */
export function measure(value, digits = 0, unit = '') {
  if (!isNumber(value)) return NONE;
  const text = Math.abs(value) < 1e9 ? value.toFixed(digits) : value.toExponential(2);
  return unit && unit !== '°' ? `${text} ${unit}` : text + unit;
}

export const count = (value) => (isNumber(value) ? Math.round(value).toLocaleString('en') : NONE);

/** Text that somebody else chose: bounded, and without the controls that reorder or hide what stands around it. */
export function foreign(value, limit = 80) {
  if (typeof value !== 'string' && !isNumber(value)) return NONE;
  const text = String(value).slice(0, limit * 4)
    .replace(/[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g, '').trim();
  return text.length > limit ? `${text.slice(0, limit)}…` : text || NONE;
}

export function duration(seconds) {
  if (!isNumber(seconds) || seconds < 0) return NONE;
  const [days, hours, minutes] = [seconds / 86400, (seconds % 86400) / 3600, (seconds % 3600) / 60].map(Math.floor);
  if (days) return `${days} d ${hours} h`;
  if (hours) return `${hours} h ${minutes} min`;
  return minutes ? `${minutes} min ${Math.floor(seconds % 60)} s` : `${Math.floor(seconds)} s`;
}

/** How long ago a wire timestamp or an epoch millisecond was. Clocks differ, so the future counts as now. */
export function ago(when) {
  const at = typeof when === 'string' ? Date.parse(when) : when;
  if (!isNumber(at)) return NONE;
  const seconds = Math.floor((Date.now() - at) / 1000);
  return seconds < 2 ? 'just now' : `${duration(seconds)} ago`;
}

export function clock(when) {
  const date = new Date(when ?? NaN);
  return Number.isNaN(date.getTime()) ? NONE : date.toLocaleTimeString('en-GB');
}
