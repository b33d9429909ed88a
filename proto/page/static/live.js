// Staying in touch with the program: server-sent events, asking now and then where they fail, and noticing loss.

const LOST_MS = 4000;
const AGAIN_MS = 5000;

export class Live {
  constructor(hear) {
    this.hear = hear;
    this.source = null;
    this.heardAt = null;
    this.again = 0;
    document.addEventListener("visibilitychange", () => this.turn());
  }

  // A page nobody looks at holds no stream; a phone in a pocket stays asleep.
  turn() {
    if (document.hidden) this.stop();
    else this.start();
  }

  start() {
    clearTimeout(this.again);
    if (this.source || document.hidden) return;
    const source = new EventSource("/api/stream");
    this.source = source;
    source.addEventListener("open", () => this.hear.open());
    source.addEventListener("status", (event) => this.status(JSON.parse(event.data)));
    source.addEventListener("line", (event) => this.hear.line(JSON.parse(event.data)));
    source.addEventListener("point", (event) => this.hear.point(JSON.parse(event.data)));
    source.addEventListener("error", () => {
      if (source.readyState === EventSource.CLOSED) this.fallBack();
    });
  }

  stop() {
    clearTimeout(this.again);
    this.source?.close();
    this.source = null;
  }

  // The browser gave the stream up (no place left, or not allowed): ask once, then try it again.
  async fallBack() {
    this.stop();
    this.again = setTimeout(() => this.start(), AGAIN_MS);
    try {
      const answer = await fetch("/api/status", { cache: "no-store" });
      if (answer.ok) this.status(await answer.json());
      else this.hear.refused(answer.status);
    } catch {
      // Nobody there; the clock below says so.
    }
  }

  status(status) {
    this.heardAt = performance.now();
    this.hear.status(status);
  }

  // Milliseconds since the program spoke, null before it ever did.
  get silence() {
    return this.heardAt === null ? null : performance.now() - this.heardAt;
  }

  get lost() {
    return this.silence !== null && this.silence > LOST_MS;
  }
}

export async function ask(path) {
  const answer = await fetch(path, { cache: "no-store" });
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.json();
}
