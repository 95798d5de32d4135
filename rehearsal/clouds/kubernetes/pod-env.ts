/** What a pod's process is given: variables from objects, and folders in place of claims. Problems name objects and keys, never values. */
import { kindOf } from "./kinds";
import type { ObjectStore } from "./objects";
import type { Container, PodSpec } from "./schemas";

/** Something that a container needs is not there; its message is the kubelet's. */
export class ConfigProblem extends Error {}

/** The variables of a container's process. @throws ConfigProblem for an object or a key that is missing. */
export function environment(
  namespace: string,
  { env = [] }: Container,
  objects: ObjectStore,
  placed: (text: string) => string,
): Record<string, string> {
  const values: Record<string, string> = {};
  for (const { name, value, valueFrom } of env) {
    const reference = valueFrom?.secretKeyRef ?? valueFrom?.configMapKeyRef;
    if (reference === undefined) {
      values[name] = placed(value ?? "");
      continue;
    }
    const kind = valueFrom?.secretKeyRef ? "Secret" : "ConfigMap";
    const found = objects.find({ kind: kindOf(kind), namespace, name: reference.name });
    const text = (found?.data as Record<string, string> | undefined)?.[reference.key];
    if (text !== undefined) {
      values[name] = kind === "Secret" ? Buffer.from(text, "base64").toString("utf8") : text;
    } else if (reference.optional !== true) {
      throw new ConfigProblem(
        found === undefined
          ? `${kind.toLowerCase()} "${reference.name}" not found`
          : `couldn't find key ${reference.key} in ${kind} ${namespace}/${reference.name}`,
      );
    }
  }
  return values;
}

/** The folder behind each mount path that is a claim's. @throws ConfigProblem for a claim that is missing. */
export function foldersOf(
  namespace: string,
  spec: PodSpec,
  folderOf: (namespace: string, claim: string) => string | undefined,
): ReadonlyMap<string, string> {
  const folders = new Map<string, string>();
  for (const { name, mountPath } of spec.containers[0]?.volumeMounts ?? []) {
    const claim = spec.volumes?.find((one) => one.name === name)?.persistentVolumeClaim?.claimName;
    if (claim === undefined) continue;
    const folder = folderOf(namespace, claim);
    if (folder === undefined) throw new ConfigProblem(`persistentvolumeclaim "${claim}" not found`);
    folders.set(mountPath, folder);
  }
  return folders;
}

/** A text with a mount path at its start put where the folder is. */
export function inFolders(text: string, folders: ReadonlyMap<string, string>): string {
  for (const [mountPath, folder] of folders) {
    if (text === mountPath || text.startsWith(`${mountPath}/`))
      return folder + text.slice(mountPath.length);
  }
  return text;
}
