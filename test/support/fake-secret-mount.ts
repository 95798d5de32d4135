/** A fake of the kubelet's volume of a secret: a folder that shows an object's keys as files and changes as a whole. */
import { mkdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { KubernetesClient } from "../../operator/kubernetes";
import { rest } from "../../rehearsal/clouds/kubernetes/pod-end";

/** What is mounted, and where. */
export interface SecretMountOptions {
  readonly cluster: KubernetesClient;
  readonly namespace: string;
  /** The object's name. */
  readonly name: string;
  /** The mount's folder: each key is a file in it once the object is there. */
  readonly dir: string;
  /** How often the kubelet looks: a minute and more on a real node. */
  readonly intervalMs: number;
}

/**
 * As the kubelet does it: the files are links through one link, `..data`, which is renamed over by one that names a new folder, so a reader sees
 * all keys of one moment and never half a file.
 */
export class FakeSecretMount {
  private readonly ended = new AbortController();
  private readonly running: Promise<void>;
  private shown: Record<string, string> = {};
  private count = 0;

  constructor(private readonly options: SecretMountOptions) {
    this.running = this.run();
  }

  async stop(): Promise<void> {
    this.ended.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    const { cluster, namespace, name, intervalMs } = this.options;
    while (!this.ended.signal.aborted) {
      const place = { apiVersion: "v1", plural: "secrets", namespace, name };
      const { data = {} } = ((await cluster.read(place)) ?? {}) as {
        data?: Record<string, string>;
      };
      if (!isDeepStrictEqual(data, this.shown)) await this.show(data);
      await rest(intervalMs, this.ended.signal);
    }
  }

  private async show(data: Record<string, string>): Promise<void> {
    const { dir } = this.options;
    const old = join(dir, `..${this.count}`);
    const name = `..${++this.count}`;
    await mkdir(join(dir, name), { recursive: true, mode: 0o700 });
    for (const [key, text] of Object.entries(data))
      await writeFile(join(dir, name, key), Buffer.from(text, "base64"), { mode: 0o600 });
    await symlink(name, join(dir, "..data_tmp"));
    await rename(join(dir, "..data_tmp"), join(dir, "..data"));
    for (const key of Object.keys(data))
      if (!(key in this.shown)) await symlink(join("..data", key), join(dir, key));
    for (const key of Object.keys(this.shown)) if (!(key in data)) await rm(join(dir, key));
    this.shown = data;
    await rm(old, { recursive: true, force: true });
  }
}
