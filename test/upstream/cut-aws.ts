/** Cuts Terraform's AWS provider down to the services that the programs use: whole, it compiles for an hour on two cores. */
import { chmod, cp, readFile, readdir, writeFile } from "node:fs/promises";
import { join, sep } from "node:path";
import type { GoModule } from "./go-module";

const PROVIDER = "github.com/hashicorp/terraform-provider-aws";
/** The services whose resources aws/main.go names, and STS, by which the provider learns whose account it is in. */
const SERVICES = ["ecs", "iam", "kms", "lambda", "secretsmanager", "sts"];
/** What those lean on. */
const CLIENTS = [...SERVICES, "account", "ec2", "organizations", "s3"];

/** Puts a copy of the provider beside the module, without the other services, and has the module take that one. */
export async function cutAws(module: GoModule): Promise<void> {
  // By the name that stands in go.sum, where its hash does.
  const { Replace } = JSON.parse(await module.go("list", "-m", "-json", PROVIDER)) as {
    Replace: { Path: string; Version: string };
  };
  const fetched = await module.go(
    ...["mod", "download", "-json", `${Replace.Path}@${Replace.Version}`],
  );
  const copy = join(module.dir, "terraform");
  await copySources((JSON.parse(fetched) as { Dir: string }).Dir, copy);
  const internal = join(copy, "internal");
  await edit(join(internal, "provider", "sdkv2", "service_packages_gen.go"), onlyServices);
  await edit(join(internal, "conns", "awsclient_gen.go"), onlyClients);
  await module.go("mod", "edit", "-replace", `${PROVIDER}=./terraform`);
}

async function copySources(from: string, to: string): Promise<void> {
  const prose = ["website", "docs", "examples", "infrastructure"].map((name) => join(from, name));
  await cp(from, to, {
    recursive: true,
    filter: (path) =>
      !prose.includes(path) && !path.endsWith("_test.go") && !path.includes(`${sep}testdata`),
  });
  await chmod(to, 0o700);
  for (const entry of await readdir(to, { recursive: true, withFileTypes: true }))
    if (entry.isDirectory()) await chmod(join(entry.parentPath, entry.name), 0o700);
}

/** The generated list of services has two lines for each: its import, and its entry. */
function onlyServices(list: string): string {
  return list
    .split("\n")
    .filter((line) => {
      const service =
        /\/internal\/service\/(\w+)"$/.exec(line) ??
        /^\s+(\w+)\.ServicePackage\(ctx\),$/.exec(line);
      return service === null || SERVICES.includes(service[1] ?? "");
    })
    .join("\n");
}

/** The generated clients have an import and a function for each service. */
function onlyClients(list: string): string {
  const isWanted = (service: string) => CLIENTS.includes(service);
  return list
    .replace(/^func \(c \*AWSClient\)[^\n]+ \*(\w+)\.Client {\n.*?^}\n/gms, (text, of: string) =>
      isWanted(of) ? text : "",
    )
    .replace(/^\t(?:\w+ )?"[^"\n]+\/service\/(\w+)"\n/gm, (line, of: string) =>
      isWanted(of) ? line : "",
    );
}

async function edit(file: string, change: (text: string) => string): Promise<void> {
  // Go keeps modules read-only, folders and all, and so are their copies.
  await chmod(file, 0o600);
  await writeFile(file, change(await readFile(file, "utf8")));
}
