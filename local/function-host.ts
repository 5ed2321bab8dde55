import {
  type ExecutionEnvironment,
  type StartEnvironment,
  startThread,
} from './execution-environment.ts';
import type { Reply } from './function-runtime.ts';

/** A function as the embedded stack runs it. */
export interface FunctionSettings {
  readonly name: string;
  /** The bundle's module, as a file URL. */
  readonly entry: string;
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** Instances that may run at once. */
  readonly environments: number;
  /** Invocations one instance takes at a time; Lambda's own is 1. */
  readonly concurrency: number;
  /** Gets what the function prints. */
  readonly output: NodeJS.WritableStream;
  /** Told how long each invocation took, a cold start included. */
  readonly onInvoked?: ((milliseconds: number) => void) | undefined;
  /** How its instances start; in threads unless told. */
  readonly start?: StartEnvironment | undefined;
}

/** How long an instance without work is kept: many lanes' would fill a small machine. */
const idleMs = 30_000;

/** The function's instance died, threw, or ran out of time. */
export class InvocationFault extends Error {
  override readonly name = 'InvocationFault';
}

/**
 * Runs one function in instances of its own, each with its own environment variables and modules.
 * They start when they are needed, and one that dies takes only its own invocations along.
 */
export class FunctionHost {
  readonly #settings: FunctionSettings;
  readonly #instances = new Set<Instance>();
  readonly #waiting: (() => void)[] = [];

  constructor(settings: FunctionSettings) {
    this.#settings = settings;
  }

  /** @throws InvocationFault */
  async invoke(event: unknown): Promise<unknown> {
    for (;;) {
      const instance = this.#free();
      if (instance !== undefined) {
        const began = performance.now();
        try {
          return await instance.invoke(event, this.#settings.timeoutMs);
        } finally {
          this.#settings.onInvoked?.(performance.now() - began);
          this.#waiting.shift()?.();
        }
      }
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** Ends every instance at once, whatever it is doing: what a crash of the function looks like. */
  async crash(): Promise<void> {
    await Promise.all([...this.#instances].map((instance) => instance.terminate()));
  }

  #free(): Instance | undefined {
    const { concurrency, environments } = this.#settings;
    for (const instance of this.#instances) if (instance.busy < concurrency) return instance;
    if (this.#instances.size >= environments) return undefined;
    const instance = new Instance(this.#settings, () => this.#instances.delete(instance));
    this.#instances.add(instance);
    return instance;
  }
}

interface Pending {
  readonly resolve: (result: unknown) => void;
  readonly reject: (fault: InvocationFault) => void;
  readonly timer: NodeJS.Timeout;
}

class Instance {
  readonly #environment: ExecutionEnvironment;
  readonly #pending = new Map<number, Pending>();
  readonly #name: string;
  readonly #ended: () => void;
  #invocations = 0;
  #idle: NodeJS.Timeout | undefined;

  constructor(
    { name, entry, env, output, start = startThread }: FunctionSettings,
    ended: () => void,
  ) {
    this.#name = name;
    this.#ended = ended;
    this.#environment = start({
      name,
      entry,
      env,
      print: (chunk) => output.write(chunk),
      replied: (reply) => this.#settle(reply),
      ended: () => {
        ended();
        for (const id of [...this.#pending.keys()]) this.#settle({ id, error: 'it ended' });
      },
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
      this.#environment.post({ id, event, deadline: Date.now() + timeoutMs });
    });
  }

  async terminate(): Promise<void> {
    clearTimeout(this.#idle);
    await this.#environment.end();
  }

  /** Leaves the pool first, so that no invocation is given to an instance that is about to end. */
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
