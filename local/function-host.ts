import { Worker } from 'node:worker_threads';
import type { Invocation, Reply } from './function-runtime.ts';

/** A function as the embedded stack runs it. */
export interface FunctionSettings {
  readonly name: string;
  /** The bundle's module, as a file URL. */
  readonly entry: string;
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** Threads that may run at once. */
  readonly environments: number;
  /** Invocations one thread takes at a time; Lambda's own is 1. */
  readonly concurrency: number;
  /** Gets what the function prints. */
  readonly output: NodeJS.WritableStream;
  /** Told how long each invocation took, a cold start included. */
  readonly onInvoked?: ((milliseconds: number) => void) | undefined;
}

/** How long a thread without work is kept: many lanes' threads would fill a small machine. */
const idleMs = 30_000;

/** The function's thread died, threw, or ran out of time. */
export class InvocationFault extends Error {
  override readonly name = 'InvocationFault';
}

/**
 * Runs one function in threads of its own, each with its own environment variables and modules: an
 * execution environment in Lambda's sense. Threads start when they are needed, and one that dies
 * takes only its own invocations along.
 */
export class FunctionHost {
  readonly #settings: FunctionSettings;
  readonly #threads = new Set<Thread>();
  readonly #waiting: (() => void)[] = [];

  constructor(settings: FunctionSettings) {
    this.#settings = settings;
  }

  /** @throws InvocationFault */
  async invoke(event: unknown): Promise<unknown> {
    for (;;) {
      const thread = this.#free();
      if (thread !== undefined) {
        const began = performance.now();
        try {
          return await thread.invoke(event, this.#settings.timeoutMs);
        } finally {
          this.#settings.onInvoked?.(performance.now() - began);
          this.#waiting.shift()?.();
        }
      }
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** Ends every thread at once, whatever it is doing: what a crash of the function looks like. */
  async crash(): Promise<void> {
    await Promise.all([...this.#threads].map((thread) => thread.terminate()));
  }

  #free(): Thread | undefined {
    const { concurrency, environments } = this.#settings;
    for (const thread of this.#threads) if (thread.busy < concurrency) return thread;
    if (this.#threads.size >= environments) return undefined;
    const thread = new Thread(this.#settings, () => this.#threads.delete(thread));
    this.#threads.add(thread);
    return thread;
  }
}

interface Pending {
  readonly resolve: (result: unknown) => void;
  readonly reject: (fault: InvocationFault) => void;
  readonly timer: NodeJS.Timeout;
}

class Thread {
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  readonly #name: string;
  readonly #ended: () => void;
  #invocations = 0;
  #idle: NodeJS.Timeout | undefined;

  constructor({ name, entry, env, output }: FunctionSettings, ended: () => void) {
    this.#name = name;
    this.#ended = ended;
    this.#worker = new Worker(new URL('./function-runtime.ts', import.meta.url), {
      name,
      workerData: { entry, name },
      env: { ...env },
      stdout: true,
      stderr: true,
    });
    for (const stream of [this.#worker.stdout, this.#worker.stderr]) {
      stream.on('data', (chunk: Buffer) => output.write(chunk));
    }
    this.#worker.on('message', (reply: Reply) => this.#settle(reply));
    // An `exit` follows every `error`; it settles what was under way.
    this.#worker.on('error', (error: unknown) => {
      output.write(`${name} crashed: ${error instanceof Error ? error.name : 'unknown'}\n`);
    });
    this.#worker.on('exit', () => {
      ended();
      for (const id of [...this.#pending.keys()]) this.#settle({ id, error: 'the thread ended' });
    });
  }

  get busy(): number {
    return this.#pending.size;
  }

  invoke(event: unknown, timeoutMs: number): Promise<unknown> {
    const id = ++this.#invocations;
    clearTimeout(this.#idle);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => void this.terminate(), timeoutMs);
      this.#pending.set(id, { resolve, reject, timer });
      const invocation: Invocation = { id, event, deadline: Date.now() + timeoutMs };
      this.#worker.postMessage(invocation);
    });
  }

  async terminate(): Promise<void> {
    clearTimeout(this.#idle);
    await this.#worker.terminate();
  }

  /** Leaves the pool first, so that no invocation is given to a thread that is about to end. */
  #retire(): void {
    this.#ended();
    void this.terminate();
  }

  #settle(reply: Reply): void {
    const pending = this.#pending.get(reply.id);
    if (pending === undefined) return;
    this.#pending.delete(reply.id);
    clearTimeout(pending.timer);
    if ('error' in reply) pending.reject(new InvocationFault(`${this.#name}: ${reply.error}`));
    else pending.resolve(reply.result);
    if (this.busy === 0) {
      this.#idle = setTimeout(() => this.#retire(), idleMs).unref();
    }
  }
}
