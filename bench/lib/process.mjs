// Which cores processes run on.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** The cores this process may run on, as numbers. */
export function allowedCores() {
  const list = /^Cpus_allowed_list:\s+(\S+)/m.exec(readFileSync('/proc/self/status', 'latin1'))[1];
  return list.split(',').flatMap((range) => {
    const [first, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
}

/** Moves all threads of a running process to these cores; threads that they start later stay there, too. */
export function pin(pid, cores) {
  execFileSync('taskset', ['--all-tasks', '--pid', '--cpu-list', cores.join(','), String(pid)], { stdio: 'ignore' });
}
