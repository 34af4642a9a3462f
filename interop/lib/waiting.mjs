// What a client of the tests waits for: a condition that is looked at whenever something has arrived, until it holds, can no longer hold, or the time is up.

export class Waiting {
  #client;
  #waiters = new Set();

  /** @param client tells its `name`, what the server did wrong (`fault`), how the connection ended (`end`), and what has arrived (`seen`): all of them functions */
  constructor(client) {
    this.#client = client;
  }

  /** Resolves when `ready` says so; `what` is for people. */
  until(ready, deadlineMs, what) {
    const { fault, end } = this.#client;
    return new Promise((resolve, reject) => {
      const settle = (how, value) => { clearTimeout(timer); this.#waiters.delete(look); how(value); };
      const fail = (why) => settle(reject, this.failure(`${why} for ${described(what)}`));
      const timer = setTimeout(() => fail(`waited ${Math.round(deadlineMs)} ms in vain`), deadlineMs);
      const look = () => {
        if (fault()) settle(reject, new Error(fault()));
        else if (ready()) settle(resolve);
        else if (end()) fail(`the connection ended with ${end().code} while waiting`);
      };
      this.#waiters.add(look);
      look();
    });
  }

  /** Something has arrived, or the connection has ended. */
  changed() {
    for (const look of [...this.#waiters]) look();
  }

  failure(why) {
    return new Error(`${this.#client.name()}: ${why}; arrived so far: ${this.#client.seen().slice(-20).join(', ') || 'nothing'}`);
  }
}

/** What is waited for, for people. */
export function described(what) {
  return typeof what === 'function' ? `something with ${what}` : what;
}
