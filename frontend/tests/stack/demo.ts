/**
 * The real stack for tests and measurements: demo/demo.py with its private broker, mock Hubble server, adapter and nginx, steered by
 * one-word commands.
 */

import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface, type Interface } from "node:readline";
import { fileURLToPath } from "node:url";

const REPOSITORY = fileURLToPath(new URL("../../..", import.meta.url));
const FRONTEND = join(REPOSITORY, "frontend");

/** Debian's own Python: another one on the PATH lacks Debian's packages. */
const PYTHON = "/usr/bin/python3";

/** The built page that is put to the test; another folder than the usual one, while somebody works on that. */
export const PAGE = process.env["HUBBLECAST_PAGE"] ?? join(FRONTEND, "dist");

const READY_TIMEOUT_MS = 120_000;
const COMMAND_TIMEOUT_MS = 90_000;

export interface DemoInfo {
  /** Address of the page with a log-in in its fragment. */
  readonly url: string;
  /** The same without the log-in. */
  readonly page: string;
  readonly user: string;
  readonly password: string;
  /** A line `UUID UNIX_TIME_NS` for each flow that the mock server sent. */
  readonly sent_log: string;
  readonly ports: { readonly amqp: number };
  /** By name: those who may log in to the page. */
  readonly viewers: Readonly<Record<string, { readonly url: string; readonly password: string }>>;
}

export type Command = "kill-broker" | "start-broker" | "stop-adapter" | "start-adapter";

/** A flow that the mock server sent. */
export interface Sent {
  readonly uuid: string;
  /** Milliseconds since 1970. */
  readonly ms: number;
}

export interface Message {
  readonly exchange: "hubble_flows" | "hubble_status";
  readonly key: string;
  /** A text as it is, anything else as JSON. */
  readonly body: unknown;
}

export class Demo {
  readonly info: DemoInfo;
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #lines: Lines;
  readonly #folder: string;

  private constructor(process: ChildProcessWithoutNullStreams, lines: Lines, folder: string, info: DemoInfo) {
    this.#process = process;
    this.#lines = lines;
    this.#folder = folder;
    this.info = info;
  }

  static async start(ratePerSecond: number): Promise<Demo> {
    const folder = await mkdtemp(join(tmpdir(), "hubblecast-"));
    const process = spawn(
      PYTHON,
      [
        join(REPOSITORY, "demo/demo.py"),
        ...["--json", "--run-dir", join(folder, "run"), "--page", PAGE, "--port", "0", "--rate", String(ratePerSecond)],
        ...["shop", "odd"].map((name) => join(REPOSITORY, `demo/captures/${name}.jsonl`)),
      ],
      { cwd: REPOSITORY, stdio: "pipe" },
    );
    const lines = new Lines(createInterface(process.stdout));
    const errors: string[] = [];
    process.stderr.setEncoding("utf8").on("data", (text: string) => errors.push(text));
    process.on("exit", (code) => {
      lines.fail(new Error(`the demo ended with ${code ?? "a signal"}: ${errors.join("").trim()}`));
    });
    try {
      const info = (await lines.next(READY_TIMEOUT_MS)) as DemoInfo;
      return new Demo(process, lines, folder, info);
    } catch (error) {
      process.kill("SIGTERM");
      throw error;
    }
  }

  /** A file with the password of the broker user that may publish. */
  get adapterPasswordFile(): string {
    return join(this.#folder, "run/broker/secrets/adapter.password");
  }

  async run(command: Command): Promise<void> {
    this.#process.stdin.write(`${command}\n`);
    const answer = (await this.#lines.next(COMMAND_TIMEOUT_MS)) as { readonly done?: string };
    if (answer.done !== command) throw new Error(`the demo answered ${JSON.stringify(answer)} to ${command}`);
  }

  /** Publishes messages straight to the broker. Resolves once it has confirmed them all. */
  async publish(messages: readonly Message[]): Promise<void> {
    const publisher = spawn(PYTHON, [join(FRONTEND, "tests/stack/publisher.py"), String(this.info.ports.amqp)]);
    const errors: string[] = [];
    publisher.stderr.setEncoding("utf8").on("data", (text: string) => errors.push(text));
    publisher.stdin.write(`${(await readFile(this.adapterPasswordFile, "ascii")).trim()}\n`);
    publisher.stdin.end(messages.map((message) => `${JSON.stringify(message)}\n`).join(""));
    await new Promise<void>((done, failed) => {
      publisher.on("exit", (code) => {
        if (code === 0) done();
        else failed(new Error(`the publisher ended with ${String(code)}: ${errors.join("").trim()}`));
      });
    });
  }

  /** What was sent up to about a second ago: the log is written out once a second. */
  async sent(): Promise<readonly Sent[]> {
    const text = await readFile(this.info.sent_log, "ascii");
    const whole = text.slice(0, text.lastIndexOf("\n") + 1);
    return whole
      .split("\n")
      .filter(Boolean)
      .map((line) => {
        const [uuid = "", ns = "0"] = line.split(" ");
        return { uuid, ms: Number(BigInt(ns) / 1_000n) / 1_000 };
      });
  }

  async stop(): Promise<void> {
    const ended = new Promise<void>((done) => {
      if (this.#process.exitCode !== null) done();
      else
        this.#process.once("exit", () => {
          done();
        });
    });
    this.#process.stdin.end("quit\n");
    await ended;
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** The demo's answers, one line of JSON each. */
class Lines {
  readonly #waiting: { readonly resolve: (value: unknown) => void; readonly reject: (error: Error) => void }[] = [];
  readonly #come: unknown[] = [];
  #failure: Error | null = null;

  constructor(lines: Interface) {
    lines.on("line", (line) => {
      const value: unknown = JSON.parse(line);
      const first = this.#waiting.shift();
      if (first === undefined) this.#come.push(value);
      else first.resolve(value);
    });
  }

  fail(error: Error): void {
    this.#failure = error;
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }

  async next(timeoutMs: number): Promise<unknown> {
    if (this.#come.length > 0) return this.#come.shift();
    if (this.#failure !== null) throw this.#failure;
    return new Promise((done, failed) => {
      const timer = setTimeout(() => {
        failed(new Error(`the demo said nothing for ${timeoutMs} ms`));
      }, timeoutMs);
      this.#waiting.push({
        resolve: (value) => {
          clearTimeout(timer);
          done(value);
        },
        reject: (error) => {
          clearTimeout(timer);
          failed(error);
        },
      });
    });
  }
}
