import { type ChildProcess, execFile, fork } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { constants, setPriority } from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import {
  type DecoderAnswer,
  type DecoderRequest,
  type Failure,
  type Made,
  type PageRendering,
  type Rendering,
  type StripRequest,
  Unreadable,
} from './rendering.ts';

const DECODER = fileURLToPath(new URL('./decoder.ts', import.meta.url));
const START_TIMEOUT = 30_000;
const RESTART_AFTER = 1_000;
const LOOK_EVERY = 50;
/** How much longer than its own work a file may take where the machine gives a decoder little time. */
const PATIENCE = 3;
const run = promisify(execFile);

export interface PoolOptions {
  /** Decoder processes; each works on one file at a time. */
  size: number;
  /** Processor time a file may take: on a busy machine a decoder, which comes last, is not at fault for waiting. */
  maxWorkMs?: number;
  maxResidentBytes?: number;
}

/** Longest that a file is with a decoder, so that a lease on it may be a little longer. */
export const LONGEST_SECONDS = 30;

/**
 * Processor time a file may take in the quick lane, where others wait behind it; whatever takes longer begins anew in the
 * slow one.
 */
export const QUICK_MS = 2_000;

/** Decoder processes that are killed and replaced when a file takes too long, too much memory, or them down. */
export class DecoderPool {
  readonly #maxWorkMs: number;
  readonly #maxResidentBytes: number;
  readonly #idle: Decoder[] = [];
  readonly #all = new Set<Decoder>();
  readonly #waiting: ((decoder: Decoder) => void)[] = [];
  #closed = false;

  constructor(options: PoolOptions) {
    this.#maxWorkMs = options.maxWorkMs ?? (LONGEST_SECONDS * 1000) / PATIENCE;
    this.#maxResidentBytes = options.maxResidentBytes ?? 512 * 1024 * 1024;
    for (let n = 0; n < options.size; n++) this.#add();
  }

  /** Process ids of the decoders, e.g. to look at their memory. */
  get processIds(): number[] {
    return [...this.#all].flatMap((decoder) => decoder.child.pid ?? []);
  }

  /** Waits for a free decoder and has it for the time of `work`; one that has died or grown is replaced. */
  async use<T>(work: (decoder: Decoder) => Promise<T>): Promise<T> {
    const decoder =
      this.#idle.pop() ?? (await new Promise<Decoder>((resolve) => this.#waiting.push(resolve)));
    try {
      return await work(decoder);
    } finally {
      if (decoder.usable) this.#offer(decoder);
      else this.#replace(decoder);
    }
  }

  close(): void {
    this.#closed = true;
    for (const decoder of this.#all) decoder.kill();
    this.#all.clear();
  }

  #add(): void {
    const decoder = new Decoder(this.#maxWorkMs, this.#maxResidentBytes);
    this.#all.add(decoder);
    decoder.child.once('exit', () => {
      const at = this.#idle.indexOf(decoder);
      if (at < 0) return;
      this.#idle.splice(at, 1);
      // A decoder that dies before it has started would die again at once.
      setTimeout(() => this.#replace(decoder), decoder.hasStarted ? 0 : RESTART_AFTER);
    });
    this.#offer(decoder);
  }

  #replace(decoder: Decoder): void {
    decoder.kill();
    this.#all.delete(decoder);
    if (!this.#closed) this.#add();
  }

  #offer(decoder: Decoder): void {
    const next = this.#waiting.shift();
    if (next) next(decoder);
    else this.#idle.push(decoder);
  }
}

/** One decoder process. */
export class Decoder {
  readonly child: ChildProcess;
  readonly #maxWorkMs: number;
  readonly #maxResidentBytes: number;
  readonly #started: Promise<void>;
  #usable = true;
  #hasStarted = false;

  constructor(maxWorkMs: number, maxResidentBytes: number) {
    this.#maxWorkMs = maxWorkMs;
    this.#maxResidentBytes = maxResidentBytes;
    this.child = fork(DECODER, [], {
      serialization: 'advanced',
      // A compromised decoder must not see the worker's environment (addresses, passwords).
      env: { PATH: process.env.PATH, NODE_NO_WARNINGS: '1' },
      execArgv: ['--max-old-space-size=256', '--permission', '--allow-addons', '--allow-fs-read=*'],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    // Lower priority: requests and live events come before previews.
    if (this.child.pid) setPriority(this.child.pid, constants.priority.PRIORITY_BELOW_NORMAL);
    this.#started = this.#expect(START_TIMEOUT, 'crashed').then(
      () => {
        this.#hasStarted = true;
      },
      () => {
        throw new Error('A decoder process did not start');
      },
    );
    this.#started.catch(() => {});
    this.child.once('exit', () => {
      this.#usable = false;
    });
    this.child.on('error', () => this.kill());
  }

  get usable(): boolean {
    return this.#usable;
  }

  get hasStarted(): boolean {
    return this.#hasStarted;
  }

  /** A whole file: its derivatives. Throws Unreadable, `timeout` beyond `maxWorkMs` of processor time. */
  async render(request: DecoderRequest, maxWorkMs?: number): Promise<Rendering> {
    const answer = await this.#ask(request, maxWorkMs);
    if ('rendering' in answer) return answer.rendering;
    throw new Error('A decoder answered something else');
  }

  /** One page of a PDF. Throws Unreadable. */
  async renderPage(request: DecoderRequest & { page: number }, maxWorkMs?: number): Promise<PageRendering> {
    const answer = await this.#ask(request, maxWorkMs);
    if ('page' in answer) return answer.page;
    throw new Error('A decoder answered something else');
  }

  /** A strip of a page. Throws Unreadable. */
  async renderStrip(request: StripRequest, maxWorkMs?: number): Promise<Uint8Array> {
    const answer = await this.#ask(request, maxWorkMs);
    if ('strip' in answer) return answer.strip;
    throw new Error('A decoder answered something else');
  }

  async #ask(request: DecoderRequest | StripRequest, maxWorkMs = this.#maxWorkMs): Promise<Made> {
    await this.#started;
    const pid = this.child.pid as number;
    const before = await usageOf(pid);
    let exceeded: Failure | null = null;
    const watch = setInterval(async () => {
      const now = await usageOf(pid);
      if (now.residentBytes > this.#maxResidentBytes) exceeded = 'memory';
      else if (now.workMs - before.workMs > maxWorkMs) exceeded = 'timeout';
      else return;
      this.kill();
    }, LOOK_EVERY);
    try {
      const answering = this.#expect(maxWorkMs * PATIENCE, 'timeout');
      this.child.send(request);
      const answer = await answering;
      if (typeof answer === 'object' && ('rendering' in answer || 'page' in answer || 'strip' in answer))
        return answer;
      if (typeof answer === 'object' && 'failure' in answer) {
        // An unforeseen error leaves a decoder in an unknown state: give the next file a new one.
        if (answer.failure === 'crashed' || answer.failure === 'memory') this.kill();
        throw new Unreadable(answer.failure);
      }
      this.kill();
      throw new Error(`A decoder answered ${JSON.stringify(answer)}`);
    } catch (error) {
      throw exceeded ? new Unreadable(exceeded) : error;
    } finally {
      clearInterval(watch);
      await this.#retireIfGrown();
    }
  }

  kill(): void {
    this.#usable = false;
    this.child.kill('SIGKILL');
  }

  /** The next message; the process is killed when none comes in time. */
  #expect(timeoutMs: number, onTimeout: Failure): Promise<DecoderAnswer> {
    return new Promise((resolve, reject) => {
      const done = () => {
        clearTimeout(timer);
        this.child.off('message', onMessage);
        this.child.off('exit', onExit);
      };
      const onMessage = (answer: DecoderAnswer) => {
        done();
        resolve(answer);
      };
      const onExit = () => {
        done();
        reject(new Unreadable('crashed'));
      };
      const timer = setTimeout(() => {
        done();
        this.kill();
        reject(new Unreadable(onTimeout));
      }, timeoutMs);
      this.child.on('message', onMessage);
      this.child.on('exit', onExit);
    });
  }

  /** WebAssembly memory never shrinks: what one large file needed must not be missing for the next. */
  async #retireIfGrown(): Promise<void> {
    if (this.#usable && (await usageOf(this.child.pid as number)).residentBytes > this.#maxResidentBytes / 2)
      this.kill();
  }
}

interface Usage {
  residentBytes: number;
  /** Processor time since the process began. */
  workMs: number;
}

/** What a process has and has used; nothing when it has gone. */
async function usageOf(pid: number): Promise<Usage> {
  try {
    if (process.platform === 'linux') {
      const [status, stat] = await Promise.all([
        readFile(`/proc/${pid}/status`, 'utf8'),
        readFile(`/proc/${pid}/stat`, 'utf8'),
      ]);
      // Fields 14 and 15, in hundredths of a second; the second one, a name, may have blanks in it.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return {
        residentBytes: Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024,
        workMs: (Number(fields[11]) + Number(fields[12])) * 10,
      };
    }
    const { stdout } = await run('ps', ['-o', 'rss=,time=', '-p', String(pid)]);
    const [kilobytes, time = ''] = stdout.trim().split(/\s+/);
    const seconds = time.split(/[-:]/).reduce((sum, part) => sum * 60 + Number(part), 0);
    return { residentBytes: Number(kilobytes) * 1024, workMs: seconds * 1000 };
  } catch {
    return { residentBytes: 0, workMs: 0 };
  }
}
