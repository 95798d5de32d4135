/** Watches: what changed since a version, and what changes from now on, as it happens. */
import type { ServerResponse } from "node:http";
import { StatusError } from "./errors";
import type { Kind } from "./kinds";
import type { KubeObject, ObjectStore } from "./objects";

/** One line of a watch. */
interface WatchEvent {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly object: KubeObject;
}

/** What is watched: a kind, in one namespace where it is given. */
export interface Watched {
  readonly kind: Kind;
  readonly namespace: string | undefined;
  /** Nothing before or at this version is told; all that there is, where it is absent or 0. */
  readonly since: string | undefined;
  /** Longest that it goes on. */
  readonly seconds: number;
}

/** Older changes are forgotten, as etcd compacts them. */
const KEPT = 2_000;

/** The changes of late, and who waits for more. */
export class Watches {
  private readonly history: { kind: Kind; event: WatchEvent }[] = [];
  private readonly known = new Set<string>();
  private readonly open = new Set<(kind: Kind, event: WatchEvent) => void>();
  /** The version of the newest change that is forgotten. */
  private forgotten = 0;

  constructor(private readonly objects: ObjectStore) {
    objects.onChange((kind, object, how) => this.changed(kind, object, how));
  }

  /** Answers a request with a line of JSON for every change, until its time is over or the caller leaves. @throws 410 where changes since then are forgotten. */
  serve(watched: Watched, response: ServerResponse): void {
    const { kind, namespace, since = "0", seconds } = watched;
    const from = Number(since);
    if (from > 0 && from < this.forgotten)
      throw new StatusError(
        410,
        "Expired",
        `too old resource version: ${since} (${this.forgotten})`,
      );
    response.writeHead(200, { "content-type": "application/json" });
    response.flushHeaders();
    const tell = (of: Kind, event: WatchEvent) => {
      const there = namespace === undefined || event.object.metadata.namespace === namespace;
      if (of === kind && there) response.write(`${JSON.stringify(event)}\n`);
    };
    if (from === 0)
      for (const object of this.objects.list(kind, namespace))
        tell(kind, { type: "ADDED", object });
    else
      for (const { kind: of, event } of this.history)
        if (versionOf(event.object) > from) tell(of, event);
    this.open.add(tell);
    const end = setTimeout(() => response.end(), seconds * 1000).unref();
    response.once("close", () => {
      clearTimeout(end);
      this.open.delete(tell);
    });
  }

  private changed(kind: Kind, object: KubeObject, how: "put" | "deleted"): void {
    const { uid } = object.metadata;
    const type = how === "deleted" ? "DELETED" : this.known.has(uid) ? "MODIFIED" : "ADDED";
    if (how === "deleted") this.known.delete(uid);
    else this.known.add(uid);
    const event = { type, object } as const;
    this.history.push({ kind, event });
    while (this.history.length > KEPT)
      this.forgotten = versionOf((this.history.shift() as { event: WatchEvent }).event.object);
    for (const tell of this.open) tell(kind, event);
  }
}

function versionOf({ metadata }: KubeObject): number {
  return Number(metadata.resourceVersion);
}
