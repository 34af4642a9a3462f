/** Prints rows of texts and numbers as a Markdown table whose columns also line up in a terminal. */
export function printTable(head, rows) {
  const texts = [head, ...rows].map((row) => row.map(String));
  const widths = head.map((_, column) => Math.max(...texts.map((row) => row[column].length)));
  const line = (row) => `| ${row.map((text, column) => (column === 0 ? text.padEnd(widths[0]) : text.padStart(widths[column]))).join(' | ')} |`;
  console.log(line(texts[0]));
  console.log(`|${widths.map((width, column) => (column === 0 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`);
  for (const row of texts.slice(1)) console.log(line(row));
}

export const fixed = (value, digits) => (value === null || value === undefined ? '-' : value.toFixed(digits));
export const grouped = (value) => (value === null || value === undefined ? '-' : value.toLocaleString('en-US'));
