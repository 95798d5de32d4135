import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type VaultClient, readKv } from "../../operator/vault";
import { type FaultProxy, startFaultProxy } from "../../rehearsal/clouds/fault-proxy";
import { type Vault, startVault } from "../../rehearsal/clouds/vault";
import { TestProject } from "./providers/project";

/** A real OpenBao with a proxy before it, and a project whose provider speaks through that and soon gives up. */
export class ProxiedVault {
  private constructor(
    private readonly dir: string,
    private readonly vault: Vault,
    readonly proxy: FaultProxy,
    readonly project: TestProject,
  ) {}

  static async start(): Promise<ProxiedVault> {
    const dir = await mkdtemp(join(tmpdir(), "rekey-vault-faults-"));
    const vault = await startVault({ dir, plain: true });
    const proxy = await startFaultProxy({ target: String(vault.plainAddress) });
    const project = await TestProject.create({ VAULT_CLIENT_TIMEOUT: "2" });
    await project.configure(
      { "vault:address": proxy.url, "vault:skipChildToken": "true" },
      { "vault:token": vault.token.reveal() },
    );
    return new ProxiedVault(dir, vault, proxy, project);
  }

  async stop(): Promise<void> {
    await this.proxy.stop();
    await this.vault.stop();
    await this.project.remove();
    await rm(this.dir, { recursive: true, force: true });
  }

  /** The program's own client, past the proxy. */
  client(): VaultClient {
    return this.vault.client(this.vault.token);
  }

  /** The fields of a path in the engine `secret`; none where there is nothing. */
  async fields(path: string): Promise<Readonly<Record<string, string>>> {
    const { data = {} } = (await readKv(this.client(), "secret", path)) ?? {};
    return Object.fromEntries(Object.entries(data).map(([key, text]) => [key, text.reveal()]));
  }

  /** The value of a generation at a path; undefined where it has none, or none any more. */
  async value(path: string, generation: number): Promise<string | undefined> {
    const fields = await this.fields(path);
    const slot = ["a", "b"].find((one) => fields[`generation_${one}`] === String(generation));
    return fields[`value_${slot}`];
  }
}
